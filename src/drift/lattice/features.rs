//! What the coefficients multiply, for the least-squares fit.

use super::{FUNCTIONS, LatticeConvolution, MEAN_TERMS, Means, Work, function, write_fractions};
use crate::real::Real;

/// The divergences of the terms with the means, `M³, M⁵, M² φ, M⁴ φ, q φ`.
#[inline(always)]
pub(super) fn mean_divergences<R: Real>(sites: usize, means: &Means<R>) -> [R; MEAN_TERMS] {
    let sites = sites as f64;
    let (_, [square, fourth, q]) = means.terms();
    [
        R::c(3.0) * square,
        R::c(5.0) * fourth,
        R::c(sites + 2.0) * square,
        R::c(sites + 4.0) * fourth,
        R::c(sites + 2.0) * q,
    ]
}

impl<V> LatticeConvolution<V> {
    /// Working memory of [`LatticeConvolution::features`].
    pub const fn features_scratch(side: usize, sites: usize) -> usize {
        Self::scratch(side, sites)
    }

    /// The residual's regressors `∇·b_a − ∇U·b_a`: for each function and each orbit of momenta, what a kernel has whose
    /// spectrum is 1 on the orbit and 0 elsewhere, then the terms with the means. `orbits[k]` is the number of the orbit
    /// of momentum `k`, `sizes` holds how many momenta each has, and `features` has room for [`FUNCTIONS`] times as
    /// many and [`MEAN_TERMS`]. With Hartley transforms `g` of `∇U` and `h` of `f_a(φ)`, for the orbit `κ`:
    ///
    /// `|κ| / V Σ_x f_a′(φ_x) − 1/V Σ_{k ∈ κ} g_k h_k`
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
        let Some(work) = Work::cut(self.sites, rest) else { return };
        for (force, &g) in force.iter_mut().zip(gradient) {
            *force = g;
        }
        let inverse = R::Part::c(1.0 / self.sites as f64);
        let (kernels, mean_terms) = features.split_at_mut((FUNCTIONS * sizes.len()).min(features.len()));
        kernels.fill(R::zero());
        // Part by part, as for the drift itself.
        for part in 0..R::PARTS {
            self.hartley.transform_part(part, force, work.line);
            write_fractions(part, field, work.fractions);
            for (index, sums) in kernels.chunks_exact_mut(sizes.len().max(1)).enumerate() {
                let mut slopes = R::Part::zero();
                for ((f, phi), s) in work.transformed.iter_mut().zip(field).zip(&*work.fractions) {
                    let (value, slope) = function(index, phi.part(part), s.part(part));
                    f.set_part(part, value);
                    slopes = slopes + slope;
                }
                self.hartley.transform_part(part, work.transformed, work.line);
                for ((h, g), &orbit) in work.transformed.iter().zip(&*force).zip(orbits) {
                    if let Some(sum) = sums.get_mut(orbit as usize) {
                        sum.set_part(part, h.part(part).mul_add(g.part(part), sum.part(part)));
                    }
                }
                for (sum, &size) in sums.iter_mut().zip(sizes) {
                    let size = R::Part::c(f64::from(size));
                    sum.set_part(part, size.mul_add(slopes, -sum.part(part)) * inverse);
                }
            }
        }

        let means = Means::of(field);
        let (mut force, mut along) = (R::zero(), R::zero());
        for (&g, &phi) in gradient.iter().zip(field) {
            force = force + g;
            along = g.mul_add(phi, along);
        }
        let ([cube, fifth], [square, fourth, q]) = means.terms();
        let values = [cube * force, fifth * force, square * along, fourth * along, q * along];
        for ((feature, divergence), value) in
            mean_terms.iter_mut().zip(mean_divergences(self.sites, &means)).zip(values)
        {
            *feature = divergence - value;
        }
    }
}
