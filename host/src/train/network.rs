//! Training of the network drift: simulate, keep the slices, take optimiser steps.

use super::action_matching::ActionMatching;
use super::adam::Adam;
use super::checkpoint::{Keeper, State, curve};
use super::log_variance::LogVariance;
use super::objective::Objective;
use super::pinn::{Divergence, Pinn, RateForm};
use super::rate::Rate;
use super::rounds::{Round, carry_each, carry_population};
use crate::engine::{Error, on_threads};
use crate::file::{Tensor, Tensors};
use crate::lanes::{Job, Lane};
use crate::model::{MlpModel, PackedMlp};
use crate::progress::{Progress, Status};
use crate::target::{DriftBox, Target, in_precision};
use nets_kernel::drift::mlp::layout::parameters;
use nets_kernel::math::sin_cos_2pi;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Map, Motion, Move};
use serde::Serialize;
use std::collections::VecDeque;

/// Settings of the training of a network.
///
/// The defaults are those that train the 40-mode mixture within minutes on two cores: three layers of 128 with SiLU;
/// rounds of 240 fresh walkers, simulated with the current drift through 100 random times, each followed by five
/// optimiser steps on 2048 of their places; the interval grows to the whole path over the first half of training, the
/// learning rate falls as a half cosine, and the model is an average over the last 500 steps. The loss is not weighted
/// in time. What pays most is length: 2000, 2500 and 3500 rounds end at an ESS of about 0.957, 0.969 and 0.986 at ε = 100.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkOptions {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Rounds of simulation and optimisation.
    pub rounds: u64,
    /// Walkers simulated in a round.
    pub walkers: usize,
    /// Random times in a round.
    pub slices: usize,
    /// Optimiser steps in a round.
    pub updates: usize,
    /// Samples in an optimiser step, rounded up to whole chunks of 192.
    pub batch: usize,
    /// Learning rate at its highest; it rises over the first hundredth of training and falls as a half cosine to a
    /// hundredth.
    pub learning_rate: f64,
    /// Gradients longer than this are scaled down to it.
    pub max_norm: f64,
    /// The fraction of training over which the end of the time interval grows from 0.05 to 1.
    pub growth: f64,
    /// Diffusivity of the simulation.
    pub epsilon: f64,
    /// Optimiser steps that the average of the parameters remembers.
    pub averaging: f64,
    /// What stands for `∂_tF`.
    pub rate_form: RateForm,
    /// How the divergence is found.
    pub divergence: Divergence,
    /// Rounds, the current one and those before it, whose places optimiser steps draw from. Any law of the places has the
    /// same minimiser; older places come from older drifts.
    pub replay: usize,
}

impl NetworkOptions {
    /// The defaults in `dim` dimensions: above ten, the divergence is estimated ([`Divergence::usual`]).
    pub fn usual(dim: usize) -> Self {
        NetworkOptions { divergence: Divergence::usual(dim), ..NetworkOptions::default() }
    }

    /// The defaults for action matching. Its means have to be those over `ρ_t`, not over any law of the places: walkers
    /// diffuse enough to be in equilibrium around where they are, which weights alone do not see to in a small population.
    /// On the 40-mode mixture, at `ε = 1`, modes are lost from training.
    pub fn action_matching() -> Self {
        NetworkOptions { epsilon: 20.0, ..NetworkOptions::default() }
    }
}

impl Default for NetworkOptions {
    fn default() -> Self {
        NetworkOptions {
            hidden: vec![128, 128, 128],
            rounds: 3500,
            walkers: 240,
            slices: 100,
            updates: 5,
            batch: 2048,
            learning_rate: 2e-3,
            max_norm: 1.0,
            growth: 0.5,
            epsilon: 1.0,
            averaging: 500.0,
            rate_form: RateForm::Learned,
            divergence: Divergence::Exact,
            replay: 1,
        }
    }
}

/// Everything that training changes: what a checkpoint keeps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NetworkState<S> {
    pub(crate) adam: Adam<S>,
    pub(crate) rate: Rate,
    pub(crate) round: u64,
    /// The last rounds, oldest first: between rounds those that the next one will draw from.
    pub(super) rounds: VecDeque<Round<S>>,
    /// Mean loss against round.
    pub(crate) curve: Vec<(f64, f64)>,
}

/// Nodes of the learned `∂_tF`.
const RATE_NODES: usize = 65;

