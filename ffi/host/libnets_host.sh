#!/usr/bin/env bash
# Builds libnets_host.a and libnets_host.so for this machine (ELF systems; GNU binutils) and prints the folder they are
# in. libs.txt there lists what a program that links the static one needs besides.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=${CARGO_TARGET_DIR:-$PWD/target}
out=$target/libnets_host
abi=$(sed -n 's/^pub const NETS_HOST_ABI_VERSION: i32 = \([0-9]*\);/\1/p' ffi/host/src/version.rs)
build=(cargo rustc --quiet --release -p nets-host-ffi --crate-type)
mkdir -p "$out"

# The engine chooses among instruction sets at run time, so one library serves every machine of its architecture.
"${build[@]}" staticlib -- --print native-static-libs="$out/libs.txt"
"${build[@]}" cdylib -- -C link-arg=-Wl,-soname,"libnets_host.so.$abi" -C link-arg=-Wl,-z,defs

# Link what our functions need into one object and hide all other names, Rust's own among them: they would clash with
# those of a second Rust library in the program. No section groups: a linker keeps the first of a name, and drops the
# second library's for ours, which it cannot see.
archive=$target/release/libnets_host_ffi.a
mapfile -t roots < <(nm -g --defined-only "$archive" 2>/dev/null |
    awk '$2 == "T" && $3 ~ /^nets_host_/ { print "--undefined=" $3 }')
ld -r --gc-sections --force-group-allocation -o "$out/nets_host.o" "${roots[@]}" "$archive"
objcopy --wildcard --keep-global-symbol='nets_host_*' --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd "$out/nets_host.o"
rm -f "$out/libnets_host.a"
ar rcsD "$out/libnets_host.a" "$out/nets_host.o"
rm "$out/nets_host.o"

# Not into the file that is there: a program may be running with it.
cp --remove-destination "$target/release/libnets_host_ffi.so" "$out/libnets_host.so.$abi"
ln -sf "libnets_host.so.$abi" "$out/libnets_host.so"
echo "$out"
