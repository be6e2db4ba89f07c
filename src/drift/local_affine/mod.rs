//! A drift that is linear in its coefficients: local affine maps, blended by Gaussian gates.
//!
//! Within a time slice, for a block of `q` coordinates,
//!
//! ```text
//! b(x) = Σ_j p_j(x) (v_j + A_j z_j) + v_0 + A_0 z_0
//! z_j = (x − c_j) / h,   z_0 = (x − m) / s,   p = softmax_j(−|z_j|² / 2)
//! ```
//!
//! With `q = d` the gates see all coordinates: for low dimension. With `q = 1` each coordinate has gates of its own:
//! any dimension, and a diagonal Jacobian. The perfect drift of a Gaussian mixture's path has the first form, that of
//! a product of one-dimensional densities the second. The coefficients `v`, `A` are fitted slice by slice, by least
//! squares on [`Experts::features`]; beyond the data the gates become constant and the drift affine.

mod features;

pub use features::Features;

use super::{Drift, JacobianForm, Scratch, ScratchSize};
use crate::math::exp_clamped;
use crate::real::{Real, Scalar, coordinate, with_dim};

/// The numbers of one block in one slice.
///
/// Order: `1/h, 1/s, m/s (q), v_0 (q), A_0 (q², row-major)`, then for each gate `c_j/h (q), v_j (q), A_j (q²)`.
#[derive(Clone, Copy, Debug)]
pub struct Experts<'a, S> {
    /// The block's dimension `q`.
    pub dim: usize,
    /// [`Experts::len`] numbers.
    pub numbers: &'a [S],
}

/// An [`Experts`] cut into its parts.
struct Parts<'a, S> {
    inverse_width: S,
    inverse_scale: S,
    origin: &'a [S],
    constant: &'a [S],
    matrix: &'a [S],
    gates: &'a [S],
}

/// One gate: centre over width, `v`, `A`.
struct Gate<'a, S> {
    centre: &'a [S],
    constant: &'a [S],
    matrix: &'a [S],
}

impl<'a, S: Scalar> Experts<'a, S> {
    /// How many numbers a block of dimension `q` with `gates` gates has.
    pub const fn len(q: usize, gates: usize) -> usize {
        2 + 2 * q + q * q + gates * Self::gate_len(q)
    }

    /// How many numbers one gate has.
    pub const fn gate_len(q: usize) -> usize {
        2 * q + q * q
    }

    #[inline(always)]
    fn parts(&self, q: usize) -> Option<Parts<'a, S>> {
        let (&[inverse_width, inverse_scale], rest) = self.numbers.split_first_chunk::<2>()?;
        let (origin, rest) = rest.split_at_checked(q)?;
        let (constant, rest) = rest.split_at_checked(q)?;
        let (matrix, gates) = rest.split_at_checked(q * q)?;
        Some(Parts { inverse_width, inverse_scale, origin, constant, matrix, gates })
    }
}

impl<'a, S: Scalar> Parts<'a, S> {
    #[inline(always)]
    fn gate_iter(&self, q: usize) -> impl Iterator<Item = Gate<'a, S>> + use<'a, S> {
        self.gates.chunks_exact((2 * q + q * q).max(1)).map_while(
            #[inline(always)]
            move |numbers| {
                let (centre, rest) = numbers.split_at_checked(q)?;
                let (constant, matrix) = rest.split_at_checked(q)?;
                Some(Gate { centre, constant, matrix })
            },
        )
    }

    /// Writes a number per gate, proportional to `p_j`, and returns their sum.
    #[inline(always)]
    fn open_gates<R: Real<Scalar = S>>(&self, q: usize, x: &[R], gates: &mut [R]) -> R {
        let inverse_width = R::splat(self.inverse_width);
        let mut largest = R::splat(-S::INFINITY);
        for (number, gate) in gates.iter_mut().zip(self.gate_iter(q)) {
            let mut square = R::zero();
            for (&x, &c) in x.iter().zip(gate.centre) {
                let z = x.mul_add(inverse_width, -R::splat(c));
                square = z.mul_add(z, square);
            }
            *number = square * R::c(-0.5);
            largest = largest.max(*number);
        }
        let mut sum = R::zero();
        for (number, _) in gates.iter_mut().zip(self.gate_iter(q)) {
            *number = exp_clamped(*number - largest);
            sum = sum + *number;
        }
        sum
    }
}

/// `f_i = v_i + Σ_k A_ik z_k`
#[inline(always)]
fn affine<R: Real>(q: usize, i: usize, constant: &[R::Scalar], matrix: &[R::Scalar], z: &[R]) -> R {
    let mut f = match constant.get(i) {
        Some(&v) => R::splat(v),
        None => R::zero(),
    };
    for (&a, &z) in matrix.iter().skip(i * q).zip(z) {
        f = R::splat(a).mul_add(z, f);
    }
    f
}

/// Working memory of a block beside its gates: `z` and `Σ w z`, `q` each, zeroed sums first.
const fn vectors(q: usize) -> usize {
    2 * q
}

