#!/usr/bin/env bash
# Links libnets.a and libnets_host.a into a C program beside another static library written in Rust, with std, in every
# order, and runs it: they carry the same runtime, whose symbols would clash if ours did not hide them. Wants the libraries
# that ffi/libnets.sh and ffi/host/libnets_host.sh build.
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
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "nets_host.h"

double other_mean_square(const double *numbers, size_t n);

static double xi[100000];

int main(void) {
    nets_host_target *target = NULL;
    nets_host_sample_options options;
    nets_host_summary summary = {.struct_size = sizeof summary};
    int32_t code = nets_normals_f64(1, NETS_STREAM_STEPS, 0, 0, xi, 100000, NULL);
    const double variance = other_mean_square(xi, 100000);
    if (code == NETS_OK) {
        code = nets_host_target_named("gaussian-2", &target, NULL);
    }
    if (code == NETS_OK) {
        code = nets_host_sample_options_default(&options, sizeof options, NULL);
    }
    options.walkers = 960;
    options.epsilon = 1.0;
    options.threads = 2;
    if (code == NETS_OK) {
        code = nets_host_sample(target, NULL, &options, NULL, 0, NULL, NULL, &summary, NULL);
    }
    nets_host_target_free(target);
    /* The standard error of the variance is sqrt(2 / 100000) = 0.0045. */
    printf("%s, variance of normal numbers %.4f, log Z %.3f\n", nets_strerror(code), variance, summary.log_z);
    return code == NETS_OK && fabs(variance - 1.0) < 0.018 && isfinite(summary.log_z) ? 0 : 1;
}
END
"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror -Iinclude -c -o "$work/main.o" "$work/main.c"
read -ra needed <<<"$(<"$target/libnets_host/libs.txt")"
ours=("$target/libnets/libnets.a" "$target/libnets_host/libnets_host.a")
other=$work/libother.a
beside() {
    "${CC:-cc}" -o "$work/main" "$work/main.o" "$@" "${needed[@]}" -lm
    "$work/main" 2>/dev/null
}
beside "${ours[@]}" "$other"
beside "$other" "${ours[@]}"
beside "${ours[1]}" "$other" "${ours[0]}"
