#!/usr/bin/env bash
# Links libnets.a into a C program beside another static library written in Rust, with std, and runs it: the two carry the
# same runtime, whose symbols would clash if libnets did not hide them. Wants the library that ffi/libnets.sh builds.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/beside
mkdir -p "$work"

cat >"$work/other.rs" <<'END'
/// The mean of the numbers' squares; uses the heap, a thread, and catches a panic.
#[unsafe(no_mangle)]
pub extern "C" fn other_mean_square(numbers: *const f64, n: usize) -> f64 {
    let numbers = unsafe { std::slice::from_raw_parts(numbers, n) }.to_vec();
    assert!(std::panic::catch_unwind(|| std::hint::black_box(&[0][..])[std::hint::black_box(1)]).is_err());
    let worker = std::thread::spawn(move || numbers.iter().map(|x| x.mul_add(*x, 0.0)).sum::<f64>());
    worker.join().unwrap() / n as f64
}
END
rustc --edition 2024 --crate-type staticlib -O -o "$work/libother.a" "$work/other.rs"

cat >"$work/main.c" <<'END'
#include <stddef.h>
#include <stdio.h>

#include "nets.h"

double other_mean_square(const double *numbers, size_t n);

int main(void) {
    static double xi[100000];
    const int32_t code = nets_normals_f64(1, NETS_STREAM_STEPS, 0, 0, xi, 100000, NULL);
    const double variance = other_mean_square(xi, 100000);
    /* Its standard error is sqrt(2 / 100000) = 0.0045. */
    printf("%s, variance of normal numbers %.4f\n", nets_strerror(code), variance);
    return code == NETS_OK && variance > 0.982 && variance < 1.018 ? 0 : 1;
}
END
libraries=("$target/libnets/libnets.a" "$work/libother.a" "$target/libnets/libnets.a")
"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror -Iinclude -o "$work/main" "$work/main.c" \
    "${libraries[@]}" -lpthread -ldl -lm
"$work/main" 2>/dev/null
