//! `f32` and `f64` as one-lane [`Real`]s, with the constants of their elementary functions.

use super::Real;
use core::fmt::{Debug, Display};

/// One IEEE number: `f32` or `f64`, with what [`crate::math`] needs to know of it.
pub trait Scalar: Real<Scalar = Self, Part = Self, Word = u32> + PartialOrd + Default + Debug + Display {
    /// Positive infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;
    /// The smallest positive normal number.
    const MIN_POSITIVE: Self;
    /// The distance from one to the next number.
    const EPSILON: Self;
    /// Adding this rounds a number `k` of moderate size to an integer, and leaves in the low bits of the sum the exponent of
    /// `2^k` with its bias.
    const ROUND: Self;
    /// The bits of this number less those of another are nearly the bits of the other's reciprocal: within 5.1 %.
    const RECIPROCAL: Self;
    /// Steps of Halley's method that leave of the error of [`Self::RECIPROCAL`] less than the root of the rounding: cubed,
    /// 1.3e-4, and once more, 2.2e-12.
    const HALLEY_STEPS: usize;
    /// How many random words one uniform number takes.
    const UNIFORM_WORDS: usize;
    /// `log₂ e`.
    const LOG2_E: Self;
    /// `ln 2`, its leading bits: a multiple by any exponent is exact.
    const LN2_HIGH: Self;
    /// `ln 2 − LN2_HIGH`.
    const LN2_LOW: Self;
    /// Arguments of exp beyond which the result is zero or infinite.
    const EXP_RANGE: (Self, Self);
    /// Arguments of exp whose result is a normal number.
    const EXP_NORMAL_RANGE: (Self, Self);
    /// `P` in `eʳ = 1 + r + r² P(r)`, `|r| ≤ ½ ln 2`, highest power first.
    const EXP: &'static [Self];
    /// The same to a unit in the last place.
    const EXP_SHORT: &'static [Self];
    /// `L` in `ln(1 + f) = f − f²/2 + s (f²/2 + s² L(s²))`, `s = f / (2 + f)`, highest power first.
    const LN: &'static [Self];
    /// A power of two (and its exponent) that makes subnormal numbers normal.
    const SUBNORMAL_SCALE: (Self, Self);
    /// `S` in `sin 2πr = r (T + S(r²))`, `T` the nearest number to 2π, `|r| ≤ 1/8`, highest power first.
    const SIN: &'static [Self];
    /// `C` in `cos 2πr = 1 + r² C(r²)`, `|r| ≤ 1/8`, highest power first.
    const COS: &'static [Self];
    /// `E` in `erfc z = e^(−z²) E(u) 4/(4 + z)`, `u = (4 − z) / (4 + z)`, `z ≥ 0`, highest power first.
    const ERFC: &'static [Self];

    /// The nearest number of this precision.
    fn from_f64(value: f64) -> Self;
    /// The same number in double precision.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool {
        self.to_f64().is_finite()
    }
}

/// The `Real` operations of a scalar type that has `$bits`-sized words.
macro_rules! scalar_real {
    ($t:ident, $bits:ident, $int:ident, $mantissa:literal, $sqrt_half:literal, $fma:path, $sqrt:path) => {
        impl Real for $t {
            type Scalar = $t;
            type Word = u32;
            type Part = $t;
            const LANES: usize = 1;
            const PARTS: usize = 1;

            #[inline(always)]
            fn splat(value: $t) -> $t {
                value
            }
            #[inline(always)]
            fn load(values: &[$t]) -> $t {
                values.first().copied().unwrap_or(0.0)
            }
            #[inline(always)]
            fn store(self, values: &mut [$t]) {
                if let Some(first) = values.first_mut() {
                    *first = self;
                }
            }
            #[inline(always)]
            fn lane(&self, _index: usize) -> $t {
                *self
            }
            #[inline(always)]
            fn set_lane(&mut self, _index: usize, value: $t) {
                *self = value;
            }
            #[inline(always)]
            fn part(&self, _index: usize) -> $t {
                *self
            }
            #[inline(always)]
            fn from_parts(mut part: impl FnMut(usize) -> $t) -> $t {
                part(0)
            }
            #[inline(always)]
            fn set_part(&mut self, _index: usize, part: $t) {
                *self = part;
            }
            #[inline(always)]
            fn mul_add(self, factor: $t, term: $t) -> $t {
                $fma(self, factor, term)
            }
            #[inline(always)]
            fn sqrt(self) -> $t {
                $sqrt(self)
            }
            #[inline(always)]
            fn select_lt(a: $t, b: $t, yes: $t, no: $t) -> $t {
                if a < b { yes } else { no }
            }
            #[inline(always)]
            fn exp2_shifted(self) -> $t {
                $t::from_bits(self.to_bits() << $mantissa)
            }
            #[inline(always)]
            fn reciprocal_estimate(self) -> $t {
                $t::from_bits(<$t as Scalar>::RECIPROCAL.to_bits().wrapping_sub(self.to_bits()))
            }
            #[inline(always)]
            fn split_exponent(self) -> ($t, $t) {
                let bits = self.to_bits();
                let exponent = (bits.wrapping_sub($sqrt_half) as $int) >> $mantissa;
                let shifted = $t::from_bits(<$t as Scalar>::ROUND.to_bits().wrapping_add(exponent as $bits));
                ($t::from_bits(bits.wrapping_sub((exponent as $bits) << $mantissa)), shifted - <$t as Scalar>::ROUND)
            }
            #[inline(always)]
            fn uniform(high: u32, low: u32) -> $t {
                uniform::$t(high, low)
            }
        }
    };
}

