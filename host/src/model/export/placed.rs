//! Drifts in standard coordinates, written for those of the samples.

use crate::model::{DriftModel, FeaturesModel, MlpModel, Model, ModelError};
use crate::target::Frame;
use nets_kernel::drift::local_affine::Experts;
use std::borrow::Cow;

impl Model {
    /// The drift in the coordinates `x = mean + sd·y`, where it is `b_x(x) = sd · b_y((x − mean) / sd)`.
    pub(super) fn placed_drift(&self) -> Result<Cow<'_, DriftModel>, ModelError> {
        let Some(frame) = &self.frame else { return Ok(Cow::Borrowed(&self.drift)) };
        Ok(match &self.drift {
            DriftModel::Mlp(model) => Cow::Owned(DriftModel::Mlp(placed_network(model, frame))),
            DriftModel::Features(model) => {
                Cow::Owned(DriftModel::Features(placed_features(model, frame).ok_or(ModelError::FrameNotExported)?))
            }
            // Formulas stay what they are, and the others are not exported.
            DriftModel::Zero
            | DriftModel::Exact
            | DriftModel::Lattice(_)
            | DriftModel::Modes(_)
            | DriftModel::MlpGradient(_) => Cow::Borrowed(&self.drift),
        })
    }
}

/// `(y − c) a = (x − mean − sd c) a / sd`, and outputs times `sd`.
fn placed_network(model: &MlpModel, frame: &Frame) -> MlpModel {
    let (mut center, sd) = (model.center.clone(), frame.sd());
    frame.place(&mut center);
    let input_scale = model.input_scale.iter().zip(sd).map(|(a, sd)| a / sd).collect();
    let output_scale = model.output_scale.iter().zip(sd).map(|(a, sd)| a * sd).collect();
    MlpModel { center, input_scale, output_scale, ..model.clone() }
}

/// `y/h − c/h = x / (h sd) − (c/h + mean / (h sd))`, and `v` and `A` times `sd`. `None` if the coordinates of a block differ
/// in `sd`: their gates have one width.
fn placed_features(model: &FeaturesModel, frame: &Frame) -> Option<FeaturesModel> {
    let (q, gate_len) = (model.block, Experts::<f64>::gate_len(model.block));
    let mut placed = model.clone();
    for slice in placed.numbers.chunks_exact_mut(model.slice_len()) {
        let blocks = slice.chunks_exact_mut(Experts::<f64>::len(q, model.gates));
        for (numbers, (mean, sd)) in blocks.zip(frame.mean().chunks_exact(q).zip(frame.sd().chunks_exact(q))) {
            let length = sd[0];
            if sd.iter().any(|&sd| sd != length) {
                return None;
            }
            let (inverse, rest) = numbers.split_at_mut(2);
            inverse.iter_mut().for_each(|inverse| *inverse /= length);
            let (own, gates) = rest.split_at_mut(gate_len);
            let place = |inverse: f64, part: &mut [f64]| {
                let (origin, coefficients) = part.split_at_mut(q);
                origin.iter_mut().zip(mean).for_each(|(origin, mean)| *origin += mean * inverse);
                coefficients.iter_mut().for_each(|coefficient| *coefficient *= length);
            };
            place(inverse[1], own);
            gates.chunks_exact_mut(gate_len).for_each(|gate| place(inverse[0], gate));
        }
    }
    Some(placed)
}
