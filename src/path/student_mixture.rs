//! The path of a mixture of products of Student's t distributions: heavy tails on the way and at its ends.

use super::Path;
use super::responsibilities::exponentiate;
use crate::math::{erfc, ln, nan};
use crate::real::{Real, Scalar};

/// `U_t(x) = −log Σ_i w_i Π_j p((x_j − t μ_ij) / s_t) / s_t` with `s_t = (1 − t) s_0 + t s` and Student's t
/// distribution of two degrees of freedom, `p(z) = (2 + z²)^{−3/2}`, as in the benchmark of D. Blessing et al.
/// (2406.07423). Every member is normalised, so `log Z_t = 0`.
///
/// Its scratch is one value per component. `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct StudentMixture<S, V> {
    /// The dimension `d`.
    pub dim: usize,
    /// Centres `μ_i`, row-major, one row of `d` per component.
    pub centres: V,
    /// `log w_i` of the normalised weights, one per component.
    pub log_weights: V,
    /// The scale `s_0` of the base, around the origin.
    pub base_scale: S,
    /// The scale `s` of the target's components.
    pub scale: S,
}

/// The quantile of Student's t distribution with two degrees of freedom at the probability `Φ(ξ)`: a sample of it, if
/// `ξ ~ N(0, 1)`. At the probability `p` it is `(2p − 1) / √(2p(1 − p))`.
#[inline(always)]
pub fn student_from_normal<R: Real>(xi: R) -> R {
    // Both tails together hold q = 2(1 − p), accurate where p is all but one.
    let tails = erfc(xi.abs() * R::c(core::f64::consts::FRAC_1_SQRT_2));
    let size = (R::one() - tails) / (tails * (R::c(-0.5)).mul_add(tails, R::one())).sqrt();
    R::select_lt(xi, R::zero(), -size, size)
}

impl<S: Scalar, V: AsRef<[S]>> StudentMixture<S, V> {
    /// `s_t` and `d s_t / dt`.
    #[inline(always)]
    fn scale<R: Real<Scalar = S>>(&self, t: R) -> (R, R) {
        let start = R::splat(self.base_scale);
        let rate = R::splat(self.scale) - start;
        (t.mul_add(rate, start), rate)
    }

    /// Each component's centre and log weight.
    #[inline(always)]
    fn components(&self) -> impl Iterator<Item = (&[S], &S)> {
        self.centres.as_ref().chunks_exact(self.dim.max(1)).zip(self.log_weights.as_ref())
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Path<R> for StudentMixture<R::Scalar, V> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn scratch(&self) -> usize {
        self.log_weights.as_ref().len()
    }

    fn log_z_base(&self) -> f64 {
        0.0
    }

    #[inline(always)]
    fn base(&self, xi: &[R], x: &mut [R]) {
        for (x, &xi) in x.iter_mut().zip(xi) {
            *x = R::splat(self.base_scale) * student_from_normal(xi);
        }
    }

    #[inline(always)]
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> (R, R) {
        let Some(numbers) = scratch.get_mut(..self.log_weights.as_ref().len()) else { return (nan(), nan()) };
        let (scale, scale_rate) = self.scale(t);
        // p((x − m) / s) / s = s² (2 s² + (x − m)²)^{−3/2}
        let twice_square = R::c(2.0) * scale * scale;
        let mut largest = R::splat(-R::Scalar::INFINITY);
        for (number, (centre, &log_weight)) in numbers.iter_mut().zip(self.components()) {
            let mut logs = R::zero();
            for (&x, &m) in x.iter().zip(centre) {
                let dx = (-t).mul_add(R::splat(m), x);
                logs = logs + ln(dx.mul_add(dx, twice_square));
            }
            *number = R::c(-1.5).mul_add(logs, R::splat(log_weight));
            largest = largest.max(*number);
        }
        let sum = exponentiate(numbers, largest);
        let d = R::c(self.dim as f64);
        let potential = R::c(-2.0) * d * ln(scale) - largest - ln(sum);

        // The gradient is Σ p_i 3 (x − tμ_i) / (2s² + (x − tμ_i)²), and the rate is what the motion of centre and scale
        // adds to it: −Σ p_i Σ_j 3 (dx μ_ij − 2 s ṡ) / (2s² + dx²) − 2 d ṡ/s, with dx = x_j − tμ_ij.
        gradient.fill(R::zero());
        let (three, widening) = (R::c(3.0) / sum, R::c(2.0) * scale * scale_rate);
        let mut rate = R::c(-2.0) * d * scale_rate / scale;
        for (&number, (centre, _)) in numbers.iter().zip(self.components()) {
            let weight = three * number;
            for ((&x, &m), g) in x.iter().zip(centre).zip(gradient.iter_mut()) {
                let m = R::splat(m);
                let dx = (-t).mul_add(m, x);
                let pull = weight / dx.mul_add(dx, twice_square);
                *g = pull.mul_add(dx, *g);
                rate = pull.mul_add((-dx).mul_add(m, widening), rate);
            }
        }
        (potential, rate)
    }
}
