#!/usr/bin/env bash
# Builds libnets.a and libnets.so for this machine (ELF systems; a C compiler and GNU binutils) and prints the folder they
# are in.
#
# NETS_TARGET_CPU=native, or another processor that rustc knows, makes them for that processor: faster there, the same
# results, and of no use on others that lack its instructions.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
out=$target/libnets
abi=$(sed -n 's/^pub const NETS_ABI_VERSION: i32 = \([0-9]*\);/\1/p' ffi/src/version.rs)
if [ -n "${NETS_TARGET_CPU-}" ]; then
    export RUSTFLAGS="${RUSTFLAGS-} -C target-cpu=$NETS_TARGET_CPU"
fi

# Unrolled, loops over the walkers of a group would make megabytes of code.
cargo rustc --quiet -p nets-ffi --profile capi --features panic-handler --crate-type staticlib -- \
    -C llvm-args=-unroll-full-max-count=2

mkdir -p "$out"
# Rust's archive also carries compiler-builtins, whose symbols would clash with those of a second Rust library in the
# program: link what is needed into one object and hide all names but ours.
mapfile -t roots < <(nm -g --defined-only "$target/capi/libnets_ffi.a" 2>/dev/null | awk '$2 == "T" && $3 ~ /^nets_/ { print "--undefined=" $3 }')
ld -r -o "$out/nets.o" "${roots[@]}" "$target/capi/libnets_ffi.a"
objcopy --wildcard --keep-global-symbol='nets_*' --strip-debug "$out/nets.o"
rm -f "$out/libnets.a"
ar rcsD "$out/libnets.a" "$out/nets.o"

# `defs`: an undefined symbol is an error. The panic handler has one, so a panic that can be reached does not link.
"${CC:-cc}" -shared -nostartfiles -o "$out/libnets.so.$abi" "$out/nets.o" -Wl,-soname,"libnets.so.$abi" \
    -Wl,-z,defs,-z,relro,-z,now,-z,noexecstack,--gc-sections
ln -sf "libnets.so.$abi" "$out/libnets.so"
rm "$out/nets.o"
echo "$out"
