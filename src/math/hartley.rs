//! The discrete Hartley transform, which turns convolutions with even kernels into products.

use super::sin_cos_2pi;
use crate::real::{Real, Scalar};

/// `H_k = Σ_j x_j cas(2π jk / N)`, `cas = cos + sin` (R. V. L. Hartley, 1942), along every axis of a periodic lattice
/// of `N` sites a side.
///
/// It is real and, but for a factor `N` an axis, its own inverse. A convolution `(K ∗ f)_x = Σ_r K_r f_{x−r}` with a
/// kernel that is even along every axis multiplies each `H_k f` by `Σ_r K_r Π_μ cos(2π k_μ r_μ / N)`.
///
/// For `N = 2^p m`, `m` odd: `m²/2` multiply-adds for every `m` sites, then `p` rounds of radix two, about
/// `N (m/2 + 3p/2)` operations for a line; all lanes do the same. `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct Hartley<V> {
    /// `N`
    pub side: usize,
    /// `cos(2π j / N)`, then `sin(2π j / N)`, `j = 0 … N − 1`, as [`hartley_table`] makes them.
    pub table: V,
}

/// Writes [`Hartley::table`], as many cosines and sines as half of `table` is long.
pub fn hartley_table<S: Scalar>(table: &mut [S]) {
    let side = table.len() / 2;
    let (cosines, sines) = table.split_at_mut(side);
    for (j, (cosine, sine)) in cosines.iter_mut().zip(sines).enumerate() {
        let (sin, cos) = sin_cos_2pi(j as f64 / side as f64);
        (*cosine, *sine) = (S::from_f64(cos), S::from_f64(sin));
    }
}

impl<V> Hartley<V> {
    /// How many values of working memory [`Hartley::transform`] wants.
    pub const fn scratch(side: usize) -> usize {
        2 * side
    }

    /// Transforms `field` in place along every axis; its length is a power of `side`. The last axis runs fastest.
    #[inline(always)]
    pub fn transform<R: Real>(&self, field: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        let side = self.side.max(1);
        let Some((line, sums)) = scratch.get_mut(..2 * side).and_then(|scratch| scratch.split_at_mut_checked(side))
        else {
            return;
        };
        let mut stride = 1;
        while stride < field.len() {
            for block in field.chunks_exact_mut(stride * side) {
                for first in 0..stride {
                    self.line(block, first, stride, line, sums);
                }
            }
            stride *= side;
            if side == 1 {
                return;
            }
        }
    }

    /// Transforms the numbers `first, first + stride, …` of `block`, `side` of them.
    #[inline(always)]
    fn line<R: Real>(&self, block: &mut [R], first: usize, stride: usize, line: &mut [R], sums: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        let side = line.len();
        let rounds = side.trailing_zeros();
        let odd = side >> rounds;
        // Even places before odd ones, and so on within both: the order in which rounds of radix two want them.
        for (place, start) in line.chunks_exact_mut(odd.max(1)).enumerate() {
            let place = (place as u32).reverse_bits().checked_shr(u32::BITS - rounds).unwrap_or(0) as usize;
            let own = block.iter().skip(first + place * stride).step_by(stride << rounds);
            for (to, &from) in start.iter_mut().zip(own) {
                *to = from;
            }
        }
        for (x, h) in line.chunks_exact(odd.max(1)).zip(sums.chunks_exact_mut(odd.max(1))) {
            match odd {
                1 => self.direct(1, x, h),
                3 => self.direct(3, x, h),
                5 => self.direct(5, x, h),
                odd => self.direct(odd, x, h),
            }
        }
        let mut half = odd;
        for _ in 0..rounds {
            for pair in sums.chunks_exact_mut(2 * half) {
                self.combine(half, side / (2 * half), pair);
            }
            half *= 2;
        }
        for (to, &from) in block.iter_mut().skip(first).step_by(stride).zip(&*sums) {
            *to = from;
        }
    }

    /// The transform of `m` numbers, `m` odd, from its definition: `x_j ± x_{m−j}` go with cosines and sines.
    #[inline(always)]
    fn direct<R: Real>(&self, m: usize, x: &[R], h: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        let (Some(x), Some((&start, rest))) = (x.get(..m), x.split_first()) else { return };
        let (Some((cosines, sines)), step) = (self.table.as_ref().split_at_checked(self.side), self.side / m) else {
            return;
        };
        let half = m / 2;
        if let Some(h) = h.first_mut() {
            *h = x.iter().skip(1).fold(start, |sum, &x| sum + x);
        }
        for k in 1..=half {
            let (mut even, mut odd) = (start, R::zero());
            let mirrored = rest.iter().zip(rest.iter().rev()).take(half);
            for (j, (&a, &b)) in mirrored.enumerate() {
                let angle = (j + 1) * k % m * step;
                let (Some(&cosine), Some(&sine)) = (cosines.get(angle), sines.get(angle)) else { return };
                even = R::splat(cosine).mul_add(a + b, even);
                odd = R::splat(sine).mul_add(a - b, odd);
            }
            if let Some(h) = h.get_mut(k) {
                *h = even + odd;
            }
            if let Some(h) = h.get_mut(m - k) {
                *h = even - odd;
            }
        }
    }

    /// From the transforms `E` of the even and `O` of the odd places, `M` numbers each, to that of all:
    /// `H_k = E_k + cos O_k + sin O_{M−k}` and `H_{k+M} = E_k − cos O_k − sin O_{M−k}`, with the angle `2π k / 2M`.
    #[inline(always)]
    fn combine<R: Real>(&self, half: usize, step: usize, pair: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        let Some((even, odd)) = pair.split_at_mut_checked(half) else { return };
        let (Some((e, even)), Some((o, odd))) = (even.split_first_mut(), odd.split_first_mut()) else { return };
        (*e, *o) = (*e + *o, *e - *o);
        // k and M − k mirror each other; between them, if M is even, k = M / 2, whose angle is π / 2.
        let (count, middle) = (even.len() / 2, even.len() % 2);
        let (even, even_rest) = even.split_at_mut(count);
        let (Some((odd, odd_rest)), Some((even_middle, even_back))) =
            (odd.split_at_mut_checked(count), even_rest.split_at_mut_checked(middle))
        else {
            return;
        };
        let Some((odd_middle, odd_back)) = odd_rest.split_at_mut_checked(middle) else { return };
        for (e, o) in even_middle.iter_mut().zip(odd_middle) {
            (*e, *o) = (*e + *o, *e - *o);
        }
        let Some((cosines, sines)) = self.table.as_ref().split_at_checked(self.side) else { return };
        let angles = cosines.iter().step_by(step.max(1)).zip(sines.iter().step_by(step.max(1))).skip(1);
        let front = even.iter_mut().zip(odd);
        let back = even_back.iter_mut().rev().zip(odd_back.iter_mut().rev());
        for (((e, o), (e_back, o_back)), (&cosine, &sine)) in front.zip(back).zip(angles) {
            let (cosine, sine) = (R::splat(cosine), R::splat(sine));
            let here = cosine.mul_add(*o, sine * *o_back);
            let mirrored = sine.mul_add(*o, -(cosine * *o_back));
            (*e, *o) = (*e + here, *e - here);
            (*e_back, *o_back) = (*e_back + mirrored, *e_back - mirrored);
        }
    }
}
