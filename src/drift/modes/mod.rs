//! A drift for densities with many modes in many dimensions, which acts in the subspace that the modes span.
//!
//! With `y = x − o`, `d` coordinates, a matrix `P` (`r × d`) with orthonormal rows, and within a time slice,
//!
//! ```text
//! b(x) = α y + Pᵀ [ A z + Σ_j p_j(x) v_j ],   z = P y
//! p = softmax_j(−Σ_i ρ((y_i − λ m_ji) / h)),   ρ(u) = u²/2  or  (ν + 1)/2 ln(1 + u²/ν)
//! ```
//!
//! The modes are `o + m_j`, and `m_j = Pᵀ w_j`; on the way they are at `o + λ m_j`. Each draws the walkers that it is
//! responsible for along its own line, and the perfect drift of a mixture whose components move out from the origin, Gaussian
//! or of Student's t distributions with `ν` degrees of freedom, has this form. `α`, `A` and `v` are fitted slice by slice, by
//! least squares on [`Modes::regressors`].
//!
//! The Jacobian is `α I` and a matrix that maps into the subspace ([`JacobianForm::Subspace`]): determinants cost `r³`.

mod regressors;

use super::{Drift, JacobianForm, Scratch, ScratchSize};
use crate::math::{exp_clamped, ln};
use crate::real::{Real, Scalar, coordinate};

/// The drift. `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct Modes<S, V> {
    /// The dimension `d`.
    pub dim: usize,
    /// The dimension `r` of the subspace.
    pub rank: usize,
    /// How many modes there are, `g`.
    pub modes: usize,
    /// `1/ν`, the heaviness of the tails; 0 for Gaussian gates.
    pub tail: S,
    /// Where the slices start, increasing from 0; a slice lasts until the next begins, the last for ever.
    pub times: V,
    /// [`frame_len`] numbers: `o (d), P (r × d), w (g × r), m (g × d)`, matrices row-major.
    pub frame: V,
    /// For each slice [`slice_len`] numbers: `1/h, λ, α, A (r², row-major), v (g × r)`.
    pub numbers: V,
}

/// Length of the `frame` of [`Modes`].
pub const fn frame_len(dim: usize, rank: usize, modes: usize) -> usize {
    dim + rank * dim + modes * rank + modes * dim
}

/// How many numbers describe a slice.
pub const fn slice_len(rank: usize, modes: usize) -> usize {
    3 + rank * rank + modes * rank
}

/// The numbers that all slices share.
struct Frame<'a, S> {
    origin: &'a [S],
    rows: &'a [S],
    places: &'a [S],
    modes: &'a [S],
}

/// The numbers of a slice.
struct Slice<'a, S> {
    inverse_width: S,
    stretch: S,
    growth: S,
    matrix: &'a [S],
    velocities: &'a [S],
}

/// Working memory cut into its uses: `z (r)`, `f (r)`, the gates `p (g)`, and their slopes `P ∇p_j` (`g × r`).
struct Room<'a, R> {
    z: &'a mut [R],
    f: &'a mut [R],
    gates: &'a mut [R],
    slopes: &'a mut [R],
}

impl<'a, R: Real> Room<'a, R> {
    #[inline(always)]
    fn cut(values: &'a mut [R], rank: usize, modes: usize) -> Option<Self> {
        let (z, rest) = values.split_at_mut_checked(rank)?;
        let (f, rest) = rest.split_at_mut_checked(rank)?;
        let (gates, rest) = rest.split_at_mut_checked(modes)?;
        let (slopes, _) = rest.split_at_mut_checked(modes * rank)?;
        Some(Room { z, f, gates, slopes })
    }
}

impl<S: Scalar, V: AsRef<[S]>> Modes<S, V> {
    /// Working memory in values.
    const fn room(&self) -> usize {
        2 * self.rank + self.modes + self.modes * self.rank
    }

