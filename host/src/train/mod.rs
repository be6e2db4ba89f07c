//! Learning the drift.

mod action_matching;
mod adam;
mod buffers;
mod checkpoint;
mod least_squares;
mod log_variance;
mod network;
mod objective;
mod pinn;
mod rate;
mod rounds;

pub use checkpoint::Checkpoint;
pub use least_squares::{Features, GateOptions, LeastSquaresOptions, ModesOptions};
pub use network::NetworkOptions;
pub use pinn::{Divergence, RateForm};

use crate::engine::{Error, Plan, all_threads, kl_bound};
use crate::file::{Tensor, Tensors, checksum};
use crate::lanes::{Precision, Width, dispatch};
use crate::model::{DriftModel, FeaturesModel, LatticeModel, MlpModel, Model, ModesFrame, ModesModel, TrainRecord};
use crate::progress::Progress;
use crate::target::{Target, watched};
use checkpoint::Keeper;
pub use checkpoint::State;
pub(crate) use least_squares::Fit;
use least_squares::FitTarget;
pub use least_squares::{Fitted, LeastSquares};
use nets_kernel::rng::derive_seed;
use network::{NetworkObjective, TrainTarget};
pub use network::{NetworkTrained, NetworkTraining};
use serde::Serialize;
use serde_json::Value;

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
    /// Where training keeps its state, if it should.
    pub checkpoint: Option<Checkpoint>,
}

impl TrainOptions {
    /// Least squares with the defaults for `target`, seed 0, double precision, the widest lanes and all threads of
    /// this machine.
    pub fn least_squares(target: &impl Target) -> Self {
        TrainOptions {
            method: Method::LeastSquares(LeastSquaresOptions::gates(target.dim())),
            seed: 0,
            precision: Precision::F64,
            width: Width::detect(),
            threads: all_threads(),
            checkpoint: None,
        }
    }
}

/// A family of drifts with the objective that it is trained by.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A drift that is linear in its coefficients, by least squares.
    LeastSquares(LeastSquaresOptions),
    /// A network, by the PINN objective.
    Pinn(NetworkOptions),
    /// A network, by the log-variance objective.
    LogVariance(NetworkOptions),
    /// The gradient of a network, by action matching. Its divergence is exact, and its places are drawn slice by slice,
    /// whatever the options say.
    ActionMatching(NetworkOptions),
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

/// The part of training that the walkers of the bound are, for [`derive_seed`].
const BOUND: u64 = 1;
/// Those walkers, and the times at which they are looked at: two to each slice of the usual fit, so that what a drift loses
/// by standing still within its slices is seen.
const BOUND_WALKERS: u64 = 1920;
const BOUND_TIMES: usize = 200;

impl Method {
    /// The settings by name, all of them.
    fn settings(&self) -> Vec<(String, String)> {
        let value = serde_json::to_value(self).expect("settings are plain data");
        let fields = value.as_object().and_then(|object| object.values().next()?.as_object());
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
        fields.into_iter().flatten().map(|(name, value)| (name.replace('_', " "), text(value))).collect()
    }

    /// What the method minimises.
    fn objective(&self) -> &'static str {
        match self {
            Method::LeastSquares(_) => "least-squares",
            Method::Pinn(_) => "pinn",
            Method::LogVariance(_) => "log-variance",
            Method::ActionMatching(_) => "action-matching",
            Method::Exact => "none",
        }
    }
}

impl TrainOptions {
    /// Everything that the result depends on.
    fn identity(&self, target: &impl Target) -> Vec<(String, String)> {
        let mut settings = vec![
            ("target".to_string(), target.name()),
            ("objective".to_string(), self.method.objective().to_string()),
            ("seed".to_string(), self.seed.to_string()),
            ("precision".to_string(), self.precision.to_string()),
        ];
        if let Some(frame) = target.frame() {
            let numbers = [frame.mean(), frame.sd()].map(Tensor::vector);
            let base = Tensors::from_iter(["mean", "sd"].map(String::from).into_iter().zip(numbers));
            settings.push(("base".to_string(), checksum(&base)));
        }
        settings.extend(self.method.settings());
        settings
    }
}

/// Learns a drift for `target`.
///
/// # Errors
///
/// Settings out of range, a potential that fails, all walkers lost, a fit that is singular, a checkpoint that cannot be read, belongs to
/// another training, or cannot be written when training is asked to stop.
pub fn train<T: Target>(target: &T, options: &TrainOptions, progress: &dyn Progress) -> Result<Trained, Error> {
    watched(target, progress, |progress| learn(target, options, progress))
}

