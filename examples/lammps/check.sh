#!/usr/bin/env bash
# Builds the LAMMPS plugin with gcc and clang, samples clusters of two and three atoms by sequential Monte Carlo, and
# compares log Z and mean energies with quadrature; then runs it under valgrind and with the sanitizers. Wants liblammps
# (Debian: liblammps-dev), valgrind, and Python with NumPy.
set -euo pipefail
cd "$(dirname "$0")"
root=$PWD/../..
out=${CARGO_TARGET_DIR:-$root/target}/lammps
mkdir -p "$out"

# compile COMPILER NAME FLAGS…
compile() {
    local compiler=$1 name=$2
    shift 2
    "$compiler" -std=c11 -shared -fPIC -Wall -Wextra -Wpedantic -Wconversion -Werror "$@" -I "$root/include" \
        cluster.c -o "$out/$name.so" -llammps || { echo 'is liblammps-dev installed?'; exit 1; }
}
compile clang clang -O2
compile gcc sanitized -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
compile gcc cluster -O2
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p nets-host --bin nets
nets=$(dirname "$out")/release/nets

cd "$out"
for atoms in 2 3; do
    "$nets" run "plugin:./cluster.so?atoms=$atoms" --base-sd 1 --method smc --walkers 7200 --conditional-ess 0.99 \
        --threads 1 --json --quiet --out-dir "atoms-$atoms" >"atoms-$atoms.json"
    "${PYTHON:-python3}" "$OLDPWD/check.py" "$atoms" "atoms-$atoms"
done

# The same bits on any number of threads, though LAMMPS takes one at a time.
for threads in 1 2; do
    "$nets" sample 'plugin:./cluster.so?atoms=2' --base-sd 1 --walkers 960 --steps 20 --epsilon 1 \
        --threads "$threads" --quiet --out "threads-$threads.npz" >/dev/null
done
cmp threads-1.npz threads-2.npz

# Both compilers', and clean under valgrind and the sanitizers, whose leaks are those of MPI.
small=(--base-sd 1 --walkers 32 --steps 2 --epsilon 1 --threads 1 --quiet)
"$nets" sample 'plugin:./cluster.so?atoms=3' "${small[@]}" --out gcc.npz >/dev/null
"$nets" sample 'plugin:./clang.so?atoms=3' "${small[@]}" --out clang.npz >/dev/null
valgrind --quiet --error-exitcode=99 "$nets" sample 'plugin:./cluster.so?atoms=3' "${small[@]}" --out valgrind.npz >/dev/null
LD_PRELOAD=$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 \
    "$nets" sample 'plugin:./sanitized.so?atoms=3' "${small[@]}" --out sanitized.npz >/dev/null
cmp gcc.npz valgrind.npz

# A mistyped option is refused, in the plugin's words.
status=0
message=$("$nets" sample 'plugin:./cluster.so?atom=2' --walkers 10 --steps 2 --epsilon 1 2>&1) || status=$?
[ "$status" -eq 2 ] && grep -q 'the options are atoms=N' <<<"$message" || { echo "status $status: $message"; exit 1; }
