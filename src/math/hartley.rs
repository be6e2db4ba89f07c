//! The discrete Hartley transform, which turns convolutions with even kernels into products.

use super::sin_cos_2pi;
use crate::real::{Real, Scalar, coordinate};

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
        side
    }

    /// Transforms `field` in place along every axis; its length is a power of `side`. The last axis runs fastest.
    ///
    /// A function of its own, compiled once for the instructions of `R`: it is large, and a call costs nothing beside it.
    #[inline(never)]
    pub fn transform<R: Real>(&self, field: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        R::vectorize(
            #[inline(always)]
            || self.transform_inlined(field, scratch),
        );
    }

    #[inline(always)]
    fn transform_inlined<R: Real>(&self, field: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        let side = self.side.max(1);
        let (Some(line), Some((cosines, sines))) =
            (scratch.get_mut(..side), self.table.as_ref().split_at_checked(self.side))
        else {
            return;
        };
        let table = (cosines, sines);
        let mut stride = 1;
        while stride < field.len() {
            for block in field.chunks_exact_mut(stride * side) {
                for first in 0..stride {
                    transform_line(table, block, first, stride, line);
                }
            }
            stride *= side;
            if side == 1 {
                return;
            }
        }
    }
}

/// Cosines and sines of the multiples of `2π / N`.
type Table<'a, S> = (&'a [S], &'a [S]);

/// Transforms the numbers `first, first + stride, …` of `block`, as many as `line` is long.
#[inline(always)]
fn transform_line<R: Real>(table: Table<'_, R::Scalar>, block: &mut [R], first: usize, stride: usize, line: &mut [R]) {
    let side = line.len();
    let rounds = side.trailing_zeros();
    let odd = (side >> rounds).max(1);
    // Even places before odd ones, and so on within both: the order in which rounds of radix two want them.
    for (place, h) in line.chunks_exact_mut(odd).enumerate() {
        let place = (place as u32).reverse_bits().checked_shr(u32::BITS - rounds).unwrap_or(0) as usize;
        let (start, step) = (first + place * stride, stride << rounds);
        match odd {
            1 => direct::<R, 1>(table, block, start, step, h),
            3 => direct::<R, 3>(table, block, start, step, h),
            5 => direct::<R, 5>(table, block, start, step, h),
            _ => direct_of_any_length(table, block, start, step, h),
        }
    }
    let mut half = odd;
    for _ in 0..rounds {
        for pair in line.chunks_exact_mut(2 * half) {
            combine(table, half, pair);
        }
        half *= 2;
    }
    let mut place = first;
    for &h in &*line {
        if let Some(to) = block.get_mut(place) {
            *to = h;
        }
        place += stride;
    }
}

/// The transform of the `M` numbers `start, start + step, …` of `block`, `M` odd, from its definition: `x_j ± x_{M−j}` go
/// with cosines and sines. Counted loops over arrays, so that all stays in registers.
#[inline(always)]
fn direct<R: Real, const M: usize>(
    (cosines, sines): Table<'_, R::Scalar>,
    block: &[R],
    start: usize,
    step: usize,
    h: &mut [R],
) {
    let (mut x, turn) = ([R::zero(); M], cosines.len() / M);
    for j in 0..M {
        x[j] = coordinate(block, start + j * step);
    }
    let mut sum = x[0];
    for j in 1..M {
        sum = sum + x[j];
    }
    let mut out = [sum; M];
    for k in 1..=M / 2 {
        let (mut even, mut odd) = (x[0], R::zero());
        for j in 1..=M / 2 {
            let angle = j * k % M * turn;
            let (Some(&cosine), Some(&sine)) = (cosines.get(angle), sines.get(angle)) else { return };
            even = R::splat(cosine).mul_add(x[j] + x[M - j], even);
            odd = R::splat(sine).mul_add(x[j] - x[M - j], odd);
        }
        out[k] = even + odd;
        out[M - k] = even - odd;
    }
    for (h, out) in h.iter_mut().zip(out) {
        *h = out;
    }
}

/// As [`direct`], for as many numbers as there is room for in `h`.
#[inline(always)]
fn direct_of_any_length<R: Real>(
    (cosines, sines): Table<'_, R::Scalar>,
    block: &[R],
    start: usize,
    step: usize,
    h: &mut [R],
) {
    let m = h.len();
    let x = |j: usize| coordinate(block, start + j * step);
    let turn = cosines.len() / m.max(1);
    let mut sum = x(0);
    for j in 1..m {
        sum = sum + x(j);
    }
    if let Some(h) = h.first_mut() {
        *h = sum;
    }
    for k in 1..=m / 2 {
        let (mut even, mut odd) = (x(0), R::zero());
        for j in 1..=m / 2 {
            let angle = j * k % m * turn;
            let (Some(&cosine), Some(&sine)) = (cosines.get(angle), sines.get(angle)) else { return };
            even = R::splat(cosine).mul_add(x(j) + x(m - j), even);
            odd = R::splat(sine).mul_add(x(j) - x(m - j), odd);
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
fn combine<R: Real>((cosines, sines): Table<'_, R::Scalar>, half: usize, pair: &mut [R]) {
    let Some((even, odd)) = pair.split_at_mut_checked(half) else { return };
    let step = cosines.len() / (2 * half).max(1);
    // k and M − k mirror each other; k = 0 and, if M is even, k = M / 2, whose angle is π / 2, are their own mirrors.
    for k in [0, half / 2] {
        if 2 * k % half == 0
            && let (Some(e), Some(o)) = (even.get_mut(k), odd.get_mut(k))
        {
            (*e, *o) = (*e + *o, *e - *o);
        }
        if half == 1 {
            return;
        }
    }
    for k in 1..half.div_ceil(2) {
        let (Some(&cosine), Some(&sine)) = (cosines.get(k * step), sines.get(k * step)) else { return };
        let (cosine, sine) = (R::splat(cosine), R::splat(sine));
        let (o, o_back) = (coordinate(odd, k), coordinate(odd, half - k));
        let here = cosine.mul_add(o, sine * o_back);
        let mirrored = sine.mul_add(o, -(cosine * o_back));
        for (k, by) in [(k, here), (half - k, mirrored)] {
            if let (Some(e), Some(o)) = (even.get_mut(k), odd.get_mut(k)) {
                (*e, *o) = (*e + by, *e - by);
            }
        }
    }
}
