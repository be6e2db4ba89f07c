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
/// `N (m/2 + 3p/2)` operations for a line (where `m = 1` the first two rounds are one); all lanes do the same. `V` holds
/// numbers: a slice, an array, a vector.
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
    /// How many values of working memory [`Hartley::transform`] wants for a field of `sites`.
    pub const fn scratch(sites: usize) -> usize {
        sites
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
            || {
                let sites = field.len();
                let (Some(other), Some(table)) =
                    (scratch.get_mut(..sites), self.table.as_ref().split_at_checked(self.side))
                else {
                    return;
                };
                transform_axes(table, field, other);
            },
        );
    }
}

/// Cosines and sines of the multiples of `2π / N`.
type Table<'a, S> = (&'a [S], &'a [S]);

/// Goes from one array to the other and back: first sums of few places along an axis, then rounds of radix two, and so for
/// every axis. What stands at one place of an axis is a row of as many values as the axis has for its stride, and all
/// arithmetic is done row by row.
#[inline(always)]
fn transform_axes<R: Real>(table: Table<'_, R::Scalar>, field: &mut [R], other: &mut [R]) {
    let (mut from, mut to) = (field, other);
    let side = table.0.len().max(1);
    let odd = (side >> side.trailing_zeros()).max(1);
    let start = if odd == 1 && side >= 4 { 4 } else { odd };
    let rounds = (side / start).trailing_zeros();
    let mut swapped = false;
    let mut stride = 1;
    while stride < from.len() && side > 1 {
        let block = (stride * side).max(1);
        for (from, to) in from.chunks_exact(block).zip(to.chunks_exact_mut(block)) {
            first_sums(table, (start, rounds), stride, from, to);
        }
        (from, to, swapped) = (to, from, !swapped);
        let mut half = start;
        for _ in 0..rounds {
            let pair = (2 * half * stride).max(1);
            for (from, to) in from.chunks_exact(pair).zip(to.chunks_exact_mut(pair)) {
                combine(table, stride, from, to);
            }
            (from, to, swapped) = (to, from, !swapped);
            half *= 2;
        }
        stride *= side;
    }
    if swapped {
        for (to, &from) in to.iter_mut().zip(&*from) {
            *to = from;
        }
    }
}

/// Row `i`, empty beyond the last.
#[inline(always)]
fn row<R>(rows: &[R], i: usize, length: usize) -> &[R] {
    rows.get(i * length..).and_then(|rest| rest.get(..length)).unwrap_or_default()
}

/// Transforms of `count` rows each, from the definition. Even places come before odd ones, and so on within both: the order
/// in which rounds of radix two want them.
#[inline(always)]
fn first_sums<R: Real>(
    table: Table<'_, R::Scalar>,
    (count, rounds): (usize, u32),
    length: usize,
    from: &[R],
    to: &mut [R],
) {
    for (place, to) in to.chunks_exact_mut((count * length).max(1)).enumerate() {
        let place = (place as u32).reverse_bits().checked_shr(u32::BITS - rounds).unwrap_or(0) as usize;
        let places = (place, 1 << rounds);
        match count {
            1 => {
                for (to, &from) in to.iter_mut().zip(row(from, place, length)) {
                    *to = from;
                }
            }
            3 => direct::<R, 3>(table, length, from, places, to),
            4 => four(length, from, places, to),
            5 => direct::<R, 5>(table, length, from, places, to),
            _ => direct_of_any_length(table, length, from, places, to),
        }
    }
}

/// The transform of the four rows `start, start + step, …`.
#[inline(always)]
fn four<R: Real>(length: usize, from: &[R], (start, step): (usize, usize), to: &mut [R]) {
    let [a, b, c, d] = [0, 1, 2, 3].map(|j| row(from, start + j * step, length));
    let mut to = to.chunks_exact_mut(length.max(1));
    let (Some(h0), Some(h1), Some(h2), Some(h3)) = (to.next(), to.next(), to.next(), to.next()) else { return };
    let results = h0.iter_mut().zip(h1).zip(h2.iter_mut().zip(h3));
    for (((h0, h1), (h2, h3)), ((&a, &b), (&c, &d))) in results.zip(a.iter().zip(b).zip(c.iter().zip(d))) {
        let (even, odd) = (a + c, b + d);
        (*h0, *h2) = (even + odd, even - odd);
        let (even, odd) = (a - c, b - d);
        (*h1, *h3) = (even + odd, even - odd);
    }
}

