#!/usr/bin/env bash
# Makes the rivals' environments, builds the `nets` command, and compares; arguments go to compare.py.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$("$here/environment.sh")
cargo build --quiet --release --manifest-path "$here/../../Cargo.toml" -p nets-host --bin nets
# Where the density of the comparison of sequential Monte Carlo has no path of its own, as a user's would not.
"${CC:-cc}" -std=c11 -O3 -march=native -ffast-math -shared -fPIC -I "$here/../../include" \
    "$here/gmm40.c" -o "$out/gmm40.so" -lm
exec "$out/venv/bin/python" "$here/compare.py" --out "$out" "$@"
