//! No drift: annealed importance sampling.

use super::{Drift, JacobianForm, Scratch, ScratchSize};
use crate::real::Real;

/// `b = 0` in `d` dimensions.
#[derive(Clone, Copy, Debug)]
pub struct Zero {
    /// The dimension `d`.
    pub dim: usize,
}

impl<R: Real> Drift<R> for Zero {
    fn dim(&self) -> usize {
        self.dim
    }

    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }

    #[inline(always)]
    fn value(&self, _t: R::Scalar, _x: &[R], b: &mut [R], _scratch: Scratch<'_, R>) {
        b.fill(R::zero());
    }

    #[inline(always)]
    fn divergence(&self, _t: R::Scalar, _x: &[R], b: &mut [R], _scratch: Scratch<'_, R>) -> R {
        b.fill(R::zero());
        R::zero()
    }

    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Zero
    }

    #[inline(always)]
    fn jacobian(&self, _t: R::Scalar, _x: &[R], b: &mut [R], _jacobian: &mut [R], _scratch: Scratch<'_, R>) {
        b.fill(R::zero());
    }
}
