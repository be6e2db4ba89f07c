//! One step back: from `(t + Δ, x′)` to `(t, x)`, by the kernel that the weights of the step forward are ratios to.
//!
//! A path forward has the law `P` of a start in `ρ_0` and the sampler's kernels; one back has the law `Q` of a start in `ρ_1`
//! and the kernels here. The log weight `A` of a path is the same sum of increments whichever way it was made, and
//!
//! ```text
//! dQ/dP = e^A Z_0 / Z_1
//! ```
//!
//! so that exact samples of `ρ_1`, carried back, measure what the sampler's own walkers cannot see: places where it never is.
//!
//! | integrator | step back |
//! |---|---|
//! | [`split_back`] | the reversed move, then the inverse of the transport |
//! | [`pair_back`] | the backward kernel as it stands in the weight |
//! | `ito` | none: its weights are no ratio of kernels |

mod inverse;
mod pair;
mod split;

pub use pair::pair_back;
pub use split::split_back;

use super::{Increment, Integrator, Interval, Noise, State, Workspace, WorkspaceSize};
use crate::drift::{Drift, JacobianForm};
use crate::path::Path;
use crate::real::{Real, Scalar};

impl Integrator {
    /// Makes one step back with all walkers of `state`, which stand at the end of the interval, and returns what the step
    /// forward along the same path adds to their weights. NaN for [`Integrator::Ito`], which has no backward kernel.
    #[inline(always)]
    pub fn step_back<R: Real>(
        self,
        path: &(impl Path<R> + ?Sized),
        drift: &(impl Drift<R> + ?Sized),
        interval: Interval<'_, R::Scalar>,
        noise: Noise<'_, R>,
        state: &mut State<'_, R>,
        workspace: &mut Workspace<'_, R>,
    ) -> Increment<R> {
        match self {
            Integrator::Ito => Increment { log_weight: R::splat(R::Scalar::NAN), accepted: R::one() },
            Integrator::Pair => pair_back(path, drift, interval, noise, state, workspace),
            Integrator::Split(map, moves) => split_back((map, moves), path, drift, interval, noise, state, workspace),
        }
    }
}

impl WorkspaceSize {
    /// What steps back along `path` with `drift` want.
    pub fn back<R: Real>(path: &(impl Path<R> + ?Sized), drift: &(impl Drift<R> + ?Sized)) -> Self {
        let WorkspaceSize { values, streams } = WorkspaceSize::new(path, drift);
        WorkspaceSize { values: values + beyond(path.dim(), drift.jacobian_form()), streams }
    }
}

/// Values beyond those of a step forward: two vectors, and the matrix of a linear system with its right-hand side.
#[inline(always)]
fn beyond(d: usize, form: JacobianForm) -> usize {
    2 * d + if form == JacobianForm::Full { d * (d + 1) } else { 0 }
}
