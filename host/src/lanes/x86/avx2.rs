//! 256-bit registers, and the narrower words beside them.

use core::arch::x86_64::*;
use core::array::from_fn;
use nets_kernel::real::Scalar;

real_register! {
    /// Eight `f32`.
    F32x8([f32; 8] as __m256, words: Words8, features: "avx2,fma") {
        splat: _mm256_set1_ps,
        load: _mm256_loadu_ps,
        store: _mm256_storeu_ps,
        add: _mm256_add_ps,
        sub: _mm256_sub_ps,
        mul: _mm256_mul_ps,
        div: _mm256_div_ps,
        neg: neg_ps,
        mul_add: _mm256_fmadd_ps,
        sqrt: _mm256_sqrt_ps,
        max: _mm256_max_ps,
        min: _mm256_min_ps,
        clamp_magnitude: clamp_magnitude_ps,
        select_lt: select_lt_ps,
        exp2_shifted: exp2_shifted_ps,
        reciprocal_estimate: reciprocal_estimate_ps,
        split_exponent: split_exponent_ps,
        uniform: uniform_ps,
        transpose: transpose_ps,
    }
}

#[inline]
#[target_feature(enable = "avx")]
fn neg_ps(x: __m256) -> __m256 {
    _mm256_xor_ps(x, _mm256_set1_ps(-0.0))
}

#[inline]
#[target_feature(enable = "avx")]
fn clamp_magnitude_ps(x: __m256, limit: __m256) -> __m256 {
    _mm256_min_ps(_mm256_max_ps(x, neg_ps(limit)), limit)
}

#[inline]
#[target_feature(enable = "avx")]
fn select_lt_ps(a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
    _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b))
}

#[inline]
#[target_feature(enable = "avx2")]
fn exp2_shifted_ps(x: __m256) -> __m256 {
    _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(x)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn reciprocal_estimate_ps(x: __m256) -> __m256 {
    let constant = _mm256_castps_si256(_mm256_set1_ps(f32::RECIPROCAL));
    _mm256_castsi256_ps(_mm256_sub_epi32(constant, _mm256_castps_si256(x)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn split_exponent_ps(x: __m256) -> (__m256, __m256) {
    let round = _mm256_set1_ps(f32::ROUND);
    let bits = _mm256_castps_si256(x);
    let exponent = _mm256_srai_epi32::<23>(_mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f35_04f3)));
    let mantissa = _mm256_sub_epi32(bits, _mm256_slli_epi32::<23>(exponent));
    let shifted = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(round), exponent));
    (_mm256_castsi256_ps(mantissa), _mm256_sub_ps(shifted, round))
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn uniform_ps(high: __m256i, _low: __m256i) -> __m256 {
    // 31 bits, since the conversion is of signed numbers.
    let integer = _mm256_cvtepi32_ps(_mm256_srli_epi32::<1>(high));
    let unit = 1.0 / 2_147_483_648.0;
    _mm256_fmadd_ps(integer, _mm256_set1_ps(unit), _mm256_set1_ps(0.5 * unit))
}

/// Three rounds of exchanges between rows at distances 1, 2 and 4.
#[inline]
#[target_feature(enable = "avx")]
fn transpose_ps(rows: [__m256; 8]) -> [__m256; 8] {
    let pairs: [__m256; 8] = from_fn(|i| {
        let (a, b) = (rows[i & !1], rows[i | 1]);
        if i & 1 == 0 { _mm256_unpacklo_ps(a, b) } else { _mm256_unpackhi_ps(a, b) }
    });
    // Row 4q + c: column c of both squares of four, for rows 4q to 4q + 3.
    let squares: [__m256; 8] = from_fn(|i| {
        let first = (i & !3) | ((i >> 1) & 1);
        let (a, b) = (_mm256_castps_pd(pairs[first]), _mm256_castps_pd(pairs[first + 2]));
        _mm256_castpd_ps(if i & 1 == 0 { _mm256_unpacklo_pd(a, b) } else { _mm256_unpackhi_pd(a, b) })
    });
    from_fn(|i| {
        let (a, b) = (squares[i & !4], squares[i | 4]);
        if i & 4 == 0 { _mm256_permute2f128_ps::<0x20>(a, b) } else { _mm256_permute2f128_ps::<0x31>(a, b) }
    })
}

real_register! {
    /// Four `f64`.
    F64x4([f64; 4] as __m256d, words: Words4, features: "avx2,fma") {
        splat: _mm256_set1_pd,
        load: _mm256_loadu_pd,
        store: _mm256_storeu_pd,
        add: _mm256_add_pd,
        sub: _mm256_sub_pd,
        mul: _mm256_mul_pd,
        div: _mm256_div_pd,
        neg: neg_pd,
        mul_add: _mm256_fmadd_pd,
        sqrt: _mm256_sqrt_pd,
        max: _mm256_max_pd,
        min: _mm256_min_pd,
        clamp_magnitude: clamp_magnitude_pd,
        select_lt: select_lt_pd,
        exp2_shifted: exp2_shifted_pd,
        reciprocal_estimate: reciprocal_estimate_pd,
        split_exponent: split_exponent_pd,
        uniform: uniform_pd,
        transpose: transpose_pd,
    }
}

#[inline]
#[target_feature(enable = "avx")]
fn neg_pd(x: __m256d) -> __m256d {
    _mm256_xor_pd(x, _mm256_set1_pd(-0.0))
}

#[inline]
#[target_feature(enable = "avx")]
fn clamp_magnitude_pd(x: __m256d, limit: __m256d) -> __m256d {
    _mm256_min_pd(_mm256_max_pd(x, neg_pd(limit)), limit)
}

#[inline]
#[target_feature(enable = "avx")]
fn select_lt_pd(a: __m256d, b: __m256d, yes: __m256d, no: __m256d) -> __m256d {
    _mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_LT_OQ>(a, b))
}

