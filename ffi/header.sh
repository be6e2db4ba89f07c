#!/usr/bin/env bash
# Writes include/nets.h and include/nets_host.h from the sources in ffi/, or with --check fails if they are not what
# those say.
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned: another version lays the headers out differently.
version=0.29.4
tools=${CARGO_TARGET_DIR:-$PWD/target}/tools
cbindgen=$tools/bin/cbindgen

if [ "$("$cbindgen" --version 2>/dev/null)" != "cbindgen $version" ]; then
    # Not optimised: it compiles in a fraction of the time and generates as quickly.
    cargo install --quiet --debug cbindgen --version "$version" --locked --root "$tools" --target-dir "$tools/build"
    rm -r "$tools/build"
fi
# generate FOLDER: functions of both precisions come from macros, which rustc expands for cbindgen, a feature it calls
# unstable.
generate() {
    RUSTC_BOOTSTRAP=1 "$cbindgen" --quiet --config ffi/cbindgen.toml --output "$1/nets.h" ffi
    "$cbindgen" --quiet --config ffi/host/cbindgen.toml --output "$1/nets_host.h" ffi/host
}
case ${1-} in
    "") generate include ;;
    --check)
        generate "$tools"
        for header in nets.h nets_host.h; do
            diff "include/$header" "$tools/$header"
        done
        ;;
    *) echo "usage: $0 [--check]" >&2; exit 2 ;;
esac
