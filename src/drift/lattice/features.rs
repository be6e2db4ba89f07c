//! What the coefficients multiply, for the least-squares fit.

use super::functions::functions;
use super::{LatticeDrift, MEAN_TERMS, Means, SITE_TERMS};
use crate::real::Real;

impl<V> LatticeDrift<V> {
    /// Working memory of [`LatticeDrift::features`].
    pub const fn features_scratch(sites: usize) -> usize {
        2 * sites + Self::scratch(sites)
    }

    /// The residual's regressors `∇·b_a − ∇U·b_a`: for each orbit of momenta, what a kernel has whose spectrum is 1 on the
    /// orbit and 0 elsewhere, then the functions at a site, then the terms with the means. `orbits[k]` is the number of the
    /// orbit of momentum `k`, `sizes` holds how many momenta each has, and `features` has room for as many and
    /// [`SITE_TERMS`] and [`MEAN_TERMS`]. With Hartley transforms `g` of `∇U` and `h` of `φ`, for the orbit `κ`:
    ///
    /// `|κ| − 1/V Σ_{k ∈ κ} g_k h_k`
    #[inline(always)]
    pub fn features<R: Real>(
        &self,
        field: &[R],
        gradient: &[R],
        (orbits, sizes): (&[u32], &[u32]),
        features: &mut [R],
        scratch: &mut [R],
    ) where
        V: AsRef<[R::Scalar]>,
    {
        let Some((force, rest)) = scratch.split_at_mut_checked(self.sites) else { return };
        let Some((transformed, scratch)) = rest.split_at_mut_checked(self.sites) else { return };
        let Some((kernels, rest)) = features.split_at_mut_checked(sizes.len()) else { return };
        let Some((site_terms, mean_terms)) = rest.split_at_mut_checked(SITE_TERMS) else { return };

        for ((force, h), (&g, &phi)) in force.iter_mut().zip(&mut *transformed).zip(gradient.iter().zip(field)) {
            (*force, *h) = (g, phi);
        }
        self.hartley.transform(force, scratch);
        self.hartley.transform(transformed, scratch);
        kernels.fill(R::zero());
        for ((&h, &g), &orbit) in transformed.iter().zip(&*force).zip(orbits) {
            if let Some(sum) = kernels.get_mut(orbit as usize) {
                *sum = h.mul_add(g, *sum);
            }
        }
        let inverse = R::c(1.0 / self.sites as f64);
        for (sum, &size) in kernels.iter_mut().zip(sizes) {
            *sum = R::c(f64::from(size)) - *sum * inverse;
        }

        site_terms.fill(R::zero());
        let (mut force, mut along) = (R::zero(), R::zero());
        for (&g, &phi) in gradient.iter().zip(field) {
            for (sum, (f, slope)) in site_terms.iter_mut().zip(functions(phi)) {
                *sum = *sum + (slope - g * f);
            }
            force = force + g;
            along = g.mul_add(phi, along);
        }

        let means = Means::of(field);
        let ([cube, fifth], [square, fourth, q]) = means.terms();
        let values: [R; MEAN_TERMS] = [cube * force, fifth * force, square * along, fourth * along, q * along];
        for ((feature, divergence), value) in mean_terms.iter_mut().zip(means.divergences(self.sites)).zip(values) {
            *feature = divergence - value;
        }
    }
}
