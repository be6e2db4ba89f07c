//! What the coefficients multiply, for the least-squares fit.

use super::{Modes, Room};
use crate::real::{Real, Scalar, coordinate};

impl<S: Scalar, V: AsRef<[S]>> Modes<S, V> {
    /// How many regressors there are, `1 + r (r + g)`.
    pub const fn regressors_len(rank: usize, modes: usize) -> usize {
        1 + rank * (rank + modes)
    }

    /// Working memory of [`Modes::regressors`] in values.
    pub const fn regressors_scratch(&self) -> usize {
        self.room() + self.rank
    }

    /// Writes `∇·b_a − ∇U·b_a` for the fields `b_a` that the coefficients of the slice at `t` multiply; `gradient` is `∇U`.
    /// Order: `α`, `A` row by row, `v` mode by mode, as in the slice. Of the slice's numbers `1/h` and `λ` are used.
    #[inline(always)]
    pub fn regressors<R: Real<Scalar = S>>(
        &self,
        t: S,
        x: &[R],
        gradient: &[R],
        regressors: &mut [R],
        scratch: &mut [R],
    ) {
        let r = self.rank.max(1);
        let (Some(frame), Some(slice)) = (self.frame(), self.slice(t)) else { return };
        let Some((pulls, scratch)) = scratch.split_at_mut_checked(self.rank) else { return };
        let Some(mut room) = Room::cut(scratch, self.rank, self.modes) else { return };
        self.open(&frame, &slice, x, &mut room, true);

        // What the gradient has along the rows of P.
        for (pull, row) in pulls.iter_mut().zip(frame.rows.chunks_exact(self.dim.max(1))) {
            *pull = R::zero();
            for (&g, &p) in gradient.iter().zip(row) {
                *pull = g.mul_add(R::splat(p), *pull);
            }
        }
        let Some((growth, rest)) = regressors.split_first_mut() else { return };
        *growth = R::c(self.dim as f64);
        for ((&x, &o), &g) in x.iter().zip(frame.origin).zip(gradient) {
            *growth = (R::splat(o) - x).mul_add(g, *growth);
        }
        let Some((matrix, velocities)) = rest.split_at_mut_checked(self.rank * self.rank) else { return };
        for (i, (row, &pull)) in matrix.chunks_exact_mut(r).zip(pulls.iter()).enumerate() {
            for (k, (to, &z)) in row.iter_mut().zip(room.z.iter()).enumerate() {
                let slope = if i == k { R::one() } else { R::zero() };
                *to = (-z).mul_add(pull, slope);
            }
        }
        let gates = room.gates.iter().zip(room.slopes.chunks_exact(r));
        for (to, (&p, slopes)) in velocities.chunks_exact_mut(r).zip(gates) {
            for (i, (to, &pull)) in to.iter_mut().zip(pulls.iter()).enumerate() {
                *to = (-p).mul_add(pull, coordinate(slopes, i));
            }
        }
    }
}