#[inline]
#[target_feature(enable = "avx2")]
fn exp2_shifted_pd(x: __m256d) -> __m256d {
    _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(x)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn reciprocal_estimate_pd(x: __m256d) -> __m256d {
    let constant = _mm256_castpd_si256(_mm256_set1_pd(f64::RECIPROCAL));
    _mm256_castsi256_pd(_mm256_sub_epi64(constant, _mm256_castpd_si256(x)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn split_exponent_pd(x: __m256d) -> (__m256d, __m256d) {
    let round = _mm256_set1_pd(f64::ROUND);
    let bits = _mm256_castpd_si256(x);
    // AVX2 shifts 64-bit words without their sign: the twelve bits that remain are extended by hand.
    let unsigned = _mm256_srli_epi64::<52>(_mm256_sub_epi64(bits, _mm256_set1_epi64x(0x3fe6_a09e_667f_3bcd)));
    let sign = _mm256_set1_epi64x(1 << 11);
    let exponent = _mm256_sub_epi64(_mm256_xor_si256(unsigned, sign), sign);
    let mantissa = _mm256_sub_epi64(bits, _mm256_slli_epi64::<52>(exponent));
    let shifted = _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(round), exponent));
    (_mm256_castsi256_pd(mantissa), _mm256_sub_pd(shifted, round))
}

#[inline]
#[target_feature(enable = "avx2")]
fn uniform_pd(high: __m128i, low: __m128i) -> __m256d {
    let high = _mm256_slli_epi64::<32>(_mm256_cvtepu32_epi64(high));
    let bits = _mm256_srli_epi64::<12>(_mm256_or_si256(high, _mm256_cvtepu32_epi64(low)));
    let from_one_to_two = _mm256_or_si256(bits, _mm256_set1_epi64x(0x3ff0_0000_0000_0000));
    _mm256_sub_pd(_mm256_set1_pd(2.0), _mm256_castsi256_pd(from_one_to_two))
}

/// Two rounds of exchanges between rows at distances 1 and 2.
#[inline]
#[target_feature(enable = "avx")]
fn transpose_pd(rows: [__m256d; 4]) -> [__m256d; 4] {
    let pairs: [__m256d; 4] = from_fn(|i| {
        let (a, b) = (rows[i & !1], rows[i | 1]);
        if i & 1 == 0 { _mm256_unpacklo_pd(a, b) } else { _mm256_unpackhi_pd(a, b) }
    });
    from_fn(|i| {
        let (a, b) = (pairs[i & !2], pairs[i | 2]);
        if i & 2 == 0 { _mm256_permute2f128_pd::<0x20>(a, b) } else { _mm256_permute2f128_pd::<0x31>(a, b) }
    })
}

word_register! {
    /// Eight words.
    Words8([u32; 8] as __m256i) {
        splat: _mm256_set1_epi32,
        load: _mm256_loadu_si256,
        add: _mm256_add_epi32,
        xor: _mm256_xor_si256,
        rotate_left: rotate_left_256,
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_left_256<const BITS: u32>(x: __m256i) -> __m256i {
    let (left, right) = (BITS % 32, 32 - BITS % 32);
    _mm256_or_si256(
        _mm256_sllv_epi32(x, _mm256_set1_epi32(left.cast_signed())),
        _mm256_srlv_epi32(x, _mm256_set1_epi32(right.cast_signed())),
    )
}

word_register! {
    /// Four words.
    Words4([u32; 4] as __m128i) {
        splat: _mm_set1_epi32,
        load: _mm_loadu_si128,
        add: _mm_add_epi32,
        xor: _mm_xor_si128,
        rotate_left: rotate_left_128,
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_left_128<const BITS: u32>(x: __m128i) -> __m128i {
    let (left, right) = (BITS % 32, 32 - BITS % 32);
    _mm_or_si128(
        _mm_sllv_epi32(x, _mm_set1_epi32(left.cast_signed())),
        _mm_srlv_epi32(x, _mm_set1_epi32(right.cast_signed())),
    )
}
