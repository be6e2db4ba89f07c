//! What the coefficients of a block multiply, for the least-squares fit.

use super::{Experts, vectors};
use crate::real::{Real, Scalar};

/// Hands on the features of a point.
pub trait Features<R: Real> {
    /// Feature `index` has value `φ` and derivative `∂φ/∂x_i` in each coordinate of the block.
    fn take(&mut self, index: usize, value: R, gradient: &[R]);
}

impl<S: Scalar> Experts<'_, S> {
    /// How many features a block of dimension `q` with `gates` gates has: `(1 + q)(gates + 1)`.
    pub const fn features(q: usize, gates: usize) -> usize {
        (1 + q) * (gates + 1)
    }

    /// The features at `x`: `1, z_0 (q)`, then for each gate `p_j, p_j z_j (q)`. Coefficient `a` of component `i` is
    /// what `b_i` multiplies feature `a` with, so features in this order go with `v_0, A_0, v_1, A_1, …`. Centres and
    /// widths are those of `self`; its coefficients are not used.
    ///
    /// `scratch`: [`Experts::features_scratch`] values.
    #[inline(always)]
    pub fn for_each_feature<R: Real<Scalar = S>>(&self, x: &[R], scratch: &mut [R], take: &mut impl Features<R>) {
        let q = self.dim;
        let (Some(parts), Some((own, gates))) = (self.parts(q), scratch.split_at_mut_checked(3 * q)) else { return };
        let (z, rest) = own.split_at_mut(q);
        let (mean_z, gradient) = rest.split_at_mut(q);

        let inverse_scale = R::splat(parts.inverse_scale);
        gradient.fill(R::zero());
        take.take(0, R::one(), gradient);
        for (i, (&x, &m)) in x.iter().zip(parts.origin).enumerate() {
            gradient.fill(R::zero());
            if let Some(own) = gradient.get_mut(i) {
                *own = inverse_scale;
            }
            take.take(1 + i, x.mul_add(inverse_scale, -R::splat(m)), gradient);
        }

        let inverse_width = R::splat(parts.inverse_width);
        let inverse_sum = R::one() / parts.open_gates(q, x, gates);
        mean_z.fill(R::zero());
        for (w, gate) in gates.iter_mut().zip(parts.gate_iter(q)) {
            *w = *w * inverse_sum;
            for ((mean, &x), &c) in mean_z.iter_mut().zip(x).zip(gate.centre) {
                *mean = w.mul_add(x.mul_add(inverse_width, -R::splat(c)), *mean);
            }
        }
        // ∂p/∂x_k = p (z̄_k − z_k) / h.
        for (j, (&p, gate)) in gates.iter().zip(parts.gate_iter(q)).enumerate() {
            let index = (1 + q) * (1 + j);
            for ((z, &x), &c) in z.iter_mut().zip(x).zip(gate.centre) {
                *z = x.mul_add(inverse_width, -R::splat(c));
            }
            for ((slope, &z), &mean) in gradient.iter_mut().zip(z.iter()).zip(mean_z.iter()) {
                *slope = p * (mean - z) * inverse_width;
            }
            take.take(index, p, gradient);
            for i in 0..q {
                let Some(&own) = z.get(i) else { return };
                for (k, ((slope, &z), &mean)) in gradient.iter_mut().zip(z.iter()).zip(mean_z.iter()).enumerate() {
                    let spread = if k == i { R::one() } else { R::zero() };
                    *slope = p * own.mul_add(mean - z, spread) * inverse_width;
                }
                take.take(index + 1 + i, p * own, gradient);
            }
        }
    }

    /// Working memory of [`Experts::for_each_feature`].
    pub const fn features_scratch(q: usize, gates: usize) -> usize {
        vectors(q) + q + gates
    }
}