    #[inline(always)]
    fn frame(&self) -> Option<Frame<'_, S>> {
        let (origin, rest) = self.frame.as_ref().split_at_checked(self.dim)?;
        let (rows, rest) = rest.split_at_checked(self.rank * self.dim)?;
        let (places, modes) = rest.split_at_checked(self.modes * self.rank)?;
        Some(Frame { origin, rows, places, modes })
    }

    /// The slice that `t` lies in.
    #[inline(always)]
    fn slice(&self, t: S) -> Option<Slice<'_, S>> {
        let started = self.times.as_ref().partition_point(|&start| start <= t);
        let len = slice_len(self.rank, self.modes);
        let start = started.saturating_sub(1) * len;
        let (&[inverse_width, stretch, growth], rest) =
            self.numbers.as_ref().get(start..start + len)?.split_first_chunk::<3>()?;
        let (matrix, velocities) = rest.split_at_checked(self.rank * self.rank)?;
        Some(Slice { inverse_width, stretch, growth, matrix, velocities })
    }

    /// Writes `z`, the gates and, with `sloped`, their slopes.
    #[inline(always)]
    fn open<R: Real<Scalar = S>>(
        &self,
        frame: &Frame<'_, S>,
        slice: &Slice<'_, S>,
        x: &[R],
        room: &mut Room<'_, R>,
        sloped: bool,
    ) {
        let r = self.rank.max(1);
        for (z, row) in room.z.iter_mut().zip(frame.rows.chunks_exact(self.dim.max(1))) {
            *z = R::zero();
            for ((&x, &o), &p) in x.iter().zip(frame.origin).zip(row) {
                *z = (x - R::splat(o)).mul_add(R::splat(p), *z);
            }
        }
        if self.tail > S::zero() {
            self.heavy_gates(frame, slice, x, room, sloped);
        } else {
            // Modes lie in the subspace, so what is across it is the same for all.
            let inverse_width = R::splat(slice.inverse_width);
            let places = frame.places.chunks_exact(r).zip(room.slopes.chunks_exact_mut(r));
            for (number, (place, slopes)) in room.gates.iter_mut().zip(places) {
                *number = R::zero();
                for ((slope, &z), &w) in slopes.iter_mut().zip(room.z.iter()).zip(place) {
                    let u = (z - R::splat(slice.stretch * w)) * inverse_width;
                    *number = (u * R::c(-0.5)).mul_add(u, *number);
                    *slope = u;
                }
            }
        }
        normalise(room.gates);
        if sloped {
            // ∂p_j/∂z = p_j (Σ_i p_i u_i − u_j) / h; `f` holds the sum.
            room.f.fill(R::zero());
            for (&p, slopes) in room.gates.iter().zip(room.slopes.chunks_exact(r)) {
                for (mean, &u) in room.f.iter_mut().zip(slopes) {
                    *mean = p.mul_add(u, *mean);
                }
            }
            for (&p, slopes) in room.gates.iter().zip(room.slopes.chunks_exact_mut(r)) {
                for (slope, &mean) in slopes.iter_mut().zip(room.f.iter()) {
                    *slope = p * (mean - *slope) * R::splat(slice.inverse_width);
                }
            }
        }
    }

    /// Writes the logarithms of Student gates and, with `sloped`, `P ρ′` for each of them.
    #[inline(always)]
    fn heavy_gates<R: Real<Scalar = S>>(
        &self,
        frame: &Frame<'_, S>,
        slice: &Slice<'_, S>,
        x: &[R],
        room: &mut Room<'_, R>,
        sloped: bool,
    ) {
        let (r, d) = (self.rank.max(1), self.dim.max(1));
        let (tail, inverse_width) = (R::splat(self.tail), R::splat(slice.inverse_width));
        let freedom = R::splat(S::one() + self.tail);
        let power = R::splat(S::c(-0.5) * (S::one() + S::one() / self.tail));
        room.slopes.fill(R::zero());
        let modes = frame.modes.chunks_exact(d).zip(room.slopes.chunks_exact_mut(r));
        for (number, (mode, slopes)) in room.gates.iter_mut().zip(modes) {
            let mut logs = R::zero();
            for (i, ((&x, &o), &m)) in x.iter().zip(frame.origin).zip(mode).enumerate() {
                let u = (x - R::splat(o + slice.stretch * m)) * inverse_width;
                let spread = (tail * u).mul_add(u, R::one());
                logs = logs + ln(spread);
                if sloped {
                    let pull = freedom * u / spread;
                    for (slope, &p) in slopes.iter_mut().zip(frame.rows.iter().skip(i).step_by(d)) {
                        *slope = pull.mul_add(R::splat(p), *slope);
                    }
                }
            }
            *number = power * logs;
        }
    }

    /// Writes `b` and, unless `jacobian` is empty, `α` and the matrix `H` of [`JacobianForm::Subspace`],
    /// `H_ik = A_ik + Σ_j v_ji (P ∇p_j)_k`.
    #[inline(always)]
    fn evaluate<R: Real<Scalar = S>>(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: &mut [R]) {
        let (r, d) = (self.rank.max(1), self.dim.max(1));
        let (Some(frame), Some(slice)) = (self.frame(), self.slice(t)) else { return };
        let Some(mut room) = Room::cut(scratch, self.rank, self.modes) else { return };
        self.open(&frame, &slice, x, &mut room, !jacobian.is_empty());

        for (f, row) in room.f.iter_mut().zip(slice.matrix.chunks_exact(r)) {
            *f = R::zero();
            for (&a, &z) in row.iter().zip(room.z.iter()) {
                *f = R::splat(a).mul_add(z, *f);
            }
        }
        for (&p, velocity) in room.gates.iter().zip(slice.velocities.chunks_exact(r)) {
            for (f, &v) in room.f.iter_mut().zip(velocity) {
                *f = p.mul_add(R::splat(v), *f);
            }
        }
        for ((b, &x), &o) in b.iter_mut().zip(x).zip(frame.origin) {
            *b = R::splat(slice.growth) * (x - R::splat(o));
        }
        for (&f, row) in room.f.iter().zip(frame.rows.chunks_exact(d)) {
            for (b, &p) in b.iter_mut().zip(row) {
                *b = f.mul_add(R::splat(p), *b);
            }
        }

        let Some((growth, matrix)) = jacobian.split_first_mut() else { return };
        *growth = R::splat(slice.growth);
        for (entry, &a) in matrix.iter_mut().zip(slice.matrix) {
            *entry = R::splat(a);
        }
        for (velocity, slopes) in slice.velocities.chunks_exact(r).zip(room.slopes.chunks_exact(r)) {
            for (&v, row) in velocity.iter().zip(matrix.chunks_exact_mut(r)) {
                for (entry, &slope) in row.iter_mut().zip(slopes) {
                    *entry = R::splat(v).mul_add(slope, *entry);
                }
            }
        }
    }
}

