#!/usr/bin/env bash
# Trains two small models, exports them, and runs the same sampler with them on a Cortex-M4F and a RISC-V core (in QEMU),
# in WebAssembly (in Node) and with every width of lanes of this machine. All checksums have to be equal, and the image for
# the Cortex-M4F has to keep to its budgets of code and stack. That the images link shows that they need no allocator
# and that no panic is reachable. A tool that is missing is a failure.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD/../..
out=$PWD/target/check
mkdir -p "$out"

# Bytes. Code is everything in the image but the exported numbers; stack is that of one step.
code_budget=65536
stack_budget_f32=2048
stack_budget_f64=2048

for tool in cargo rustc ld.lld wasm-ld qemu-system-arm qemu-system-riscv32 node nm readelf; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 1; }
done

host() {
    (cd "$root" && cargo run --quiet --release -p nets-host "$@")
}

# build TARGET PROGRAM: with the usual compiler if it knows the target, else with Debian's, which comes with the source
# of `core` (packages rustc-web and rust-web-src).
build() {
    local flags=(--quiet --locked --release --target "$1" --bin "$2")
    if [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; then
        cargo build "${flags[@]}"
    else
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 cargo build -Z build-std=core "${flags[@]}"
    fi
}

# run TARGET PROGRAM COMMAND…: builds the program and runs it with the command; its output, checksums apart.
run() {
    local target=$1 program=$2
    shift 2
    build "$target" "$program"
    timeout 300 "$@" >"$out/$program.txt" 2>&1 || { cat "$out/$program.txt"; return 1; }
    grep -v '^stack' "$out/$program.txt" | diff "$out/host.txt" - && echo "$program: the same checksums"
}

host --example firmware -- "$out" | tee "$out/host.txt"
for model in mlp features; do
    for precision in f32 f64; do
        host --bin nets -- export "$out/$model.nets" --format rust --precision $precision \
            --out "$PWD/src/exported/${model}_$precision.rs"
    done
done
