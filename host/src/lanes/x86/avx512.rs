//! 512-bit registers.

use super::avx2::Words8;
use core::arch::x86_64::*;
use core::array::from_fn;
use nets_kernel::real::Scalar;

real_register! {
    /// Sixteen `f32`.
    F32x16([f32; 16] as __m512, words: Words16, features: "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma") {
        splat: _mm512_set1_ps,
        load: _mm512_loadu_ps,
        store: _mm512_storeu_ps,
        add: _mm512_add_ps,
        sub: _mm512_sub_ps,
        mul: _mm512_mul_ps,
        div: _mm512_div_ps,
        neg: neg_ps,
        mul_add: _mm512_fmadd_ps,
        sqrt: _mm512_sqrt_ps,
        max: _mm512_max_ps,
        min: _mm512_min_ps,
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
#[target_feature(enable = "avx512dq")]
fn neg_ps(x: __m512) -> __m512 {
    _mm512_xor_ps(x, _mm512_set1_ps(-0.0))
}

#[inline]
#[target_feature(enable = "avx512dq")]
fn clamp_magnitude_ps(x: __m512, limit: __m512) -> __m512 {
    // The smaller magnitude, with the sign of the first.
    _mm512_range_ps::<0b0010>(x, limit)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn select_lt_ps(a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
    _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), no, yes)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn exp2_shifted_ps(x: __m512) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_castps_si512(x)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn reciprocal_estimate_ps(x: __m512) -> __m512 {
    let constant = _mm512_castps_si512(_mm512_set1_ps(f32::RECIPROCAL));
    _mm512_castsi512_ps(_mm512_sub_epi32(constant, _mm512_castps_si512(x)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn split_exponent_ps(x: __m512) -> (__m512, __m512) {
    let round = _mm512_set1_ps(f32::ROUND);
    let bits = _mm512_castps_si512(x);
    let exponent = _mm512_srai_epi32::<23>(_mm512_sub_epi32(bits, _mm512_set1_epi32(0x3f35_04f3)));
    let mantissa = _mm512_sub_epi32(bits, _mm512_slli_epi32::<23>(exponent));
    let shifted = _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(round), exponent));
    (_mm512_castsi512_ps(mantissa), _mm512_sub_ps(shifted, round))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn uniform_ps(high: __m512i, _low: __m512i) -> __m512 {
    // 31 bits, since the conversion is of signed numbers.
    let integer = _mm512_cvtepi32_ps(_mm512_srli_epi32::<1>(high));
    let unit = 1.0 / 2_147_483_648.0;
    _mm512_fmadd_ps(integer, _mm512_set1_ps(unit), _mm512_set1_ps(0.5 * unit))
}

/// Four rounds of exchanges between rows at distances 1, 2, 4 and 8.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose_ps(rows: [__m512; 16]) -> [__m512; 16] {
    let pairs: [__m512; 16] = from_fn(|i| {
        let (a, b) = (rows[i & !1], rows[i | 1]);
        if i & 1 == 0 { _mm512_unpacklo_ps(a, b) } else { _mm512_unpackhi_ps(a, b) }
    });
    // Row 4q + c: column c of every square of four, for rows 4q to 4q + 3.
    let squares: [__m512; 16] = from_fn(|i| {
        let first = (i & !3) | ((i >> 1) & 1);
        let (a, b) = (_mm512_castps_pd(pairs[first]), _mm512_castps_pd(pairs[first + 2]));
        _mm512_castpd_ps(if i & 1 == 0 { _mm512_unpacklo_pd(a, b) } else { _mm512_unpackhi_pd(a, b) })
    });
    let halves: [__m512; 16] = from_fn(|i| {
        let (a, b) = (squares[i & !4], squares[i | 4]);
        if i & 4 == 0 { _mm512_shuffle_f32x4::<0x88>(a, b) } else { _mm512_shuffle_f32x4::<0xdd>(a, b) }
    });
    from_fn(|i| {
        let (a, b) = (halves[i & !8], halves[i | 8]);
        if i & 8 == 0 { _mm512_shuffle_f32x4::<0x88>(a, b) } else { _mm512_shuffle_f32x4::<0xdd>(a, b) }
    })
}

real_register! {
    /// Eight `f64`.
    F64x8([f64; 8] as __m512d, words: Words8, features: "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma") {
        splat: _mm512_set1_pd,
        load: _mm512_loadu_pd,
        store: _mm512_storeu_pd,
        add: _mm512_add_pd,
        sub: _mm512_sub_pd,
        mul: _mm512_mul_pd,
        div: _mm512_div_pd,
        neg: neg_pd,
        mul_add: _mm512_fmadd_pd,
        sqrt: _mm512_sqrt_pd,
        max: _mm512_max_pd,
        min: _mm512_min_pd,
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
#[target_feature(enable = "avx512dq")]
fn neg_pd(x: __m512d) -> __m512d {
    _mm512_xor_pd(x, _mm512_set1_pd(-0.0))
}

#[inline]
#[target_feature(enable = "avx512dq")]
fn clamp_magnitude_pd(x: __m512d, limit: __m512d) -> __m512d {
    // The smaller magnitude, with the sign of the first.
    _mm512_range_pd::<0b0010>(x, limit)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn select_lt_pd(a: __m512d, b: __m512d, yes: __m512d, no: __m512d) -> __m512d {
    _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b), no, yes)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn exp2_shifted_pd(x: __m512d) -> __m512d {
    _mm512_castsi512_pd(_mm512_slli_epi64::<52>(_mm512_castpd_si512(x)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn reciprocal_estimate_pd(x: __m512d) -> __m512d {
    let constant = _mm512_castpd_si512(_mm512_set1_pd(f64::RECIPROCAL));
    _mm512_castsi512_pd(_mm512_sub_epi64(constant, _mm512_castpd_si512(x)))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn split_exponent_pd(x: __m512d) -> (__m512d, __m512d) {
    let round = _mm512_set1_pd(f64::ROUND);
    let bits = _mm512_castpd_si512(x);
    let exponent = _mm512_srai_epi64::<52>(_mm512_sub_epi64(bits, _mm512_set1_epi64(0x3fe6_a09e_667f_3bcd)));
    let mantissa = _mm512_sub_epi64(bits, _mm512_slli_epi64::<52>(exponent));
    let shifted = _mm512_castsi512_pd(_mm512_add_epi64(_mm512_castpd_si512(round), exponent));
    (_mm512_castsi512_pd(mantissa), _mm512_sub_pd(shifted, round))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn uniform_pd(high: __m256i, low: __m256i) -> __m512d {
    let high = _mm512_slli_epi64::<32>(_mm512_cvtepu32_epi64(high));
    let bits = _mm512_srli_epi64::<12>(_mm512_or_si512(high, _mm512_cvtepu32_epi64(low)));
    let from_one_to_two = _mm512_or_si512(bits, _mm512_set1_epi64(0x3ff0_0000_0000_0000));
    _mm512_sub_pd(_mm512_set1_pd(2.0), _mm512_castsi512_pd(from_one_to_two))
}

/// Three rounds of exchanges between rows at distances 1, 2 and 4.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose_pd(rows: [__m512d; 8]) -> [__m512d; 8] {
    let pairs: [__m512d; 8] = from_fn(|i| {
        let (a, b) = (rows[i & !1], rows[i | 1]);
        if i & 1 == 0 { _mm512_unpacklo_pd(a, b) } else { _mm512_unpackhi_pd(a, b) }
    });
    let halves: [__m512d; 8] = from_fn(|i| {
        let (a, b) = (pairs[i & !2], pairs[i | 2]);
        if i & 2 == 0 { _mm512_shuffle_f64x2::<0x88>(a, b) } else { _mm512_shuffle_f64x2::<0xdd>(a, b) }
    });
    from_fn(|i| {
        let (a, b) = (halves[i & !4], halves[i | 4]);
        if i & 4 == 0 { _mm512_shuffle_f64x2::<0x88>(a, b) } else { _mm512_shuffle_f64x2::<0xdd>(a, b) }
    })
}

word_register! {
    /// Sixteen words.
    Words16([u32; 16] as __m512i) {
        splat: _mm512_set1_epi32,
        load: _mm512_loadu_si512,
        add: _mm512_add_epi32,
        xor: _mm512_xor_si512,
        rotate_left: rotate_left,
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn rotate_left<const BITS: u32>(x: __m512i) -> __m512i {
    // The instruction with an immediate operand results; its intrinsic would want BITS as an `i32`.
    _mm512_rolv_epi32(x, _mm512_set1_epi32(BITS.cast_signed()))
}
