//! Models for programs that have no training: as source text, the numbers of a drift as constants in the form that the
//! kernel reads without allocating; and as bytes.

mod binary;
mod c;
mod placed;
mod rust;

use super::{DriftModel, FeaturesModel, MlpModel, Model, ModelError, PackedMlp};
use crate::lanes::Precision;
use nets_kernel::drift::LocalAffine;
use nets_kernel::real::Scalar;

/// A language to write constants in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A C11 header of `static const` arrays.
    C,
    /// A Rust module with a `static` drift of the kernel's type.
    Rust,
}

/// Outputs of a hidden layer that are computed together. Four leave room in 16 registers for the accumulators of a
/// value and two tangents, and pad little; results do not depend on it.
const TILE: usize = 4;

impl Model {
    /// The drift as source text in `language`, in the coordinates `x` of the samples. Numbers are rounded to `precision` and
    /// written with the fewest decimal digits that read back as the same bits.
    ///
    /// # Errors
    ///
    /// [`ModelError::NothingToExport`] if the drift has no numbers, [`ModelError::FrameNotExported`] if they cannot be in
    /// `x`, [`ModelError::OutOfRange`] if some are not finite in `precision`.
    pub fn export(&self, language: Language, precision: Precision) -> Result<String, ModelError> {
        match precision {
            Precision::F32 => self.export_as::<f32>(language, precision),
            Precision::F64 => self.export_as::<f64>(language, precision),
        }
    }

    fn export_as<S: Scalar>(&self, language: Language, precision: Precision) -> Result<String, ModelError> {
        let constants = match &*self.placed_drift()? {
            DriftModel::Zero | DriftModel::Exact => {
                return Err(ModelError::NothingToExport { drift: self.record.drift.clone() });
            }
            DriftModel::Lattice(_) => return Err(ModelError::NotExported { drift: "lattice" }),
            DriftModel::Modes(_) => return Err(ModelError::NotExported { drift: "modes" }),
            DriftModel::MlpGradient(_) => return Err(ModelError::NotExported { drift: "mlp-gradient" }),
            DriftModel::Features(model) => Constants::of_features::<S>(model),
            DriftModel::Mlp(model) => Constants::of_network::<S>(model),
        };
        if constants.arrays.iter().any(|array| !array.finite) {
            return Err(ModelError::OutOfRange { precision });
        }
        let about = [
            format!("Drift of a model for {}: {}.", self.target, self.record.drift),
            format!("Written by `nets export` {} from", env!("CARGO_PKG_VERSION")),
            format!("SHA-256 {}.", self.checksum()),
        ];
        Ok(match language {
            Language::C => c::header(&about, &constants, precision),
            Language::Rust => rust::module(&about, &constants, precision),
        })
    }
}

/// What there is to write.
struct Constants {
    family: Family,
    sizes: Vec<(&'static str, &'static str, usize)>,
    arrays: Vec<Array>,
}

/// The kernel's types of drifts that have numbers.
#[derive(Clone, Copy)]
enum Family {
    Mlp,
    LocalAffine,
}

/// A named array of numbers, or of rows of them.
struct Array {
    name: &'static str,
    meaning: &'static str,
    kind: Kind,
    rows: Vec<Vec<String>>,
    finite: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sizes,
    Numbers,
    Rows,
}

impl Array {
    fn sizes(name: &'static str, meaning: &'static str, sizes: &[usize]) -> Array {
        let rows = vec![sizes.iter().map(usize::to_string).collect()];
        Array { name, meaning, kind: Kind::Sizes, rows, finite: true }
    }

    fn numbers<S: Scalar>(name: &'static str, meaning: &'static str, numbers: &[S]) -> Array {
        Array { kind: Kind::Numbers, ..Array::rows(name, meaning, numbers.chunks(TILE)) }
    }

    fn rows<S: Scalar>(
        name: &'static str,
        meaning: &'static str,
        rows: impl Iterator<Item: AsRef<[S]>> + Clone,
    ) -> Array {
        let finite = rows.clone().all(|row| row.as_ref().iter().all(|number| number.is_finite()));
        // The shortest decimal that reads back as the same number.
        let written = |row: &[S]| row.iter().map(|number| format!("{number:?}")).collect();
        let rows = rows.map(|row| written(row.as_ref())).collect();
        Array { name, meaning, kind: Kind::Rows, rows, finite }
    }

    /// How many elements the array has: numbers, or rows.
    fn len(&self) -> usize {
        if self.kind == Kind::Rows { self.rows.len() } else { self.rows.iter().map(Vec::len).sum() }
    }

    /// How many numbers a row has.
    fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }
}

impl Constants {
    fn of_network<S: Scalar>(model: &MlpModel) -> Constants {
        let packed = PackedMlp::<S, TILE>::new(model);
        let network = packed.network();
        let scaling = network.scaling;
        Constants {
            family: Family::Mlp,
            sizes: vec![
                ("dim", "The dimension d.", scaling.output.len()),
                ("tile", "Outputs of a hidden layer that lie in a row.", TILE),
            ],
            arrays: vec![
                Array::sizes(
                    "sizes",
                    "Widths: d + 1 inputs (the coordinates, then time), hidden layers, d outputs.",
                    network.sizes,
                ),
                Array::rows(
                    "hidden",
                    "Hidden layers, one after the other. For each row's worth of outputs: their biases, then a row for each input.",
                    network.hidden.iter(),
                ),
                Array::rows("output", "The output layer, in the same way.", network.output.iter()),
                Array::numbers("center", "Origin of the inputs, subtracted from the coordinates.", scaling.center),
                Array::numbers("input_scale", "Then multiplies the coordinates.", scaling.input),
                Array::numbers("output_scale", "Multiplies the outputs.", scaling.output),
            ],
        }
    }

    fn of_features<S: Scalar>(model: &FeaturesModel) -> Constants {
        let drift: LocalAffine<Vec<S>> = model.drift();
        let experts = "For each slice, for each block: 1/h, 1/s, m/s (q), v_0 (q), A_0 (q by q), then for each gate c/h (q), v (q), A (q by q).";
        Constants {
            family: Family::LocalAffine,
            sizes: vec![
                ("dim", "The dimension d.", drift.dim),
                ("block", "The blocks' dimension q: d or 1.", drift.block),
                ("gates", "Gates in a block.", drift.gates),
            ],
            arrays: vec![
                Array::numbers("times", "Where the time slices start.", &drift.times),
                Array::numbers("numbers", experts, &drift.numbers),
            ],
        }
    }
}

/// `text` broken into lines of at most `width` characters.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, String::len);
        if line > 0 && line + 1 + word.len() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
