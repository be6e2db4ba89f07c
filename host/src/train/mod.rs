//! Learning the drift.

mod adam;
mod least_squares;
mod network;
mod pinn;
mod rate;

pub use least_squares::LeastSquaresOptions;
pub use network::NetworkOptions;
pub use pinn::RateForm;

use crate::engine::{Error, all_threads};
use crate::lanes::{Precision, Width, dispatch};
use crate::model::{DriftModel, MlpModel, Model, TrainRecord};
use crate::progress::Progress;
use crate::target::Target;
pub(crate) use least_squares::Fit;
use least_squares::FitTarget;
pub use least_squares::{Fitted, LeastSquares};
use nets_kernel::rng::derive_seed;
use network::TrainTarget;
pub use network::{NetworkTrained, NetworkTraining};
use std::time::Instant;

/// What to learn, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// The drift and its settings.
    pub method: Method,
    /// The seed of all randomness.
    pub seed: u64,
    /// Precision of walkers and network.
    pub precision: Precision,
    /// How many walkers an instruction moves. Results do not depend on it.
    pub width: Width,
    /// Threads. Results do not depend on it.
    pub threads: usize,
}

impl TrainOptions {
    /// Least squares with the defaults for `target`, seed 0, double precision, the widest lanes and all threads of
    /// this machine.
    pub fn least_squares(target: &impl Target) -> Self {
        TrainOptions {
            method: Method::LeastSquares(LeastSquaresOptions::new(target.dim())),
            seed: 0,
            precision: Precision::F64,
            width: Width::detect(),
            threads: all_threads(),
        }
    }
}

/// A family of drifts with the objective that it is trained by.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Gates and local affine maps, by least squares.
    LeastSquares(LeastSquaresOptions),
    /// A network, by the PINN objective.
    Pinn(NetworkOptions),
    /// The perfect drift, where it is known: nothing to learn.
    Exact,
}

/// A trained model.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The model, with its record.
    pub model: Model,
    /// Whether training was asked to stop before it was done. The model is usable all the same.
    pub interrupted: bool,
}

/// The part of a run that training is, for [`derive_seed`]: its walkers are not those that are sampled later.
const TRAINING: u64 = 1;

/// Learns a drift for `target`.
pub fn train<T: Target>(target: &T, options: &TrainOptions, progress: &dyn Progress) -> Result<Trained, Error> {
    let begun = Instant::now();
    let (seed, threads) = (derive_seed(options.seed, TRAINING), options.threads);
    let mut trained = match &options.method {
        Method::Exact => Trained { model: Model::exact(target)?, interrupted: false },
        Method::LeastSquares(settings) => {
            let task = LeastSquares { options: settings, seed, threads, progress };
            let fitted = dispatch(options.width, options.precision, FitTarget { target, task })??;
            let words = format!(
                "{} gates with affine maps in each of {} block(s) of dimension {}, {} slices",
                settings.gates,
                target.dim() / settings.block,
                settings.block,
                settings.slices
            );
            let record = TrainRecord {
                drift: words,
                objective: "least-squares".to_string(),
                settings: vec![
                    ("fit walkers".to_string(), settings.walkers.to_string()),
                    ("width".to_string(), settings.width.to_string()),
                    ("ridge".to_string(), settings.ridge.to_string()),
                    ("floor".to_string(), settings.floor.to_string()),
                ],
                curve: fitted.curve,
                ..TrainRecord::default()
            };
            let drift = DriftModel::Features(fitted.model);
            Trained { model: model(target, drift, record), interrupted: fitted.interrupted }
        }
        Method::Pinn(settings) => {
            let mut network = untrained(target, settings);
            let task = NetworkTraining { options: settings, model: &network, seed, threads, progress };
            let trained = dispatch(options.width, options.precision, TrainTarget { target, task })??;
            network.theta = trained.theta;
            let record = TrainRecord {
                drift: format!("network {:?}, {} parameters", network.sizes, network.parameters()),
                objective: "pinn".to_string(),
                settings: vec![
                    ("rounds".to_string(), settings.rounds.to_string()),
                    ("walkers a round".to_string(), settings.walkers.to_string()),
                    ("updates a round".to_string(), settings.updates.to_string()),
                    ("batch".to_string(), settings.batch.to_string()),
                    ("learning rate".to_string(), settings.learning_rate.to_string()),
                    ("training epsilon".to_string(), settings.epsilon.to_string()),
                ],
                curve: trained.curve,
                ..TrainRecord::default()
            };
            Trained { model: model(target, DriftModel::Mlp(network), record), interrupted: trained.interrupted }
        }
    };
    trained.model.record.seed = options.seed;
    trained.model.record.seconds = begun.elapsed().as_secs_f64();
    Ok(trained)
}

fn model(target: &impl Target, drift: DriftModel, record: TrainRecord) -> Model {
    Model { target: target.name(), dim: target.dim(), drift, record, choice: None }
}

/// A network with its scales set, and no parameters yet.
fn untrained(target: &impl Target, options: &NetworkOptions) -> MlpModel {
    let d = target.dim();
    let mut sizes = vec![d + 1];
    sizes.extend(&options.hidden);
    sizes.push(d);
    let scale = target.length();
    MlpModel {
        theta: vec![0.0; nets_kernel::drift::mlp::layout::parameters(&sizes)],
        sizes,
        center: vec![0.0; d],
        input_scale: vec![2.0 / scale; d],
        output_scale: vec![scale; d],
    }
}
