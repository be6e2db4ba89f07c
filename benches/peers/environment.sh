#!/usr/bin/env bash
# Makes the virtual environments of the rivals under the cargo target folder, unless they are there as pinned, and prints
# that folder. PYTHON: 3.11 or newer.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
mkdir -p "$target/peers"
out=$(cd "$target/peers" && pwd)

# environment NAME REQUIREMENTS
environment() {
    cmp --quiet "$here/$2" "$out/$1/$2" && return
    "${PYTHON:-python3}" -m venv --clear "$out/$1"
    "$out/$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/$2" >&2
    # Last, so that an installation that broke off is made again.
    cp "$here/$2" "$out/$1/$2"
}

environment venv requirements.txt
environment venv-particles requirements-particles.txt
echo "$out"
