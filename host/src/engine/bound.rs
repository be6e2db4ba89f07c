//! A bound on how far walkers that follow a drift end from the target, before any weighting.

use super::{Batch, Error, Plan, log_weights, on_threads, start};
use crate::lanes::{Job, Lane, dispatch};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::Target;
use nets_kernel::math::exp;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Motion};

/// Estimates a bound on `KL(ρ̂_1 ‖ ρ_1)`, `ρ̂_t` the law of walkers that move by
/// `dX = (b − ε∇U) dt + √(2ε) dW` and carry no weights (2410.02711, §3):
///
/// ```text
/// KL(ρ̂_1 ‖ ρ_1) ≤ −∫₀¹ E[r + ∂_tF] dt ≤ ( ∫₀¹ E|r + ∂_tF|² dt )^½,   r = ∇·b − ∇U·b − ∂_tU,   X_t ~ ρ̂_t
/// ```
///
/// The root is returned. `−∂_tF` is the mean of `r` over `ρ_t`: that over the walkers weighted by `e^A`. Where few of them
/// carry all the weight it is uncertain, yet the root is never less than it would be with the walkers' plain mean.
///
/// The time integral is over the middles of [`Plan::steps`] equal slices, with [`Plan::walkers`] walkers in Euler steps
/// from middle to middle; of the plan, diffusivity, seed, precision, width and threads count as well. `None` if the
/// residual is not finite everywhere, if `progress` asks to stop, or if the target cannot be evaluated: it then has no
/// failure left to report.
///
/// # Errors
///
/// A model that is not for `target`, lanes that this machine lacks.
pub fn kl_bound<T: Target>(
    target: &T,
    model: &Model,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Option<f64>, Error> {
    model.check(target)?;
    let bound = dispatch(plan.width, plan.precision, Bound { target, model, plan, progress })??;
    let failed = target.take_failure().is_some();
    Ok((!failed && bound.is_finite()).then_some(bound))
}

struct Bound<'a, T> {
    target: &'a T,
    model: &'a Model,
    plan: &'a Plan,
    progress: &'a dyn Progress,
}

impl<T: Target> Job for Bound<'_, T> {
    type Output = Result<f64, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let Bound { target, model, plan, progress } = self;
        let (path, drift) = (target.path::<R>(), model.drift::<R, T>(target)?);
        let sampler = Sampler {
            path: &*path,
            drift: &*drift,
            // What its steps add to the log weight, over their length, is the residual where they start.
            integrator: Integrator::Ito,
            motion: Motion::new(R::Scalar::from_f64(plan.epsilon)),
            epsilons: &[],
            seed: plan.seed,
        };
        let count = plan.walkers as usize;
        on_threads(plan.threads, || {
            let mut tiles: Vec<Batch<R>> = (0..count.div_ceil(R::LANES)).map(|_| Batch::new(path.dim())).collect();
            start(&sampler, &mut tiles);
            let slices = plan.steps as f64;
            let mut now = R::Scalar::zero();
            let mut integral = 0.0;
            for k in 0..=plan.steps {
                let next = R::Scalar::from_f64(((k as f64 + 0.5) / slices).min(1.0));
                let before = log_weights(&tiles, count);
                R::step(&sampler, &mut tiles, k as u64, now, next);
                let (done, total) = (k as u64, plan.steps as u64);
                let status = Status { stage: "bounding the divergence", done, total, loss: None, ess: None };
                if target.failed(None) || !progress.report(&status) {
                    return f64::NAN;
                }
                // The step from t = 0 leads to the first middle and counts for nothing.
                if k > 0 {
                    let length = (next - now).to_f64();
                    let after = log_weights(&tiles, count);
                    let residuals: Vec<f64> = before.iter().zip(&after).map(|(a, b)| (b - a) / length).collect();
                    integral += mean_square(&residuals, &before) / slices;
                }
                now = next;
            }
            integral.sqrt()
        })
    }
}

/// The mean of `(r − c)²`, `c` the mean of `r` weighted by `e^A`.
fn mean_square(residuals: &[f64], log_weights: &[f64]) -> f64 {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut total, mut weighted) = (0.0, 0.0);
    for (r, a) in residuals.iter().zip(log_weights) {
        let weight = exp(a - largest);
        total += weight;
        weighted += weight * r;
    }
    let centre = weighted / total;
    residuals.iter().map(|r| (r - centre) * (r - centre)).sum::<f64>() / residuals.len() as f64
}
