//! The drift of modes in a subspace: what the pilot found, and coefficients slice by slice.

use crate::file::{Tensor, Tensors, take};
use crate::target::in_precision;
use nets_kernel::drift::Modes;
use nets_kernel::drift::modes::{frame_len, slice_len};
use nets_kernel::real::Scalar;

/// A drift as [`nets_kernel::drift::modes`] defines it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModesModel {
    /// The modes, and the subspace that they span.
    pub frame: ModesFrame,
    /// Where the slices start.
    pub times: Vec<f64>,
    /// The numbers of each slice.
    pub numbers: Vec<f64>,
}

/// The modes, and the subspace that they span.
#[derive(Clone, Debug, PartialEq)]
pub struct ModesFrame {
    /// The dimension `d`.
    pub dim: usize,
    /// The dimension of the subspace.
    pub rank: usize,
    /// How many modes there are.
    pub modes: usize,
    /// The heaviness of the gates' tails, `1/ν`; 0 for Gaussian ones.
    pub tail: f64,
    /// Origin, rows of the projection, and modes within it and in all coordinates.
    pub numbers: Vec<f64>,
}

impl ModesFrame {
    /// How many numbers describe a slice.
    pub(crate) fn slice_len(&self) -> usize {
        slice_len(self.rank, self.modes)
    }

    /// The drift of slices that start at `times`.
    pub(crate) fn drift<S: Scalar>(&self, times: &[f64], numbers: &[f64]) -> Modes<S, Vec<S>> {
        Modes {
            dim: self.dim,
            rank: self.rank,
            modes: self.modes,
            tail: S::from_f64(self.tail),
            times: in_precision(times),
            frame: in_precision(&self.numbers),
            numbers: in_precision(numbers),
        }
    }

    /// As plain numbers: dimension, rank, modes and tail, then the others.
    pub(crate) fn flat(&self) -> Vec<f64> {
        let mut flat = vec![self.dim as f64, self.rank as f64, self.modes as f64, self.tail];
        flat.extend(&self.numbers);
        flat
    }

    /// From [`ModesFrame::flat`], if that is what it is.
    pub(crate) fn of_flat(flat: &[f64]) -> Option<ModesFrame> {
        let (&[dim, rank, modes, tail], numbers) = flat.split_first_chunk::<4>()?;
        let (dim, rank, modes) = (dim as usize, rank as usize, modes as usize);
        // Sizes that a damaged file may claim are bounded by what it holds before they are computed with.
        let most = numbers.len();
        let fits = dim > 0 && dim <= most && rank <= dim && modes > 0 && modes <= most && (0.0..=1.0).contains(&tail);
        let numbers = (fits && frame_len(dim, rank, modes) == most).then(|| numbers.to_vec())?;
        Some(ModesFrame { dim, rank, modes, tail, numbers })
    }
}

impl ModesModel {
    /// The drift in precision `S`.
    pub(crate) fn drift<S: Scalar>(&self) -> Modes<S, Vec<S>> {
        self.frame.drift(&self.times, &self.numbers)
    }

    pub(super) fn tensors(&self) -> Tensors {
        let slices = self.times.len();
        Tensors::from([
            ("times".to_string(), Tensor::new(&[slices], &self.times)),
            ("coefficients".to_string(), Tensor::new(&[slices, self.frame.slice_len()], &self.numbers)),
            ("frame".to_string(), Tensor::vector(&self.frame.flat())),
        ])
    }

    pub(super) fn from_tensors(mut tensors: Tensors) -> Result<ModesModel, String> {
        let times = take(&mut tensors, "times")?.values;
        let numbers = take(&mut tensors, "coefficients")?.values;
        let frame = ModesFrame::of_flat(&take(&mut tensors, "frame")?.values);
        let frame = frame.ok_or("its modes do not fit its shape")?;
        let fits = !times.is_empty() && times.is_sorted() && numbers.len() == times.len() * frame.slice_len();
        if fits {
            Ok(ModesModel { frame, times, numbers })
        } else {
            Err("its coefficients do not fit its modes and times".to_string())
        }
    }
}
