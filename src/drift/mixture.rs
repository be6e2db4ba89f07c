//! The perfect drift of the Gaussian mixture path: ground truth for a target with many modes.

use super::{Drift, Scratch, ScratchSize};
use crate::path::GaussianMixture;
use crate::real::{Real, Scalar, with_dim};

/// `b = Σ_i p_i(t, x) [ μ_i + (ṡ/s)(x − t μ_i) ]` with the responsibilities `p_i` of [`GaussianMixture`]: each
/// component carries its share of the density to its place. The residual vanishes at every `x`.
#[derive(Clone, Copy, Debug)]
pub struct MixtureTransport<S, V>(pub GaussianMixture<S, V>);

impl<S: Scalar, V: AsRef<[S]>> MixtureTransport<S, V> {
    /// Writes `b` and returns `(g, h)` of the Jacobian `g I + h C`, with `C` the covariance of the means under the
    /// responsibilities; `mean` receives their mean `M`, and `b = M + g (x − t M)`.
    #[inline(always)]
    fn evaluate<R: Real<Scalar = S>>(&self, d: usize, t: S, x: &[R], b: &mut [R], numbers: &mut [R]) -> Shape<R> {
        let t = R::splat(t);
        let (_, sum) = self.0.responsibilities(d, t, x, numbers);
        self.0.responsible_mean(d, numbers, sum, b);
        let (variance, variance_rate) = self.0.variance(t);
        let growth = R::c(0.5) * variance_rate / variance;
        let spread = (-growth).mul_add(t, R::one()) * t / variance;
        Shape { t, sum, growth, spread }
    }

    /// Turns the mean `M` in `b` into the drift `M + g (x − t M)`.
    #[inline(always)]
    fn finish<R: Real<Scalar = S>>(shape: &Shape<R>, x: &[R], b: &mut [R]) {
        for (b, &x) in b.iter_mut().zip(x) {
            *b = shape.growth.mul_add((-shape.t).mul_add(*b, x), *b);
        }
    }
}

/// What value, divergence and Jacobian share: the Jacobian is `growth · I + spread · C`.
struct Shape<R> {
    t: R,
    sum: R,
    growth: R,
    spread: R,
}

impl<S: Scalar, R: Real<Scalar = S>, V: AsRef<[S]>> Drift<R> for MixtureTransport<S, V> {
    fn dim(&self) -> usize {
        self.0.dim
    }

    fn scratch(&self) -> ScratchSize {
        ScratchSize { values: self.0.log_weights.as_ref().len(), streams: 0 }
    }

    #[inline(always)]
    fn value(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        with_dim!(self.0.dim, d => {
            let shape = self.evaluate(d, t, x, b, scratch.values);
            Self::finish(&shape, x, b);
        });
    }

    #[inline(always)]
    fn divergence(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        with_dim!(self.0.dim, d => {
            let shape = self.evaluate(d, t, x, b, scratch.values);
            let mut trace = R::zero();
            for (&number, (component, _)) in scratch.values.iter().zip(self.0.components(d)) {
                for (&mean, &m) in b.iter().zip(component) {
                    let off = R::splat(m) - mean;
                    trace = (number * off).mul_add(off, trace);
                }
            }
            Self::finish(&shape, x, b);
            shape.spread.mul_add(trace / shape.sum, shape.growth * R::c(d as f64))
        })
    }

    #[inline(always)]
    fn jacobian(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        with_dim!(self.0.dim, d => {
            let shape = self.evaluate(d, t, x, b, scratch.values);
            jacobian.fill(R::zero());
            for (&number, (component, _)) in scratch.values.iter().zip(self.0.components(d)) {
                for ((&row_mean, &m), row) in b.iter().zip(component).zip(jacobian.chunks_exact_mut(d.max(1))) {
                    let off = number * (R::splat(m) - row_mean);
                    for ((&mean, &m), entry) in b.iter().zip(component).zip(row) {
                        *entry = off.mul_add(R::splat(m) - mean, *entry);
                    }
                }
            }
            Self::finish(&shape, x, b);
            let scale = shape.spread / shape.sum;
            for entry in jacobian.iter_mut() {
                *entry = *entry * scale;
            }
            for entry in jacobian.iter_mut().step_by(d.saturating_add(1)) {
                *entry = *entry + shape.growth;
            }
        });
    }
}
