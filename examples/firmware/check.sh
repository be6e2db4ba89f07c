#!/usr/bin/env bash
# Trains two small models, exports them, and runs the same sampler with them on a Cortex-M4F and a RISC-V core (in
# QEMU), in WebAssembly (in Node) and with every width of lanes of this machine. All checksums have to be equal, and the
# sampler on the Cortex-M4F has to keep to its budgets of code and stack. That the images link shows that they need no
# allocator and that no panic is reachable. A tool that is missing is a failure.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD/../..
out=$PWD/target/check
mkdir -p "$out"

# Bytes of an image without the model's numbers, and of stack in a step: at most these, and docs/firmware.md says which.
code_budget=65536
stack_budget=2048

for tool in cargo rustc ld.lld wasm-ld qemu-system-arm qemu-system-riscv32 node nm readelf; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 1; }
done

# build TARGET PROGRAM LINKER: with the usual compiler if it knows the target, else with Debian's, which brings the
# source of `core` along (packages rustc-web and rust-web-src) but no linker of its own.
build() {
    local flags=(--quiet --locked --release --target "$1" --bin "$2" --target-dir target)
    if [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; then
        cargo build "${flags[@]}"
    else
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 cargo build -Z build-std=core --config "target.$1.linker='$3'" "${flags[@]}"
    fi
}

# check PROGRAM COMMAND…: runs it; its checksums have to be lines of the host's, all of them unless it is a part.
check() {
    local program=$1 lines
    shift
    timeout 300 "$@" >"$out/$program.txt" 2>&1 </dev/null || { cat "$out/$program.txt"; return 1; }
    case $program in
        *_f32 | *_f64) lines=$(grep "^${program##*_} mlp" "$out/host.txt") ;;
        *) lines=$(cat "$out/host.txt") ;;
    esac
    diff <(echo "$lines") <(grep -v '^stack ' "$out/$program.txt")
    echo "$program: $(grep -c . <<<"$lines") checksums, all as on the host"
}

# Bytes of the sections that an image keeps in flash.
flash() {
    local size total=0
    for size in $(readelf -SW "$1" | sed 's/^ *\[ *[0-9]*\] *//' | awk '$1 ~ /^\.(vector_table|text|rodata|data)$/ { print $5 }'); do
        total=$((total + 16#$size))
    done
    echo "$total"
}

# Bytes of the numbers that `nets export` wrote.
numbers() {
    local size total=0
    for size in $(nm -S "$1" | awk '/exported.*(SIZES|HIDDEN|OUTPUT|CENTER|INPUT_SCALE|OUTPUT_SCALE)$/ { print $2 }'); do
        total=$((total + 16#$size))
    done
    echo "$total"
}

within() {
    echo "$1: $2 bytes, at most $3"
    [ "$2" -le "$3" ]
}

host() {
    (cd "$root" && cargo run --quiet --release -p nets-host "$@")
}

host --example firmware -- "$out" | tee "$out/host.txt"
for model in mlp features; do
    for precision in f32 f64; do
        host --bin nets -- export "$out/$model.nets" --format rust --precision "$precision" \
            --out "$PWD/src/exported/${model}_$precision.rs"
    done
done

arm=thumbv7em-none-eabihf
for program in cortex_m cortex_m_f32 cortex_m_f64; do
    build "$arm" "$program" ld.lld
    check "$program" qemu-system-arm -M mps2-an386 -cpu cortex-m4 -nographic -semihosting-config enable=on,target=native \
        -kernel "target/$arm/release/$program"
done
for program in cortex_m_f32 cortex_m_f64; do
    image=target/$arm/release/$program
    within "$program: code" $(($(flash "$image") - $(numbers "$image"))) "$code_budget"
    within "$program: stack of a step" $(($(sed -n 's/^stack //p' "$out/$program.txt"))) "$stack_budget"
done

# Linking is the check: a panic that can be reached is an undefined symbol.
build "$arm" cortex_m_everything ld.lld
echo "cortex_m_everything: links, so nothing in the kernel can panic"

riscv=riscv32imac-unknown-none-elf
build "$riscv" riscv ld.lld
check riscv qemu-system-riscv32 -M virt -bios none -nographic -semihosting-config enable=on,target=native \
    -kernel "target/$riscv/release/riscv"

wasm=wasm32-unknown-unknown
build "$wasm" wasm wasm-ld
check wasm node src/bin/wasm.mjs "target/$wasm/release/wasm.wasm"
