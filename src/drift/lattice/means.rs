//! Terms that depend on the field through its mean and mean square, and the maps that they make.

use crate::math::ln;
use crate::real::{Real, Scalar, norm_squared};

/// How many there are.
pub const MEAN_TERMS: usize = 5;

/// The means that the drift depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<R> {
    /// `M = Σ_x φ_x / V`
    pub mean: R,
    /// `q = Σ_x φ_x² / V`
    pub square: R,
}

/// `c_0, …, c_4` of the drift `c_0 M³ + c_1 M⁵ + (c_2 M² + c_3 M⁴ + c_4 q) φ_x`.
#[derive(Clone, Copy, Debug)]
pub(super) struct MeanTerms<S>(pub [S; MEAN_TERMS]);

impl<R: Real> Means<R> {
    #[inline(always)]
    pub fn of(field: &[R]) -> Self {
        let inverse = R::c(1.0 / field.len() as f64);
        let mut sum = R::zero();
        for &phi in field {
            sum = sum + phi;
        }
        Means { mean: sum * inverse, square: norm_squared(field) * inverse }
    }

    /// `[M³, M⁵]`, what is the same at every site, and `[M², M⁴, q]`, what multiplies the field.
    #[inline(always)]
    pub fn terms(&self) -> ([R; 2], [R; 3]) {
        let square = self.mean * self.mean;
        let fourth = square * square;
        ([square * self.mean, fourth * self.mean], [square, fourth, self.square])
    }

    /// The divergences of the terms, for a field of `sites`: `3 M², 5 M⁴, (V + 2) M², (V + 4) M⁴, (V + 2) q`.
    #[inline(always)]
    pub fn divergences(&self, sites: usize) -> [R; MEAN_TERMS] {
        let sites = sites as f64;
        let (_, [square, fourth, q]) = self.terms();
        [
            R::c(3.0) * square,
            R::c(5.0) * fourth,
            R::c(sites + 2.0) * square,
            R::c(sites + 4.0) * fourth,
            R::c(sites + 2.0) * q,
        ]
    }
}

impl<S: Scalar> MeanTerms<S> {
    /// `c_0 M³ + c_1 M⁵`, and `c_2 M² + c_3 M⁴ + c_4 q`.
    #[inline(always)]
    pub fn at<R: Real<Scalar = S>>(&self, means: &Means<R>) -> (R, R) {
        let [c0, c1, c2, c3, c4] = self.0.map(R::splat);
        let ([cube, fifth], [square, fourth, q]) = means.terms();
        (c0.mul_add(cube, c1 * fifth), c2.mul_add(square, c3.mul_add(fourth, c4 * q)))
    }

    /// The derivative of `c_0 M³ + c_1 M⁵` by `M`, and of `c_2 M² + c_3 M⁴ + c_4 q` along the field,
    /// `2 c_2 M² + 4 c_3 M⁴ + 2 c_4 q`.
    #[inline(always)]
    fn slopes<R: Real<Scalar = S>>(&self, means: &Means<R>) -> (R, R) {
        let [c0, c1, c2, c3, c4] = self.0.map(R::splat);
        let [d0, d1, d2, d3, d4] = means.divergences(0);
        (c0.mul_add(d0, c1 * d1), c2.mul_add(d2, c3.mul_add(d3, c4 * d4)))
    }

    /// A step `h` along `dφ_x/dt = s(M)`, `s = c_0 M³ + c_1 M⁵`, by the midpoint rule. Returns the log determinant,
    /// `log(1 + h s′(M̄) (1 + ½h s′(M)))`, for the Jacobian is the unit matrix and one of rank one; not finite where the map is
    /// not one-to-one.
    #[inline(always)]
    pub fn shift<R: Real<Scalar = S>>(&self, h: R, field: &mut [R]) -> R {
        let (means, half) = (Means::of(field), R::c(0.5) * h);
        let middle = Means { mean: half.mul_add(self.at(&means).0, means.mean), ..means };
        let by = h * self.at(&middle).0;
        for phi in field {
            *phi = *phi + by;
        }
        let inner = half.mul_add(self.slopes(&means).0, R::one());
        ln((h * self.slopes(&middle).0).mul_add(inner, R::one()))
    }

    /// A step `h` along `dφ_x/dt = f φ_x`, `f = c_2 M² + c_3 M⁴ + c_4 q`, by the midpoint rule: `φ_x ← α φ_x` with
    /// `α = 1 + h f̄ ᾱ`, `ᾱ = 1 + ½h f`, `f̄ = f(ᾱφ)`. Returns the log determinant, `V log α` and, for `α`
    /// depends on the field, `log(1 + φ·∇α / α)`; not finite where the map is not one-to-one.
    #[inline(always)]
    pub fn stretch<R: Real<Scalar = S>>(&self, h: R, field: &mut [R]) -> R {
        let (means, half) = (Means::of(field), R::c(0.5) * h);
        let inner = half.mul_add(self.at(&means).1, R::one());
        let middle = Means { mean: inner * means.mean, square: inner * inner * means.square };
        let rate = self.at(&middle).1;
        let factor = (h * inner).mul_add(rate, R::one());
        for phi in &mut *field {
            *phi = *phi * factor;
        }
        // φ·∇ᾱ, and φ·∇f̄ = (ᾱφ)·∇f (1 + φ·∇ᾱ / ᾱ).
        let inner_slope = half * self.slopes(&means).1;
        let rate_slope = self.slopes(&middle).1 * (R::one() + inner_slope / inner);
        let slope = h * inner_slope.mul_add(rate, inner * rate_slope);
        R::c(field.len() as f64).mul_add(ln(factor), ln(R::one() + slope / factor))
    }
}
