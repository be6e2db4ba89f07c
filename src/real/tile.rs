//! Several registers side by side: more walkers per instruction fetched, and independent chains to overlap.

use super::{Real, Word};
use core::ops::{Add, Div, Mul, Neg, Sub};

/// `K` registers, or tiles of them, treated as one value. Every operation is applied to all of them in turn, so that their
/// dependency chains interleave and a constant loaded once serves `K` times.
#[derive(Clone, Copy, Debug)]
pub struct Tile<R, const K: usize>(pub [R; K]);

macro_rules! partwise {
    ($trait:ident, $method:ident) => {
        impl<R: Real, const K: usize> $trait for Tile<R, K> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                each!(Tile(self.0), part, i => part.$method(other.0[i]))
            }
        }
    };
}
partwise!(Add, add);
partwise!(Sub, sub);
partwise!(Mul, mul);
partwise!(Div, div);

impl<R: Real, const K: usize> Neg for Tile<R, K> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        each!(Tile(self.0), part, i => -part)
    }
}

impl<R: Real, const K: usize> Real for Tile<R, K> {
    type Scalar = R::Scalar;
    type Word = Tile<R::Word, K>;
    type Part = R::Part;
    const LANES: usize = K * R::LANES;
    const PARTS: usize = K * R::PARTS;

    #[inline(always)]
    fn splat(value: R::Scalar) -> Self {
        Tile([R::splat(value); K])
    }
    #[inline(always)]
    fn load(values: &[R::Scalar]) -> Self {
        each!(Tile([R::zero(); K]), _old, i => R::load(values.get(i * R::LANES..).unwrap_or(&[])))
    }
    #[inline(always)]
    fn store(self, values: &mut [R::Scalar]) {
        for (part, values) in self.0.into_iter().zip(values.chunks_mut(R::LANES)) {
            part.store(values);
        }
    }
    #[inline(always)]
    fn lane(&self, index: usize) -> R::Scalar {
        self.0[index / R::LANES % K].lane(index)
    }
    #[inline(always)]
    fn set_lane(&mut self, index: usize, value: R::Scalar) {
        self.0[index / R::LANES % K].set_lane(index, value);
    }
    #[inline(always)]
    fn part(&self, index: usize) -> R::Part {
        self.0[index / R::PARTS % K].part(index)
    }
    #[inline(always)]
    fn from_parts(mut make: impl FnMut(usize) -> R::Part) -> Self {
        each!(Tile([R::zero(); K]), _old, i => R::from_parts(
            #[inline(always)]
            |j| make(i * R::PARTS + j),
        ))
    }
    #[inline(always)]
    fn set_part(&mut self, index: usize, part: R::Part) {
        self.0[index / R::PARTS % K].set_part(index, part);
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        each!(Tile(self.0), part, i => part.mul_add(factor.0[i], term.0[i]))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        each!(Tile(self.0), part, i => part.sqrt())
    }
    #[inline(always)]
    fn select_lt(a: Self, b: Self, yes: Self, no: Self) -> Self {
        each!(Tile(a.0), part, i => R::select_lt(part, b.0[i], yes.0[i], no.0[i]))
    }
    #[inline(always)]
    fn exp2_shifted(self) -> Self {
        each!(Tile(self.0), part, i => part.exp2_shifted())
    }
    #[inline(always)]
    fn reciprocal_estimate(self) -> Self {
        each!(Tile(self.0), part, i => part.reciprocal_estimate())
    }
    #[inline(always)]
    fn split_exponent(self) -> (Self, Self) {
        let mut exponents = self;
        let mantissas = each!(Tile(self.0), part, i => {
            let (mantissa, exponent) = part.split_exponent();
            exponents.0[i] = exponent;
            mantissa
        });
        (mantissas, exponents)
    }
    #[inline(always)]
    fn uniform(high: Self::Word, low: Self::Word) -> Self {
        each!(Tile([R::zero(); K]), _old, i => R::uniform(high.0[i], low.0[i]))
    }
    #[inline(always)]
    fn vectorize<O>(f: impl FnOnce() -> O) -> O {
        R::vectorize(f)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        each!(Tile(self.0), part, i => part.abs())
    }
    #[inline(always)]
    fn clamp_magnitude(self, limit: Self) -> Self {
        each!(Tile(self.0), part, i => part.clamp_magnitude(limit.0[i]))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        each!(Tile(self.0), part, i => part.max(other.0[i]))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        each!(Tile(self.0), part, i => part.min(other.0[i]))
    }
}

impl<W: Word, const K: usize> Word for Tile<W, K> {
    const LANES: usize = K * W::LANES;

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Tile([W::splat(word); K])
    }
    #[inline(always)]
    fn from_lanes(mut lane: impl FnMut(usize) -> u32) -> Self {
        each!(Tile([W::splat(0); K]), _old, part => W::from_lanes(|i| lane(part * W::LANES + i)))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each!(Tile(self.0), part, i => part.add(other.0[i]))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        each!(Tile(self.0), part, i => part.xor(other.0[i]))
    }
    #[inline(always)]
    fn rotate_left<const BITS: u32>(self) -> Self {
        each!(Tile(self.0), part, i => part.rotate_left::<BITS>())
    }
    /// Part by part: sixteen words of every part at once would not fit the registers.
    #[inline(always)]
    fn chacha8(key: &[u32; 8], block: (u32, u32), stream: (Self, Self)) -> [Self; 16] {
        let mut words = [Self::splat(0); 16];
        for part in 0..K {
            let block = W::chacha8(key, block, (stream.0.0[part], stream.1.0[part]));
            for (word, own) in words.iter_mut().zip(block) {
                word.0[part] = own;
            }
        }
        words
    }
}