/// The transform of the `M` rows `start, start + step, …`, `M` odd: `x_j ± x_{M−j}` go with cosines and sines. Counted loops
/// over arrays, so that all stays in registers.
#[inline(always)]
fn direct<R: Real, const M: usize>(
    (cosines, sines): Table<'_, R::Scalar>,
    length: usize,
    from: &[R],
    (start, step): (usize, usize),
    to: &mut [R],
) {
    let turn = cosines.len() / M;
    let mut turns = [(R::Scalar::zero(), R::Scalar::zero()); M];
    for (j, turns) in turns.iter_mut().enumerate() {
        let (Some(&cosine), Some(&sine)) = (cosines.get(j * turn), sines.get(j * turn)) else { return };
        *turns = (cosine, sine);
    }
    let rows: [&[R]; M] = core::array::from_fn(|j| row(from, start + j * step, length));
    for place in 0..length {
        for part in 0..R::PARTS {
            let x = rows.map(|row| match row.get(place) {
                Some(x) => x.part(part),
                None => R::Part::zero(),
            });
            let mut write = |k: usize, h: R::Part| {
                if let Some(to) = to.get_mut(k * length + place) {
                    to.set_part(part, h);
                }
            };
            let mut sum = x[0];
            for &x in x.iter().skip(1) {
                sum = sum + x;
            }
            write(0, sum);
            for k in 1..=M / 2 {
                let (mut even, mut odd) = (x[0], R::Part::zero());
                for j in 1..=M / 2 {
                    let (cosine, sine) = turns[j * k % M];
                    even = R::Part::splat(cosine).mul_add(x[j] + x[M - j], even);
                    odd = R::Part::splat(sine).mul_add(x[j] - x[M - j], odd);
                }
                write(k, even + odd);
                write(M - k, even - odd);
            }
        }
    }
}

/// As [`direct`], for as many rows as there is room for in `to`.
#[inline(always)]
fn direct_of_any_length<R: Real>(
    (cosines, sines): Table<'_, R::Scalar>,
    length: usize,
    from: &[R],
    (start, step): (usize, usize),
    to: &mut [R],
) {
    let m = to.len() / length.max(1);
    let turn = cosines.len() / m.max(1);
    let first = row(from, start, length);
    for (k, to) in to.chunks_exact_mut(length.max(1)).enumerate() {
        for (to, &first) in to.iter_mut().zip(first) {
            *to = first;
        }
        for j in 1..m {
            let angle = j * k % m.max(1) * turn;
            let (Some(&cosine), Some(&sine)) = (cosines.get(angle), sines.get(angle)) else { return };
            let factor = R::splat(cosine + sine);
            for (to, &x) in to.iter_mut().zip(row(from, start + j * step, length)) {
                *to = factor.mul_add(x, *to);
            }
        }
    }
}

/// From the transforms `E` of the even and `O` of the odd places, the halves of `from`, `M` rows each, to that of all:
/// `H_k = E_k + cos O_k + sin O_{M−k}` and `H_{k+M} = E_k − cos O_k − sin O_{M−k}`, with the angle `2π k / 2M`.
#[inline(always)]
fn combine<R: Real>((cosines, sines): Table<'_, R::Scalar>, length: usize, from: &[R], to: &mut [R]) {
    let (Some((even, odd)), Some((low, high))) =
        (from.split_at_checked(from.len() / 2), to.split_at_mut_checked(from.len() / 2))
    else {
        return;
    };
    let half = even.len() / length.max(1);
    let step = cosines.len() / (2 * half).max(1);
    let results = low.chunks_exact_mut(length.max(1)).zip(high.chunks_exact_mut(length.max(1)));
    for (k, (low, high)) in results.enumerate() {
        let (even, here) = (row(even, k, length), row(odd, k, length));
        let results = low.iter_mut().zip(high).zip(even.iter().zip(here));
        // Where the sine or the cosine vanishes.
        if k == 0 || 2 * k == half {
            for ((low, high), (&e, &o)) in results {
                (*low, *high) = (e + o, e - o);
            }
            continue;
        }
        let (Some(&cosine), Some(&sine)) = (cosines.get(k * step), sines.get(k * step)) else { return };
        let (cosine, sine) = (R::splat(cosine), R::splat(sine));
        for (((low, high), (&e, &o)), &back) in results.zip(row(odd, half - k, length)) {
            let o = cosine.mul_add(o, sine * back);
            (*low, *high) = (e + o, e - o);
        }
    }
}
