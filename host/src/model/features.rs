//! The least-squares drift: gates and local affine maps, slice by slice.

use crate::file::{Tensor, Tensors, take};
use crate::target::in_precision;
use nets_kernel::drift::LocalAffine;
use nets_kernel::drift::local_affine::Experts;
use nets_kernel::real::Scalar;

/// A drift as [`nets_kernel::drift::local_affine`] defines it.
#[derive(Clone, Debug, PartialEq)]
pub struct FeaturesModel {
    /// The dimension `d`.
    pub dim: usize,
    /// The blocks' dimension: `d`, or 1 for gates of its own in each coordinate.
    pub block: usize,
    /// Gates in a block.
    pub gates: usize,
    /// Where the slices start.
    pub times: Vec<f64>,
    /// For each slice, for each block, the numbers of its experts.
    pub numbers: Vec<f64>,
}

impl FeaturesModel {
    /// The drift in precision `S`.
    pub(crate) fn drift<S: Scalar>(&self) -> LocalAffine<Vec<S>> {
        LocalAffine {
            dim: self.dim,
            block: self.block,
            gates: self.gates,
            times: in_precision(&self.times),
            numbers: in_precision(&self.numbers),
        }
    }

    /// Numbers in one slice.
    pub(crate) fn slice_len(&self) -> usize {
        self.dim / self.block * Experts::<f64>::len(self.block, self.gates)
    }

    pub(super) fn tensors(&self) -> Tensors {
        let slices = self.times.len();
        let shape = [slices, self.dim / self.block, Experts::<f64>::len(self.block, self.gates)];
        Tensors::from([
            ("times".to_string(), Tensor::new(&[slices], &self.times)),
            ("experts".to_string(), Tensor::new(&shape, &self.numbers)),
            ("shape".to_string(), Tensor::new(&[3], &[self.dim, self.block, self.gates].map(|n| n as f64))),
        ])
    }

    pub(super) fn from_tensors(mut tensors: Tensors) -> Result<FeaturesModel, String> {
        let times = take(&mut tensors, "times")?.values;
        let numbers = take(&mut tensors, "experts")?.values;
        let shape = take(&mut tensors, "shape")?.values;
        let &[dim, block, gates] = &shape[..] else { return Err("`shape` does not have 3 numbers".to_string()) };
        let model = FeaturesModel { dim: dim as usize, block: block as usize, gates: gates as usize, times, numbers };
        let fits = model.dim > 0
            && (model.block == model.dim || model.block == 1)
            && !model.times.is_empty()
            && model.times.is_sorted()
            && model.numbers.len() == model.times.len() * model.slice_len();
        if fits { Ok(model) } else { Err("its experts do not fit its shape and times".to_string()) }
    }
}