impl<S: Scalar> Experts<'_, S> {
    /// Working memory of [`Experts::evaluate`].
    pub const fn scratch(q: usize, gates: usize) -> usize {
        vectors(q) + gates
    }

    /// Writes `b(x)` and, unless `jacobian` is empty, `∂b_i/∂x_k` (row-major). `q` is the block's dimension, given so
    /// that it can be a literal; `scratch`: [`Experts::scratch`] values.
    ///
    /// With `w_j` proportional to the gates and `W = Σ w_j`, `f_j = v_j + A_j z_j`:
    /// `∂b/∂x = [ Σ w_j (A_j − f_j z_jᵀ) / W + (Σ w_j f_j)(Σ w_j z_j)ᵀ / W² ] / h + A_0 / s`.
    #[inline(always)]
    pub fn evaluate<R: Real<Scalar = S>>(&self, q: usize, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: &mut [R]) {
        let (Some(parts), Some((vectors, gates))) = (self.parts(q), scratch.split_at_mut_checked(vectors(q))) else {
            return;
        };
        let Some((z, mean_z)) = vectors.split_at_mut_checked(q) else { return };
        let sum = parts.open_gates(q, x, gates);
        let inverse_width = R::splat(parts.inverse_width);

        b.fill(R::zero());
        mean_z.fill(R::zero());
        jacobian.fill(R::zero());
        for (&w, gate) in gates.iter().zip(parts.gate_iter(q)) {
            for (((z, mean), &x), &c) in z.iter_mut().zip(mean_z.iter_mut()).zip(x).zip(gate.centre) {
                *z = x.mul_add(inverse_width, -R::splat(c));
                *mean = w.mul_add(*z, *mean);
            }
            for (i, b) in b.iter_mut().enumerate() {
                let f = affine(q, i, gate.constant, gate.matrix, z);
                *b = w.mul_add(f, *b);
                let row = jacobian.iter_mut().skip(i * q).zip(gate.matrix.iter().skip(i * q));
                for ((entry, &a), &z) in row.zip(z.iter()) {
                    *entry = w.mul_add((-f).mul_add(z, R::splat(a)), *entry);
                }
            }
        }

        let inverse_sum = R::one() / sum;
        let inverse_scale = R::splat(parts.inverse_scale);
        for ((z, &x), &m) in z.iter_mut().zip(x).zip(parts.origin) {
            *z = x.mul_add(inverse_scale, -R::splat(m));
        }
        for (i, b) in b.iter_mut().enumerate() {
            let local = *b * inverse_sum;
            let row = jacobian.iter_mut().skip(i * q).zip(parts.matrix.iter().skip(i * q));
            for ((entry, &a), &mean) in row.zip(mean_z.iter()) {
                let inner = local.mul_add(mean, *entry) * inverse_sum;
                *entry = inner.mul_add(inverse_width, R::splat(a) * inverse_scale);
            }
            *b = local + affine(q, i, parts.constant, parts.matrix, z);
        }
    }
}

/// The drift: for each time slice, one block of all coordinates or one block for each.
///
/// `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct LocalAffine<V> {
    /// The dimension `d`.
    pub dim: usize,
    /// The blocks' dimension: `d` or 1.
    pub block: usize,
    /// Gates in a block.
    pub gates: usize,
    /// Where the slices start, increasing from 0; a slice lasts until the next begins, the last for ever.
    pub times: V,
    /// For each slice, for each block, the numbers of its [`Experts`].
    pub numbers: V,
}

impl<V> LocalAffine<V> {
    /// The blocks of the slice that `t` lies in.
    #[inline(always)]
    fn slice<S: Scalar>(&self, t: S) -> &[S]
    where
        V: AsRef<[S]>,
    {
        let started = self.times.as_ref().partition_point(|&start| start <= t);
        let len = self.block_len::<S>() * (self.dim / self.block.max(1));
        let start = started.saturating_sub(1) * len;
        self.numbers.as_ref().get(start..start + len).unwrap_or(&[])
    }

    fn block_len<S: Scalar>(&self) -> usize {
        Experts::<S>::len(self.block, self.gates)
    }

    #[inline(always)]
    fn evaluate<R: Real>(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        with_dim!(self.block, q => {
            let blocks = self.slice(t).chunks_exact(self.block_len::<R::Scalar>().max(1));
            let points = x.chunks_exact(q.max(1)).zip(b.chunks_exact_mut(q.max(1)));
            let mut jacobian = jacobian;
            for (numbers, (x, b)) in blocks.zip(points) {
                let own = (q * q).min(jacobian.len());
                let (own, rest) = core::mem::take(&mut jacobian).split_at_mut(own);
                Experts { dim: q, numbers }.evaluate(q, x, b, own, scratch);
                jacobian = rest;
            }
        });
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Drift<R> for LocalAffine<V> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn scratch(&self) -> ScratchSize {
        let form = Drift::<R>::jacobian_form(self);
        ScratchSize { values: form.len(self.dim) + Experts::<R::Scalar>::scratch(self.block, self.gates), streams: 0 }
    }

    fn jacobian_form(&self) -> JacobianForm {
        if self.block == self.dim && self.dim > 1 { JacobianForm::Full } else { JacobianForm::Diagonal }
    }

    #[inline(always)]
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        self.evaluate(t, x, b, &mut [], scratch.values);
    }

    #[inline(always)]
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        let entries = Drift::<R>::jacobian_form(self).len(self.dim);
        let Some((jacobian, scratch)) = scratch.values.split_at_mut_checked(entries) else { return R::zero() };
        self.evaluate(t, x, b, jacobian, scratch);
        let mut trace = R::zero();
        for entries in jacobian.chunks_exact((self.block * self.block).max(1)) {
            for i in 0..self.block {
                trace = trace + coordinate(entries, i * (self.block + 1));
            }
        }
        trace
    }

    #[inline(always)]
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        self.evaluate(t, x, b, jacobian, scratch.values);
    }
}