fn learn<T: Target>(target: &T, options: &TrainOptions, progress: &dyn Progress) -> Result<Trained, Error> {
    let (keeper, state) = Keeper::open(options.checkpoint.as_ref(), options.identity(target))?;
    let (seed, threads) = (derive_seed(options.seed, TRAINING), options.threads);
    let (drift, words, curve, interrupted) = match &options.method {
        Method::Exact => return Ok(Trained { model: Model::exact(target)?, interrupted: false }),
        Method::LeastSquares(settings) => {
            let (features, lattice) = (settings.features, target.lattice());
            if features == Features::Lattice && lattice.is_none() {
                return Err(Error::Setting {
                    name: "drift",
                    value: "lattice".to_string(),
                    requirement: "the target's points are not fields on a lattice; use --drift features or --drift mlp",
                });
            }
            let task = LeastSquares { options: settings, lattice, seed, threads, progress, keeper: &keeper };
            let Fitted { times, numbers, curve, memory, interrupted } =
                dispatch(options.width, options.precision, FitTarget { target, task, state })??;
            let slices = settings.slices;
            let (drift, words) = match (features, lattice) {
                (Features::Lattice, Some(lattice)) => {
                    let per_slice = numbers.len() / times.len().max(1);
                    let words = format!("{per_slice} orbits of momenta and terms on a lattice, {slices} slices");
                    (DriftModel::Lattice(LatticeModel { lattice, times, coefficients: numbers }), words)
                }
                (Features::Modes(_), _) => {
                    let frame = ModesFrame::of_flat(&memory[1..]).expect("the pilot found them before the fit");
                    let gates = match frame.tail {
                        0.0 => "Gaussian gates".to_string(),
                        tail => format!("Student gates of {:.0} degrees of freedom", 1.0 / tail),
                    };
                    let (modes, rank) = (frame.modes, frame.rank);
                    let words = format!("{modes} modes in {rank} dimensions, {gates}, {slices} slices");
                    (DriftModel::Modes(ModesModel { frame, times, numbers }), words)
                }
                (Features::Lattice, None) => unreachable!("refused above"),
                (Features::Gates(GateOptions { gates, block, .. }), _) => {
                    let (dim, blocks) = (target.dim(), target.dim() / block);
                    let words = format!(
                        "{gates} gates with affine maps in each of {blocks} block(s) of dimension {block}, {slices} slices"
                    );
                    (DriftModel::Features(FeaturesModel { dim, block, gates, times, numbers }), words)
                }
            };
            (drift, words, curve, interrupted)
        }
        Method::Pinn(settings) | Method::LogVariance(settings) | Method::ActionMatching(settings) => {
            let objective = match options.method {
                Method::LogVariance(_) => NetworkObjective::LogVariance,
                Method::ActionMatching(_) => NetworkObjective::ActionMatching,
                _ => NetworkObjective::Pinn,
            };
            let mut network = untrained(target, objective, settings);
            let task = NetworkTraining {
                objective,
                options: settings,
                model: &network,
                seed,
                threads,
                progress,
                keeper: &keeper,
            };
            let trained = dispatch(options.width, options.precision, TrainTarget { target, task, state })??;
            network.theta = trained.theta;
            let words = format!("network {:?}, {} parameters", network.sizes, network.parameters());
            let (drift, words) = match objective {
                NetworkObjective::ActionMatching => {
                    (DriftModel::MlpGradient(network), format!("gradient of a {words}"))
                }
                _ => (DriftModel::Mlp(network), words),
            };
            (drift, words, trained.curve, trained.interrupted)
        }
    };
    let record = TrainRecord {
        drift: words,
        objective: options.method.objective().to_string(),
        seconds: keeper.seconds(),
        seed: options.seed,
        settings: options.method.settings(),
        curve,
        kl_bound: None,
    };
    let frame = target.frame().cloned();
    let mut model = Model { target: target.name(), dim: target.dim(), frame, drift, record, choice: None };
    if !interrupted {
        // Fresh walkers that follow the drift alone: the bound then depends on nothing that sampling chooses.
        let plan = Plan {
            walkers: BOUND_WALKERS,
            steps: BOUND_TIMES,
            epsilon: 0.0,
            seed: derive_seed(seed, BOUND),
            precision: options.precision,
            width: options.width,
            threads,
            ..Plan::default()
        };
        model.record.kl_bound = kl_bound(target, &model, &plan, progress)?;
    }
    Ok(Trained { model, interrupted })
}

/// A network with its scales set, and no parameters yet.
fn untrained(target: &impl Target, objective: NetworkObjective, options: &NetworkOptions) -> MlpModel {
    let (d, scale) = (target.dim(), target.length());
    // Outputs of order one, or slopes of order one, stand for drifts as long as the target.
    let output_scale = match objective {
        NetworkObjective::ActionMatching => vec![0.5 * scale * scale],
        _ => vec![scale; d],
    };
    let mut sizes = vec![d + 1];
    sizes.extend(&options.hidden);
    sizes.push(output_scale.len());
    MlpModel {
        theta: vec![0.0; nets_kernel::drift::mlp::layout::parameters(&sizes)],
        sizes,
        center: vec![0.0; d],
        input_scale: vec![2.0 / scale; d],
        output_scale,
    }
}
