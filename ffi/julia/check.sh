#!/usr/bin/env bash
# Tests the Julia package and runs its examples:
#
#     ffi/julia/check.sh [FOLDER [COMMAND]]
#
# with libnets and libnets_host in FOLDER (else where ffi/libnets.sh and ffi/host/libnets_host.sh put them) and the
# command `nets` at COMMAND (else where cargo build --release puts it). A missing Julia is a failure: install.sh here
# installs one.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
mkdir -p "$target/julia"

command -v julia >/dev/null || { echo "JULIA IS NOT INSTALLED: the Julia package is not tested"; exit 1; }
julia --version
libraries=${1-}
if [ -z "$libraries" ]; then
    # The two are in folders of their own; one with links to both.
    libraries=$target/julia
    for library in libnets libnets_host; do
        [ -e "$target/$library/$library.so" ] || { echo "$target/$library/$library.so is missing"; exit 1; }
        ln -sf "$target/$library/$library".so.* "$libraries"
    done
fi
command=${2:-$target/release/nets}
[ -x "$command" ] || { echo "$command is missing: cargo build --release -p nets-host"; exit 1; }
export NETS_LIB=$libraries NETS_COMMAND=$command
# Compiled code goes to the build folder and not to the user's.
export JULIA_DEPOT_PATH=$target/julia/depot

log=$target/julia-tests.txt
julia --startup-file=no --project=ffi/julia ffi/julia/test/runtests.jl 2>&1 | tee "$log"
for example in examples/julia/*.jl; do
    echo "$example"
    julia --startup-file=no --project=ffi/julia "$example"
done
awk '$1 == "NETS" { print "Julia: " $3 " tests passed" }' "$log"
