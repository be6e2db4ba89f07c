//! From bytes to the kernel's drifts, in the caller's memory.

use super::{DriftBytes, Family, Stored};
use crate::drift::LocalAffine;
use crate::drift::mlp::layout::{OUTPUT_TILE, pack, packed_rows};
use crate::drift::mlp::{Mlp, Scaling};
use crate::real::Scalar;

/// Memory for a network.
pub struct MlpMemory<'m, S, const MR: usize> {
    /// Widths.
    pub sizes: &'m mut [usize],
    /// Packed hidden layers.
    pub hidden: &'m mut [[S; MR]],
    /// The packed output layer.
    pub output: &'m mut [[S; OUTPUT_TILE]],
    /// Origin, input scale and output scale, one after the other.
    pub scaling: &'m mut [S],
}

/// Lengths of the slices of an [`MlpMemory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlpLengths {
    /// Length of [`MlpMemory::sizes`].
    pub sizes: usize,
    /// Length of [`MlpMemory::hidden`].
    pub hidden: usize,
    /// Length of [`MlpMemory::output`].
    pub output: usize,
    /// Length of [`MlpMemory::scaling`].
    pub scaling: usize,
}

impl DriftBytes<'_> {
    /// Number `i`, rounded to `S`; NaN beyond the last.
    pub(super) fn number<S: Scalar>(&self, i: usize) -> S {
        let bytes = self.numbers.get(i * self.width()..).unwrap_or(&[]);
        let number = match self.stored {
            Stored::F64 => bytes.first_chunk().map(|&bytes| f64::from_le_bytes(bytes)),
            Stored::F32 => bytes.first_chunk().map(|&bytes| f64::from(f32::from_le_bytes(bytes))),
        };
        number.map_or(S::NAN, S::from_f64)
    }

    /// Whether all numbers are finite in the precision `S`.
    pub fn fits_in<S: Scalar>(&self) -> bool {
        (0..self.count()).all(|i| self.number::<S>(i).is_finite())
    }

    fn read<S: Scalar>(&self, from: usize, to: &mut [S]) {
        for (i, to) in to.iter_mut().enumerate() {
            *to = self.number(from + i);
        }
    }

    /// The memory that [`DriftBytes::mlp`] wants.
    pub fn mlp_lengths<const MR: usize>(&self) -> MlpLengths {
        let layers = self.sizes().len().saturating_sub(1);
        let rows = |(inputs, outputs)| packed_rows(inputs, outputs, MR);
        MlpLengths {
            sizes: layers + 1,
            hidden: self.layers().take(layers.saturating_sub(1)).map(rows).sum(),
            output: self.layers().last().map_or(0, |(inputs, outputs)| packed_rows(inputs, outputs, OUTPUT_TILE)),
            scaling: 3 * self.dim(),
        }
    }

    /// Unpacks a network into `memory`. `None` if the drift is of another family, or the memory of other lengths.
    pub fn mlp<'m, S: Scalar, const MR: usize>(&self, memory: MlpMemory<'m, S, MR>) -> Option<Mlp<'m, S, MR>> {
        let MlpMemory { sizes, hidden, output, scaling } = memory;
        let lengths =
            MlpLengths { sizes: sizes.len(), hidden: hidden.len(), output: output.len(), scaling: scaling.len() };
        if self.family != Family::Mlp || lengths != self.mlp_lengths::<MR>() {
            return None;
        }
        for (size, stored) in sizes.iter_mut().zip(self.sizes()) {
            *size = stored;
        }
        self.read(0, scaling);
        let (mut start, mut rest) = (scaling.len(), &mut *hidden);
        let last = self.sizes().len().saturating_sub(2);
        for (layer, (inputs, outputs)) in self.layers().enumerate() {
            let weight = |input: usize, output: usize| self.number::<S>(start + input * outputs + output);
            let bias = |output: usize| self.number::<S>(start + inputs * outputs + output);
            if layer == last {
                pack(inputs, outputs, weight, bias, output);
            } else {
                let (own, after) = core::mem::take(&mut rest).split_at_mut_checked(packed_rows(inputs, outputs, MR))?;
                pack(inputs, outputs, weight, bias, own);
                rest = after;
            }
            start += (inputs + 1) * outputs;
        }
        let (center, scales) = scaling.split_at_checked(self.dim())?;
        let (input, output_scale) = scales.split_at_checked(self.dim())?;
        Some(Mlp { sizes, hidden, output, scaling: Scaling { center, input, output: output_scale } })
    }

    /// The memory that [`DriftBytes::local_affine`] wants: numbers of times, and of experts.
    pub fn local_affine_lengths(&self) -> (usize, usize) {
        let slices = self.size(3);
        (slices, self.count().saturating_sub(slices))
    }

    /// Unpacks local affine maps. `None` if the drift is of another family, or the memory of other lengths.
    pub fn local_affine<'m, S: Scalar>(
        &self,
        times: &'m mut [S],
        numbers: &'m mut [S],
    ) -> Option<LocalAffine<&'m [S]>> {
        if self.family != Family::LocalAffine || (times.len(), numbers.len()) != self.local_affine_lengths() {
            return None;
        }
        self.read(0, times);
        self.read(times.len(), numbers);
        Some(LocalAffine { dim: self.size(0), block: self.size(1), gates: self.size(2), times, numbers })
    }
}
