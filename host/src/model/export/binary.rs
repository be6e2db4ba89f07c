//! The drift as bytes, which `libnets` loads while a program runs.

use crate::lanes::Precision;
use crate::model::{DriftModel, Model, ModelError};
use nets_kernel::drift::bytes::{Family, HEADER, MAGIC, Stored, VERSION, crc32};

impl Model {
    /// The drift in the format of [`nets_kernel::drift::bytes`], in the coordinates `x` of the samples, with numbers rounded
    /// to `precision`.
    ///
    /// # Errors
    ///
    /// [`ModelError::NothingToExport`] if the drift has no numbers, [`ModelError::FrameNotExported`] if they cannot be in
    /// `x`, [`ModelError::OutOfRange`] if some are not finite in `precision`.
    pub fn export_bytes(&self, precision: Precision) -> Result<Vec<u8>, ModelError> {
        let drift = self.placed_drift()?;
        let (family, shape, numbers) = match &*drift {
            DriftModel::Zero | DriftModel::Exact => {
                return Err(ModelError::NothingToExport { drift: self.record.drift.clone() });
            }
            DriftModel::Lattice(_) => return Err(ModelError::NotExported { drift: "lattice" }),
            DriftModel::Modes(_) => return Err(ModelError::NotExported { drift: "modes" }),
            DriftModel::MlpGradient(_) => return Err(ModelError::NotExported { drift: "mlp-gradient" }),
            DriftModel::Mlp(model) => {
                let numbers = [&model.center, &model.input_scale, &model.output_scale, &model.theta];
                (Family::Mlp, model.sizes.clone(), numbers.map(Vec::as_slice).concat())
            }
            DriftModel::Features(model) => {
                let shape = vec![model.dim, model.block, model.gates, model.times.len()];
                (Family::LocalAffine, shape, [model.times.as_slice(), &model.numbers].concat())
            }
        };
        let (stored, numbers): (_, Vec<u8>) = match precision {
            Precision::F64 => (Stored::F64, numbers.iter().flat_map(|number| number.to_le_bytes()).collect()),
            Precision::F32 => {
                let rounded = || numbers.iter().map(|&number| number as f32);
                if !rounded().all(f32::is_finite) {
                    return Err(ModelError::OutOfRange { precision });
                }
                (Stored::F32, rounded().flat_map(f32::to_le_bytes).collect())
            }
        };
        let length = HEADER + 8 * shape.len() + numbers.len() + 4;
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(MAGIC);
        for word in [VERSION, stored as u32, family as u32, shape.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend((length as u64).to_le_bytes());
        for size in shape {
            bytes.extend((size as u64).to_le_bytes());
        }
        bytes.extend(numbers);
        bytes.extend(crc32(&bytes).to_le_bytes());
        Ok(bytes)
    }
}
