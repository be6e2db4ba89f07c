//! Lane vectors in portable code: arrays that the compiler turns into whatever vectors the machine has.

use super::{Real, Scalar, WordLanes};
use core::ops::{Add, Div, Mul, Neg, Sub};

/// `N` numbers side by side, in portable code.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<S, const N: usize>(pub [S; N]);

macro_rules! lanewise {
    ($trait:ident, $method:ident) => {
        impl<S: Scalar, const N: usize> $trait for Lanes<S, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                each!(Lanes(self.0), lane, i => lane.$method(other.0[i]))
            }
        }
    };
}
lanewise!(Add, add);
lanewise!(Sub, sub);
lanewise!(Mul, mul);
lanewise!(Div, div);

impl<S: Scalar, const N: usize> Neg for Lanes<S, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        each!(Lanes(self.0), lane, i => -lane)
    }
}

impl<S: Scalar, const N: usize> Real for Lanes<S, N> {
    type Scalar = S;
    type Word = WordLanes<N>;
    type Part = Self;
    const LANES: usize = N;
    const PARTS: usize = 1;

    #[inline(always)]
    fn splat(value: S) -> Self {
        Lanes([value; N])
    }
    #[inline(always)]
    fn load(values: &[S]) -> Self {
        let mut lanes = [S::zero(); N];
        for (lane, &value) in lanes.iter_mut().zip(values) {
            *lane = value;
        }
        Lanes(lanes)
    }
    #[inline(always)]
    fn store(self, values: &mut [S]) {
        for (value, lane) in values.iter_mut().zip(self.0) {
            *value = lane;
        }
    }
    #[inline(always)]
    fn lane(&self, index: usize) -> S {
        self.0[index % N]
    }
    #[inline(always)]
    fn set_lane(&mut self, index: usize, value: S) {
        self.0[index % N] = value;
    }
    #[inline(always)]
    fn part(&self, _index: usize) -> Self {
        *self
    }
    #[inline(always)]
    fn from_parts(mut part: impl FnMut(usize) -> Self) -> Self {
        part(0)
    }
    #[inline(always)]
    fn set_part(&mut self, _index: usize, part: Self) {
        *self = part;
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        each!(Lanes(self.0), lane, i => lane.mul_add(factor.0[i], term.0[i]))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        each!(Lanes(self.0), lane, i => lane.sqrt())
    }
    #[inline(always)]
    fn select_lt(a: Self, b: Self, yes: Self, no: Self) -> Self {
        each!(Lanes(a.0), lane, i => S::select_lt(lane, b.0[i], yes.0[i], no.0[i]))
    }
    #[inline(always)]
    fn exp2_shifted(self) -> Self {
        each!(Lanes(self.0), lane, i => lane.exp2_shifted())
    }
    #[inline(always)]
    fn reciprocal_estimate(self) -> Self {
        each!(Lanes(self.0), lane, i => lane.reciprocal_estimate())
    }
    #[inline(always)]
    fn split_exponent(self) -> (Self, Self) {
        (
            each!(Lanes(self.0), lane, i => lane.split_exponent().0),
            each!(Lanes(self.0), lane, i => lane.split_exponent().1),
        )
    }
    #[inline(always)]
    fn uniform(high: WordLanes<N>, low: WordLanes<N>) -> Self {
        each!(Lanes([S::zero(); N]), _old, i => S::uniform(high.0[i], low.0[i]))
    }
}
