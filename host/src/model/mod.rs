//! Models: trained drifts, what they were trained for and how, and their files.

mod export;
mod features;
mod file;
mod lattice;
mod mlp;
mod modes;

pub use export::Language;
pub use features::FeaturesModel;
pub use file::ModelError;
pub(crate) use file::integrator_name;
pub(crate) use lattice::hartley;
pub use lattice::{LatticeModel, orbits};
pub use mlp::MlpModel;
pub use modes::{ModesFrame, ModesModel};

pub(crate) use mlp::{PackedGradient, PackedMlp};

use crate::engine::{Error, Outlined};
use crate::lanes::Lane;
use crate::target::{DriftBox, Frame, Target};
use nets_kernel::drift::Zero;
use nets_kernel::step::Integrator;
use serde::{Deserialize, Serialize};

/// A drift for a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name of the target.
    pub target: String,
    /// The dimension `d`.
    pub dim: usize,
    /// The standard coordinates that the drift is in, where the target has a [`Frame`].
    pub frame: Option<Frame>,
    /// The drift.
    pub drift: DriftModel,
    /// How it was trained.
    pub record: TrainRecord,
    /// What `nets tune` or `nets run` chose for sampling.
    pub choice: Option<Choice>,
}

/// The families of drifts.
#[derive(Clone, Debug, PartialEq)]
pub enum DriftModel {
    /// No drift: annealed importance sampling.
    Zero,
    /// The target's perfect drift.
    Exact,
    /// Local affine maps, fitted by least squares.
    Features(FeaturesModel),
    /// Kernels on a periodic lattice, fitted by least squares.
    Lattice(LatticeModel),
    /// Modes in the subspace that they span, fitted by least squares.
    Modes(ModesModel),
    /// A network.
    Mlp(MlpModel),
    /// The gradient of a network with one output.
    MlpGradient(MlpModel),
}

/// How a model was trained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainRecord {
    /// The drift in words: family and size.
    pub drift: String,
    /// The objective: `least-squares`, `pinn`, `log-variance`, `action-matching`, or `none`.
    pub objective: String,
    /// Wall-clock seconds of training.
    pub seconds: f64,
    /// The seed.
    pub seed: u64,
    /// The settings that were used, by name.
    pub settings: Vec<(String, String)>,
    /// Loss against time (least squares) or iteration (networks).
    pub curve: Vec<(f64, f64)>,
    /// A bound on `KL(ρ̂_1 ‖ ρ_1)` of walkers that follow the drift alone, unweighted and without diffusion, where it was
    /// estimated ([`kl_bound`](crate::engine::kl_bound)).
    pub kl_bound: Option<f64>,
}

/// Settings to sample with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The diffusivity.
    pub epsilon: f64,
    /// The number of steps.
    pub steps: usize,
    /// The integrator.
    pub integrator: Integrator,
}

impl Model {
    /// No drift in `dim` dimensions.
    pub fn zero(target: &impl Target) -> Model {
        Model::untrained(target, DriftModel::Zero, "none")
    }

    /// The perfect drift of `target`, where it is known.
    pub fn exact(target: &impl Target) -> Result<Model, ModelError> {
        match target.perfect_drift::<f64>() {
            Some(_) => Ok(Model::untrained(target, DriftModel::Exact, "perfect drift in closed form")),
            None => Err(ModelError::NoPerfectDrift { target: target.name() }),
        }
    }

    fn untrained(target: &impl Target, drift: DriftModel, words: &str) -> Model {
        let record = TrainRecord { drift: words.into(), objective: "none".into(), ..TrainRecord::default() };
        let frame = target.frame().cloned();
        Model { target: target.name(), dim: target.dim(), frame, drift, record, choice: None }
    }

    /// Whether the model was made for `target`.
    pub(crate) fn check(&self, target: &impl Target) -> Result<(), ModelError> {
        if self.dim != target.dim() || self.target != target.name() {
            return Err(ModelError::OtherTarget {
                model: format!("{} (d = {})", self.target, self.dim),
                target: format!("{} (d = {})", target.name(), target.dim()),
            });
        }
        if self.frame.as_ref() != target.frame() {
            return Err(ModelError::OtherBase { target: target.name() });
        }
        Ok(())
    }

    /// The drift for walkers in lanes of `R`.
    pub fn drift<'a, R: Lane, T: Target>(&'a self, target: &'a T) -> Result<DriftBox<'a, R>, Error> {
        Ok(match &self.drift {
            DriftModel::Zero => Box::new(Outlined(Zero { dim: self.dim })),
            DriftModel::Exact => match target.perfect_drift() {
                Some(drift) => drift,
                None => return Err(ModelError::NoPerfectDrift { target: target.name() }.into()),
            },
            DriftModel::Features(model) => R::features_drift(model),
            DriftModel::Lattice(model) => R::lattice_drift(model),
            DriftModel::Modes(model) => R::modes_drift(model),
            DriftModel::Mlp(model) => R::mlp_drift(model),
            DriftModel::MlpGradient(model) => R::mlp_gradient_drift(model),
        })
    }

    /// What the model is, line by line.
    pub fn describe(&self) -> Vec<(String, String)> {
        let mut lines =
            vec![("target".to_string(), self.target.clone()), ("dimension".to_string(), self.dim.to_string())];
        if let Some(frame) = &self.frame {
            lines.push(("base means".to_string(), list(frame.mean())));
            lines.push(("base standard deviations".to_string(), list(frame.sd())));
        }
        lines.extend([
            ("drift".to_string(), self.record.drift.clone()),
            ("objective".to_string(), self.record.objective.clone()),
            ("training seconds".to_string(), format!("{:.1}", self.record.seconds)),
            ("training seed".to_string(), self.record.seed.to_string()),
        ]);
        lines.extend(self.record.kl_bound.map(|bound| ("KL bound".to_string(), bound.to_string())));
        lines.extend(self.record.settings.iter().cloned());
        if let Some(choice) = self.choice {
            lines.push(("epsilon".to_string(), choice.epsilon.to_string()));
            lines.push(("steps".to_string(), choice.steps.to_string()));
        }
        lines
    }
}

/// Numbers with commas between them, which read back as the same bits.
pub(crate) fn list(numbers: &[f64]) -> String {
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
}
