//! Numbers: scalars and lane vectors behind one trait.
//!
//! Every kernel of this crate is generic over [`Real`]: a scalar `f32` or `f64`, or a vector of them with one
//! walker per lane. All of them perform the same IEEE operations in the same order, so a walker's result does
//! not depend on the width it was computed with, to the last bit. Three rules keep it so:
//!
//! - a fused multiply-add ([`Real::mul_add`]) is always fused, and never formed where the source has `*` and `+`;
//! - elementary functions come from [`crate::math`], never from the platform;
//! - data in lanes are selected ([`Real::select_lt`]), never branched on.

/// `$wrap($start)` with every element replaced by `$value`, in turn. A loop in place, because a closure handed to an
/// iterator or to `array::from_fn` may be left as a function of its own, compiled without the wide instructions.
macro_rules! each {
    ($wrap:ident($start:expr), $element:ident, $index:ident => $value:expr) => {{
        let mut array = $start;
        let mut $index = 0;
        while $index < array.len() {
            let $element = array[$index];
            array[$index] = $value;
            $index += 1;
        }
        $wrap(array)
    }};
}

mod lanes;
mod scalar;
mod tile;
mod word;

pub use lanes::Lanes;
pub use scalar::Scalar;
pub use tile::Tile;
pub use word::{Word, WordLanes};

use core::ops::{Add, Div, Mul, Neg, Sub};