impl<S: Scalar> NetworkState<S> {
    /// Normal weights with variance 1/inputs (zero in the last layer), zero biases.
    pub(crate) fn new(sizes: &[usize], seed: u64) -> Self {
        let mut theta = Vec::with_capacity(parameters(sizes));
        let mut stream = Stream::<f64>::new(seed, Purpose::Train, 0);
        for (layer, pair) in sizes.windows(2).enumerate() {
            let mut weights = vec![0.0; pair[0] * pair[1]];
            normals(&mut stream, &mut weights);
            let last = layer + 2 == sizes.len();
            let scale = if last { 0.0 } else { (1.0 / pair[0] as f64).sqrt() };
            theta.extend(weights.iter().map(|weight| S::from_f64(weight * scale)));
            theta.extend(std::iter::repeat_n(S::zero(), pair[1]));
        }
        NetworkState {
            adam: Adam::new(theta),
            rate: Rate::new(RATE_NODES),
            round: 0,
            rounds: VecDeque::new(),
            curve: vec![],
        }
    }

    /// For a checkpoint.
    fn tensors(&self) -> Tensors {
        let parameters = |values: &[S]| Tensor::vector(&values.iter().map(|value| value.to_f64()).collect::<Vec<_>>());
        let mut tensors = Tensors::from([
            ("theta".to_string(), parameters(&self.adam.theta)),
            ("first moment".to_string(), parameters(&self.adam.first)),
            ("second moment".to_string(), parameters(&self.adam.second)),
            ("average".to_string(), parameters(&self.adam.average)),
            ("rate".to_string(), Tensor::vector(&self.rate.nodes)),
            ("curve".to_string(), curve(&self.curve)),
            ("counters".to_string(), Tensor::vector(&[self.round as f64, self.adam.steps as f64])),
        ]);
        for (number, round) in self.rounds.iter().enumerate() {
            tensors.insert(format!("round {number} times"), parameters(&round.times));
            tensors.insert(format!("round {number} places"), parameters(&round.x));
            tensors.insert(format!("round {number} log weights"), Tensor::vector(&round.log_weights));
        }
        tensors
    }

    /// From a checkpoint.
    fn read(sizes: &[usize], options: &NetworkOptions, kept: &mut State) -> Result<Self, Error> {
        let mut values = |name| Ok::<_, Error>(in_precision(&kept.exactly(name, parameters(sizes))?));
        let (theta, average) = (values("theta")?, values("average")?);
        let (first, second) = (values("first moment")?, values("second moment")?);
        let [round, steps] = kept.numbers("counters")?.map(|number| number as u64);
        let d = sizes[0] - 1;
        let kept_rounds = round.min(options.replay.saturating_sub(1) as u64);
        let rounds = (0..kept_rounds).map(|number| {
            let times = in_precision(&kept.exactly(&format!("round {number} times"), options.slices)?);
            let places = options.slices * options.walkers;
            let x = in_precision(&kept.exactly(&format!("round {number} places"), places * d)?);
            Ok(Round { x, log_weights: kept.exactly(&format!("round {number} log weights"), places)?, times })
        });
        let rounds = rounds.collect::<Result<_, Error>>()?;
        Ok(NetworkState {
            adam: Adam { theta, first, second, average, steps },
            rate: Rate { nodes: kept.exactly("rate", RATE_NODES)? },
            round,
            rounds,
            curve: kept.pairs("curve")?,
        })
    }
}

/// What the training minimises.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NetworkObjective {
    Pinn,
    LogVariance,
    ActionMatching,
}

/// The training of a network from random weights.
pub struct NetworkTraining<'a> {
    pub(crate) objective: NetworkObjective,
    pub(crate) options: &'a NetworkOptions,
    pub(crate) model: &'a MlpModel,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) keeper: &'a Keeper<'a>,
}

/// How training ended.
pub struct NetworkTrained {
    pub(crate) theta: Vec<f64>,
    pub(crate) curve: Vec<(f64, f64)>,
    pub(crate) interrupted: bool,
}

/// The training of a network on a target.
pub(crate) struct TrainTarget<'a, T> {
    pub(crate) target: &'a T,
    pub(crate) task: NetworkTraining<'a>,
    pub(crate) state: Option<State>,
}

impl<T: Target> Job for TrainTarget<'_, T> {
    type Output = Result<NetworkTrained, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let path = self.target.path::<R>();
        on_threads(self.task.threads, || R::train_network(&self.task, self.state, &*path))?
    }
}

