#!/usr/bin/env bash
# Writes include/nets.h from the sources in ffi/, or with --check fails if it is not what they say.
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned: another version lays the header out differently.
version=0.29.4
tools=${CARGO_TARGET_DIR:-$PWD/target}/tools
cbindgen=$tools/bin/cbindgen

if [ "$("$cbindgen" --version 2>/dev/null)" != "cbindgen $version" ]; then
    # Not optimised: it compiles in a fraction of the time and generates as quickly.
    cargo install --quiet --debug cbindgen --version "$version" --locked --root "$tools" --target-dir "$tools/build"
    rm -r "$tools/build"
fi
# Functions of both precisions come from macros. rustc expands them for cbindgen, a feature it calls unstable.
generate() {
    RUSTC_BOOTSTRAP=1 "$cbindgen" --quiet --config ffi/cbindgen.toml --output "$1" ffi
}
case ${1-} in
    "") generate include/nets.h ;;
    --check) generate "$tools/nets.h" && diff include/nets.h "$tools/nets.h" ;;
    *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac
