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
/// `N (m/2 + 3p/2)` operations for a line (where `m = 1` the first two rounds are one); all lanes do the same. `V` holds numbers: a slice, an array, a vector.
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
        for part in 0..R::PARTS {
            self.transform_part(part, field, scratch);
        }
    }

    /// Transforms one part of all walkers: fields of a few hundred sites stay in the nearest cache then.
    ///
    /// A function of its own, compiled once for the instructions of `R`: it is large, and a call costs nothing beside it.
    #[inline(never)]
    pub fn transform_part<R: Real>(&self, part: usize, field: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        R::vectorize(
            #[inline(always)]
            || {
                let side = self.side.max(1);
                let Some((line, other)) = scratch.split_at_mut_checked(side) else { return };
                let (Some(other), Some(table)) =
                    (other.get_mut(..side), self.table.as_ref().split_at_checked(self.side))
                else {
                    return;
                };
                let mut stride = 1;
                while stride < field.len() {
                    for block in field.chunks_exact_mut(stride * side) {
                        for first in 0..stride {
                            transform_line(table, part, block, (first, stride), [line, other]);
                        }
                    }
                    stride *= side;
                    if side == 1 {
                        return;
                    }
                }
            },
        );
    }
}

/// Cosines and sines of the multiples of `2π / N`.
type Table<'a, S> = (&'a [S], &'a [S]);

/// Part `part` of value `i`; zero beyond the last.
#[inline(always)]
fn get<R: Real>(values: &[R], part: usize, i: usize) -> R::Part {
    match values.get(i) {
        Some(value) => value.part(part),
        None => R::Part::zero(),
    }
}

#[inline(always)]
fn set<R: Real>(values: &mut [R], part: usize, i: usize, to: R::Part) {
    if let Some(value) = values.get_mut(i) {
        value.set_part(part, to);
    }
}

/// Transforms the numbers `first, first + stride, …` of `block`, as many as each of `lines` is long.
#[inline(always)]
fn transform_line<R: Real>(
    table: Table<'_, R::Scalar>,
    part: usize,
    block: &mut [R],
    (first, stride): (usize, usize),
    lines: [&mut [R]; 2],
) {
    let [mut line, mut other] = lines;
    let side = line.len();
    let odd = (side >> side.trailing_zeros()).max(1);
    let start = if odd == 1 && side >= 4 { 4 } else { odd };
    let rounds = (side / start).trailing_zeros();
    // Even places before odd ones, and so on within both: the order in which rounds of radix two want them.
    for (place, h) in line.chunks_exact_mut(start).enumerate() {
        let place = (place as u32).reverse_bits().checked_shr(u32::BITS - rounds).unwrap_or(0) as usize;
        let places = (first + place * stride, stride << rounds);
        match start {
            1 => direct::<R, 1>(table, part, block, places, h),
            3 => direct::<R, 3>(table, part, block, places, h),
            4 => four(part, block, places, h),
            5 => direct::<R, 5>(table, part, block, places, h),
            _ => direct_of_any_length(table, part, block, places, h),
        }
    }
    let mut half = start;
    for _ in 1..rounds {
        for (from, to) in line.chunks_exact(2 * half).zip(other.chunks_exact_mut(2 * half)) {
            combine(table, part, from, to, (0, 1));
        }
        core::mem::swap(&mut line, &mut other);
        half *= 2;
    }
    if rounds > 0 {
        combine(table, part, line, block, (first, stride));
        return;
    }
    let mut place = first;
    for h in &*line {
        set(block, part, place, h.part(part));
        place += stride;
    }
}

/// The transform of the four numbers `start, start + step, …` of `block`.
#[inline(always)]
fn four<R: Real>(part: usize, block: &[R], (start, step): (usize, usize), h: &mut [R]) {
    let [a, b, c, d] = [0, 1, 2, 3].map(|j| get(block, part, start + j * step));
    let (even, odd) = (a + c, b + d);
    set(h, part, 0, even + odd);
    set(h, part, 2, even - odd);
    let (even, odd) = (a - c, b - d);
    set(h, part, 1, even + odd);
    set(h, part, 3, even - odd);
}

/// The transform of the `M` numbers `start, start + step, …` of `block`, `M` odd, from its definition: `x_j ± x_{M−j}` go
/// with cosines and sines. Counted loops over arrays, so that all stays in registers.
#[inline(always)]
fn direct<R: Real, const M: usize>(
    (cosines, sines): Table<'_, R::Scalar>,
    part: usize,
    block: &[R],
    (start, step): (usize, usize),
    h: &mut [R],
) {
    let (mut x, turn) = ([R::Part::zero(); M], cosines.len() / M);
    for (j, x) in x.iter_mut().enumerate() {
        *x = get(block, part, start + j * step);
    }
    let mut sum = x[0];
    for &x in x.iter().skip(1) {
        sum = sum + x;
    }
    set(h, part, 0, sum);
    for k in 1..=M / 2 {
        let (mut even, mut odd) = (x[0], R::Part::zero());
        for j in 1..=M / 2 {
            let angle = j * k % M * turn;
            let (Some(&cosine), Some(&sine)) = (cosines.get(angle), sines.get(angle)) else { return };
            even = R::Part::splat(cosine).mul_add(x[j] + x[M - j], even);
            odd = R::Part::splat(sine).mul_add(x[j] - x[M - j], odd);
        }
        set(h, part, k, even + odd);
        set(h, part, M - k, even - odd);
    }
}

/// As [`direct`], for as many numbers as there is room for in `h`.
#[inline(always)]
fn direct_of_any_length<R: Real>(
    (cosines, sines): Table<'_, R::Scalar>,
    part: usize,
    block: &[R],
    (start, step): (usize, usize),
    h: &mut [R],
) {
    let m = h.len();
    let turn = cosines.len() / m.max(1);
    let first = get(block, part, start);
    let mut sum = first;
    for j in 1..m {
        sum = sum + get(block, part, start + j * step);
    }
    set(h, part, 0, sum);
    for k in 1..=m / 2 {
        let (mut even, mut odd) = (first, R::Part::zero());
        for j in 1..=m / 2 {
            let angle = j * k % m * turn;
            let (Some(&cosine), Some(&sine)) = (cosines.get(angle), sines.get(angle)) else { return };
            let (x, back) = (get(block, part, start + j * step), get(block, part, start + (m - j) * step));
            even = R::Part::splat(cosine).mul_add(x + back, even);
            odd = R::Part::splat(sine).mul_add(x - back, odd);
        }
        set(h, part, k, even + odd);
        set(h, part, m - k, even - odd);
    }
}

/// From the transforms `E` of the even and `O` of the odd places, the halves of `from`, `M` numbers each, to that of all, at
/// the places `first, first + stride, …` of `to`: `H_k = E_k + cos O_k + sin O_{M−k}` and
/// `H_{k+M} = E_k − cos O_k − sin O_{M−k}`, with the angle `2π k / 2M`.
#[inline(always)]
fn combine<R: Real>(
    (cosines, sines): Table<'_, R::Scalar>,
    part: usize,
    from: &[R],
    to: &mut [R],
    (first, stride): (usize, usize),
) {
    let half = from.len() / 2;
    let Some((even, odd)) = from.split_at_checked(half) else { return };
    let step = cosines.len() / (2 * half).max(1);
    let mut write = |k: usize, e: R::Part, o: R::Part| {
        set(to, part, first + k * stride, e + o);
        set(to, part, first + (k + half) * stride, e - o);
    };
    // k and M − k mirror each other; k = 0 and, if M is even, k = M / 2, whose angle is π / 2, are their own mirrors.
    write(0, get(even, part, 0), get(odd, part, 0));
    if half.is_multiple_of(2) {
        write(half / 2, get(even, part, half / 2), get(odd, part, half / 2));
    }
    for k in 1..half.div_ceil(2) {
        let (Some(&cosine), Some(&sine)) = (cosines.get(k * step), sines.get(k * step)) else { return };
        let (cosine, sine) = (R::Part::splat(cosine), R::Part::splat(sine));
        let (o, o_back) = (get(odd, part, k), get(odd, part, half - k));
        write(k, get(even, part, k), cosine.mul_add(o, sine * o_back));
        write(half - k, get(even, part, half - k), sine.mul_add(o, -(cosine * o_back)));
    }
}