mod uniform {
    #[inline(always)]
    pub(super) fn f32(high: u32, _low: u32) -> f32 {
        super::Real::mul_add((high >> 1) as f32, 1.0 / 2_147_483_648.0, 0.5 / 2_147_483_648.0)
    }
    #[inline(always)]
    pub(super) fn f64(high: u32, low: u32) -> f64 {
        let bits = (u64::from(high) << 32) | u64::from(low);
        2.0 - f64::from_bits((bits >> 12) | 0x3ff0_0000_0000_0000)
    }
}

#[cfg(feature = "std")]
scalar_real!(f32, u32, i32, 23, 0x3f35_04f3, f32::mul_add, f32::sqrt);
#[cfg(feature = "std")]
scalar_real!(f64, u64, i64, 52, 0x3fe6_a09e_667f_3bcd, f64::mul_add, f64::sqrt);
#[cfg(not(feature = "std"))]
scalar_real!(f32, u32, i32, 23, 0x3f35_04f3, fused::f32, libm::sqrtf);
#[cfg(not(feature = "std"))]
scalar_real!(f64, u64, i64, 52, 0x3fe6_a09e_667f_3bcd, fused::f64, libm::sqrt);

/// Fused multiply-add without std: a function of `libm`, kept apart because it is large and there are many calls.
#[cfg(not(feature = "std"))]
mod fused {
    #[inline(never)]
    pub(super) fn f32(a: f32, b: f32, c: f32) -> f32 {
        libm::fmaf(a, b, c)
    }

    #[inline(never)]
    pub(super) fn f64(a: f64, b: f64, c: f64) -> f64 {
        libm::fma(a, b, c)
    }
}