/// The softmax of `numbers`, in place.
#[inline(always)]
fn normalise<R: Real>(numbers: &mut [R]) {
    let (mut largest, mut sum) = (R::splat(-R::Scalar::INFINITY), R::zero());
    for &number in numbers.iter() {
        largest = largest.max(number);
    }
    for number in numbers.iter_mut() {
        *number = exp_clamped(*number - largest);
        sum = sum + *number;
    }
    let scale = R::one() / sum;
    for number in numbers {
        *number = *number * scale;
    }
}

impl<S: Scalar, R: Real<Scalar = S>, V: AsRef<[S]>> Drift<R> for Modes<S, V> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn scratch(&self) -> ScratchSize {
        ScratchSize { values: JacobianForm::Subspace { rank: self.rank }.len(self.dim) + self.room(), streams: 0 }
    }

    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Subspace { rank: self.rank }
    }

    #[inline(always)]
    fn value(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        self.evaluate(t, x, b, &mut [], scratch.values);
    }

    /// `α d + tr H`
    #[inline(always)]
    fn divergence(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        let entries = JacobianForm::Subspace { rank: self.rank }.len(self.dim);
        let Some((jacobian, scratch)) = scratch.values.split_at_mut_checked(entries) else { return R::zero() };
        self.evaluate(t, x, b, jacobian, scratch);
        let mut trace = coordinate(jacobian, 0) * R::c(self.dim as f64);
        for i in 0..self.rank {
            trace = trace + coordinate(jacobian, 1 + i * (self.rank + 1));
        }
        trace
    }

    #[inline(always)]
    fn jacobian(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        self.evaluate(t, x, b, jacobian, scratch.values);
    }
}