impl NetworkTraining<'_> {
    pub(crate) fn train<R: Real, const MR: usize>(
        &self,
        state: Option<State>,
        path: &(dyn Path<R> + Send + Sync),
    ) -> Result<NetworkTrained, Error> {
        let options = self.options;
        let mut state = match state {
            Some(mut kept) => NetworkState::<R::Scalar>::read(&self.model.sizes, options, &mut kept)?,
            None => NetworkState::new(&self.model.sizes, self.seed),
        };
        let mut packed = PackedMlp::<R::Scalar, MR>::new(self.model);
        let pinn = Pinn::<R>::default();
        let objective: &dyn Objective<R, MR> = match self.objective {
            NetworkObjective::Pinn => &pinn,
            NetworkObjective::LogVariance => &LogVariance,
            NetworkObjective::ActionMatching => &ActionMatching,
        };
        let mut interrupted = false;
        while state.round < options.rounds {
            packed.set(&state.adam.theta);
            // One stream for the choices of a round; its number leaves 0 for the starting weights.
            let mut choices = Stream::<f64>::new(self.seed, Purpose::Train, state.round + 1);
            let round = self.simulate(path, &packed, state.round, &mut choices);
            state.rounds.push_back(round);
            let mut losses = 0.0;
            for _ in 0..options.updates {
                let (loss, gradient) = objective.batch(options, &packed.trainee(), path, &mut choices, &mut state);
                losses += loss;
                let rate = self.learning_rate(state.adam.steps);
                state.adam.step(&gradient, rate, options.max_norm, options.averaging);
                packed.set(&state.adam.theta);
            }
            if state.rounds.len() >= options.replay {
                state.rounds.pop_front();
            }
            state.round += 1;
            let loss = losses / options.updates as f64;
            state.curve.push((state.round as f64, loss));
            let status =
                Status { stage: "training", done: state.round, total: options.rounds, loss: Some(loss), ess: None };
            if !self.progress.report(&status) {
                interrupted = state.round < options.rounds;
                self.keeper.write(state.tensors())?;
                break;
            }
            self.keeper.keep(|| state.tensors());
        }
        let theta = state.adam.average.iter().map(|theta| theta.to_f64()).collect();
        Ok(NetworkTrained { theta, curve: state.curve, interrupted })
    }

    /// Carries fresh walkers through random times up to the current end of the curriculum.
    fn simulate<R: Real, const MR: usize>(
        &self,
        path: &(dyn Path<R> + Send + Sync),
        packed: &PackedMlp<R::Scalar, MR>,
        round: u64,
        choices: &mut Stream<f64>,
    ) -> Round<R::Scalar> {
        let options = self.options;
        let progress = round as f64 / options.rounds as f64;
        let end = if options.growth > 0.0 { (0.05 + 0.95 * progress / options.growth).min(1.0) } else { 1.0 };
        let mut times: Vec<f64> = (0..options.slices).map(|_| end * choices.uniform()).collect();
        times.sort_by(f64::total_cmp);
        times[0] = 0.0;
        let times: Vec<_> = times.into_iter().map(R::Scalar::from_f64).collect();

        // Places are all that matters, unless they are weighted: then steps have to keep the weights even.
        let (drift, integrator): (DriftBox<'_, R>, _) = match self.objective {
            NetworkObjective::ActionMatching => {
                (Box::new(crate::engine::Outlined(packed.gradient())), Integrator::Split(Map::Euler, Move::Mala))
            }
            _ => (Box::new(crate::engine::Outlined(packed.network())), Integrator::Pair),
        };
        let sampler = Sampler {
            path,
            drift: &*drift,
            integrator,
            motion: Motion::new(R::Scalar::from_f64(options.epsilon)),
            epsilons: &[],
            seed: self.seed,
        };
        let first = round * options.walkers as u64;
        match self.objective {
            NetworkObjective::ActionMatching => carry_population(&sampler, first, options.walkers, times, choices),
            _ => carry_each(&sampler, first, options.walkers, times),
        }
    }

    fn learning_rate(&self, step: u64) -> f64 {
        let total = self.options.rounds * self.options.updates as u64;
        let fraction = step as f64 / total as f64;
        let warm = (100.0 * fraction).min(1.0);
        let (_, cosine) = sin_cos_2pi(0.5 * fraction.min(1.0));
        self.options.learning_rate * warm.max(0.01) * (0.505 + 0.495 * cosine)
    }
}