/// A real number, or one number for each of [`LANES`](Real::LANES) walkers.
///
/// Lane `i` of a result depends on lane `i` of the arguments alone.
pub trait Real:
    Copy
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The number in one lane: `f32` or `f64`.
    type Scalar: Scalar;
    /// A 32-bit word per lane, for random bits.
    type Word: Word;
    /// One machine register's worth of lanes; [`Tile`] is made of several, every other type is its own part.
    type Part: Real<Scalar = Self::Scalar, Part = Self::Part>;
    /// How many walkers one value holds.
    const LANES: usize;
    /// How many parts one value holds; `LANES = PARTS * Part::LANES`.
    const PARTS: usize;

    /// The same number in every lane.
    fn splat(value: Self::Scalar) -> Self;
    /// The first `LANES` numbers of `values`; lanes beyond its end are zero.
    fn load(values: &[Self::Scalar]) -> Self;
    /// Writes the lanes to the first `LANES` places of `values`, or as many as it has.
    fn store(self, values: &mut [Self::Scalar]);
    /// Lane `index`, taken modulo `LANES`.
    fn lane(&self, index: usize) -> Self::Scalar;
    /// Replaces lane `index`, taken modulo `LANES`.
    fn set_lane(&mut self, index: usize, value: Self::Scalar);
    /// Part `index`, taken modulo `PARTS`.
    fn part(&self, index: usize) -> Self::Part;
    /// The value whose part `i` is `part(i)`.
    fn from_parts(part: impl FnMut(usize) -> Self::Part) -> Self;
    /// Replaces part `index`, taken modulo `PARTS`.
    fn set_part(&mut self, index: usize, part: Self::Part);

    /// `self * factor + term`, rounded once.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Square root, correctly rounded; NaN below zero.
    fn sqrt(self) -> Self;
    /// Per lane `if a < b { yes } else { no }`; a NaN compares false.
    fn select_lt(a: Self, b: Self, yes: Self, no: Self) -> Self;
    /// `2^k` for `self = Scalar::ROUND + k`, the sum rounded to an integer `k` of a normal power.
    fn exp2_shifted(self) -> Self;
    /// `1 / self` within 5.1 %, for positive normal numbers whose reciprocal is normal: [`Scalar::RECIPROCAL`].
    fn reciprocal_estimate(self) -> Self;
    /// `(m, e)` with `self = m · 2^e` and `√½ ≤ m < √2`, for positive normal numbers.
    fn split_exponent(self) -> (Self, Self);
    /// A number in `(0, 1]` from random words: `high` alone makes an `f32` (multiples of 2⁻³¹ plus 2⁻³²,
    /// rounded), both make an `f64` (multiples of 2⁻⁵²).
    fn uniform(high: Self::Word, low: Self::Word) -> Self;

    /// Transposes a square of registers: lane `j` of `row(i)` goes to `out[j * stride + i]`, for `i, j < LANES`.
    #[inline(always)]
    fn transpose(row: impl Fn(usize) -> Self, out: &mut [Self::Scalar], stride: usize) {
        for i in 0..Self::LANES {
            let row = row(i);
            for (j, out) in out.chunks_mut(stride).take(Self::LANES).enumerate() {
                if let Some(out) = out.get_mut(i) {
                    *out = row.lane(j);
                }
            }
        }
    }

    /// Runs `f` compiled with the instructions that this type is made of. Whatever `f` inlines is compiled with
    /// them too, so a call that crosses a virtual function or any other boundary that is not inlined goes
    /// through here again.
    #[inline(always)]
    fn vectorize<O>(f: impl FnOnce() -> O) -> O {
        f()
    }

    /// The constant `value`, rounded to the precision, in every lane.
    #[inline(always)]
    fn c(value: f64) -> Self {
        Self::splat(Self::Scalar::from_f64(value))
    }
    /// Zero in every lane.
    #[inline(always)]
    fn zero() -> Self {
        Self::c(0.0)
    }
    /// One in every lane.
    #[inline(always)]
    fn one() -> Self {
        Self::c(1.0)
    }
    /// The larger of the two; `self` if either is NaN.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select_lt(self, other, other, self)
    }
    /// The smaller of the two; `self` if either is NaN.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select_lt(other, self, other, self)
    }
    /// `self` where its magnitude is at most `limit`, else `limit` with its sign. NaN may become a number.
    #[inline(always)]
    fn clamp_magnitude(self, limit: Self) -> Self {
        self.max(-limit).min(limit)
    }
    /// Absolute value.
    #[inline(always)]
    fn abs(self) -> Self {
        Self::select_lt(self, Self::zero(), -self, self)
    }
    /// The value whose lane `i` is `lane(i)`.
    #[inline(always)]
    fn from_lanes(mut lane: impl FnMut(usize) -> Self::Scalar) -> Self {
        let mut value = Self::zero();
        for i in 0..Self::LANES {
            value.set_lane(i, lane(i));
        }
        value
    }
    /// Per lane `yes` where `self` is finite, else `no`.
    #[inline(always)]
    fn select_finite(self, yes: Self, no: Self) -> Self {
        Self::select_lt(self.abs(), Self::splat(Self::Scalar::INFINITY), yes, no)
    }
}

/// `Σ a_i b_i`, summed in index order.
#[inline(always)]
pub fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    let mut sum = R::zero();
    for (&a, &b) in a.iter().zip(b) {
        sum = a.mul_add(b, sum);
    }
    sum
}

/// `Σ a_i²`, summed in index order.
#[inline(always)]
pub fn norm_squared<R: Real>(a: &[R]) -> R {
    dot(a, a)
}

/// `x_i`, zero beyond the last.
#[inline(always)]
pub(crate) fn coordinate<R: Real>(x: &[R], i: usize) -> R {
    match x.get(i) {
        Some(&x) => x,
        None => R::zero(),
    }
}

/// Evaluates the block with a literal for the dimension where it is small, so that loops over coordinates unroll.
/// A macro, because a closure called from several places is left as a function of its own, compiled without the wide
/// instructions.
macro_rules! with_dim {
    ($dim:expr, $d:ident => $body:expr) => {
        match $dim {
            1 => {
                let $d: usize = 1;
                $body
            }
            2 => {
                let $d: usize = 2;
                $body
            }
            3 => {
                let $d: usize = 3;
                $body
            }
            $d => $body,
        }
    };
}
pub(crate) use with_dim;
