#!/usr/bin/env bash
# Fails if hot loops have fallen back to scalar code, which gives the same results many times slower. Counts
# instructions and does not measure time, so it can be run on any machine with AVX2. Wants valgrind and nm.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/lanes
mkdir -p "$work"
cargo build --quiet --release -p nets-host --bin nets
nets=$target/release/nets

# An intrinsic for arithmetic that stands as a function of its own is called from code that was compiled without the wide
# instructions: some function or closure was not inlined into `Real::vectorize`.
alone=$(nm -C "$nets" | grep -oE '_mm(256|512)_[a-z0-9_]+' | grep -vE '_(set1|setzero|loadu|storeu)_' | sort -u || true)
[ -z "$alone" ] || { echo "not inlined, so some loop is not vectorised: $alone"; exit 1; }

# instructions ARGUMENTS…: how many `nets` executes, with lanes of 256 bits on one thread.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$nets" "$@" --lanes 256 --threads 1 --quiet \
        2>&1 >/dev/null | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

failed=0
# within NAME LIMIT COUNT: a line of the table.
within() {
    local verdict=ok
    if [ -z "$3" ] || [ "$3" -gt "$2" ]; then
        verdict='TOO MANY'
        failed=1
    fi
    printf '%-52s %10s of at most %10s  %s\n' "$1" "${3:-none}" "$2" "$verdict"
}

# step NAME LIMIT ARGUMENTS…: instructions of a walker's step, as the difference of two runs.
step() {
    local name=$1 limit=$2 short long
    shift 2
    short=$(instructions sample "$@" --epsilon 1 --walkers 96 --steps 4 --out "$work/walkers.npz")
    long=$(instructions sample "$@" --epsilon 1 --walkers 96 --steps 12 --out "$work/walkers.npz")
    within "$name" "$limit" "$(((long - short) / 768))"
}

phi4=phi4:L=8,m2=-1,lambda=0.9
"$nets" train gmm40 --drift mlp --rounds 1 --quiet --out "$work/network.nets" >/dev/null
"$nets" train "$phi4" --drift lattice --quiet --out "$work/lattice.nets" >/dev/null

# Limits are a tenth or so above what was counted; scalar code takes four times as many or more.
step 'split without a drift, 40 modes, f64' 1800 gmm40
step 'split without a drift, 40 modes, f32' 800 gmm40 --precision f32
step 'pair with the network, f32' 11700 gmm40 --model "$work/network.nets" --integrator pair
step 'split with the network, f32' 62500 gmm40 --model "$work/network.nets"
step 'split without a drift, phi4 L = 8, f64' 8700 "$phi4"
step 'split with the lattice drift, phi4 L = 8, f64' 13600 "$phi4" --model "$work/lattice.nets"
exit "$failed"