impl Scalar for f32 {
    const INFINITY: f32 = f32::INFINITY;
    const NAN: f32 = f32::NAN;
    const MIN_POSITIVE: f32 = f32::MIN_POSITIVE;
    const EPSILON: f32 = f32::EPSILON;
    const ROUND: f32 = 12_582_912.0 + 127.0;
    const RECIPROCAL: f32 = f32::from_bits(0x7ef3_11c0);
    const HALLEY_STEPS: usize = 1;
    const UNIFORM_WORDS: usize = 1;
    const LOG2_E: f32 = core::f32::consts::LOG2_E;
    const LN2_HIGH: f32 = 0.693_138_1;
    const LN2_LOW: f32 = 9.058_001e-6;
    const EXP_RANGE: (f32, f32) = (-104.0, 89.0);
    const EXP_NORMAL_RANGE: (f32, f32) = (-87.0, 88.0);
    // Minimax fit, 3e-9 relative on the interval.
    const EXP: &'static [f32] = &[1.381_454e-3, 8.368_745e-3, 4.166_839e-2, 0.166_665_2, 0.499_999_94];
    // Minimax fit, 1e-7 relative on the interval.
    const EXP_SHORT: &'static [f32] = &[8.312_521e-3, 4.189_014_6e-2, 0.166_671_15, 0.499_992_3];
    // FreeBSD msun, e_logf.c.
    const LN: &'static [f32] = &[0.242_790_79, 0.284_987_87, 0.400_009_72, 0.666_666_6];
    const SUBNORMAL_SCALE: (f32, f32) = (33_554_432.0, 25.0);
    // Minimax fits, 4.1e-9 and 4.7e-10 relative on the interval.
    const SIN: &'static [f32] = &[-75.427_54, 81.593_43, -41.341_67, -1.748_455_5e-7];
    const COS: &'static [f32] = &[58.553_48, -85.423_04, 64.939_14, -19.739_208];
    // Chebyshev fit, 1e-9 relative.
    const ERFC: &'static [f32] = &[
        1.941_487e-6,
        -3.101_877e-5,
        -1.171_730_3e-4,
        5.461_051e-5,
        1.530_177_8e-3,
        6.601_643e-3,
        1.909_465_3e-2,
        4.350_011_4e-2,
        8.271_302e-2,
        0.135_213_78,
        0.193_302_17,
        0.244_137_17,
        0.273_998_92,
    ];

    #[inline(always)]
    fn from_f64(value: f64) -> f32 {
        value as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Scalar for f64 {
    const INFINITY: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    const MIN_POSITIVE: f64 = f64::MIN_POSITIVE;
    const EPSILON: f64 = f64::EPSILON;
    const ROUND: f64 = 6_755_399_441_055_744.0 + 1023.0;
    const RECIPROCAL: f64 = f64::from_bits(0x7fde_6238_0000_0000);
    const HALLEY_STEPS: usize = 2;
    const UNIFORM_WORDS: usize = 2;
    const LOG2_E: f64 = core::f64::consts::LOG2_E;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const EXP_RANGE: (f64, f64) = (-746.0, 710.0);
    const EXP_NORMAL_RANGE: (f64, f64) = (-708.0, 709.0);
    // Minimax fit, 5e-20 relative on the interval.
    const EXP: &'static [f64] = &[
        2.082_658_815_495_397e-9,
        2.511_208_442_985_063e-8,
        2.755_758_226_125_744e-7,
        2.755_723_472_808_12e-6,
        2.480_158_692_574_654_5e-5,
        1.984_126_989_651_480_4e-4,
        1.388_888_888_911_634_3e-3,
        8.333_333_333_316_983e-3,
        4.166_666_666_666_609e-2,
        0.166_666_666_666_666_83,
        0.5,
    ];
    // Chebyshev interpolation, 2e-17 relative on the interval.
    const EXP_SHORT: &'static [f64] = &[
        2.510_037_761_960_637_2e-8,
        2.762_007_820_380_639_4e-7,
        2.755_726_847_655_369_5e-6,
        2.480_152_131_748_408_3e-5,
        1.984_126_986_304_296_3e-4,
        1.388_888_891_719_986_3e-3,
        8.333_333_333_330_063e-3,
        4.166_666_666_662_416e-2,
        0.166_666_666_666_666_69,
        0.500_000_000_000_000_1,
    ];
    // FreeBSD msun, e_log.c.
    const LN: &'static [f64] = &[
        0.147_981_986_051_165_86,
        0.153_138_376_992_093_73,
        0.181_835_721_616_180_5,
        0.222_221_984_321_497_84,
        0.285_714_287_436_623_9,
        0.399_999_999_994_094_2,
        0.666_666_666_666_673_5,
    ];
    const SUBNORMAL_SCALE: (f64, f64) = (18_014_398_509_481_984.0, 54.0);
    // Minimax fits, 4.1e-18 and 5.9e-19 relative on the interval.
    const SIN: &'static [f64] = &[
        3.781_821_849_914_98,
        -15.093_852_217_159_663,
        42.058_685_944_452_28,
        -76.705_859_712_708_73,
        81.605_249_275_984_39,
        -41.341_702_240_399_7,
        2.449_293_598_294_706_4e-16,
    ];
    const COS: &'static [f64] = &[
        -1.683_049_003_002_423_2,
        7.902_357_981_781_158,
        -26.426_235_759_483_49,
        60.244_641_176_785_365,
        -85.456_817_205_767_89,
        64.939_394_022_666_32,
        -19.739_208_802_178_716,
    ];
    // Chebyshev fit, 1e-17 relative.
    const ERFC: &'static [f64] = &[
        3.845_998_113_917_808_3e-10,
        -1.190_016_531_148_698_7e-10,
        -4.247_520_427_929_385e-9,
        5.991_218_758_650_824e-11,
        3.158_368_389_493_212e-8,
        1.842_045_346_692_536_5e-8,
        -2.120_958_987_452_241e-7,
        -3.555_532_858_096_433_6e-7,
        1.174_000_553_011_927e-6,
        4.714_871_628_829_102_5e-6,
        -9.089_906_592_454_048e-7,
        -4.420_304_411_590_201e-5,
        -1.137_631_071_940_502_7e-4,
        7.023_967_009_528_483e-5,
        1.528_013_901_297_888_3e-3,
        6.592_513_343_044_401e-3,
        1.909_537_872_875_089_6e-2,
        4.350_273_430_923_927_4e-2,
        8.271_289_696_942_28e-2,
        0.135_213_457_828_340_24,
        0.193_302_175_566_311,
        0.244_137_182_270_220_1,
        0.273_998_915_250_122_77,
    ];

    #[inline(always)]
    fn from_f64(value: f64) -> f64 {
        value
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}
