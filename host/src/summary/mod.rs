//! What a run has to say: one object for scripts, one table for people.

mod table;

pub(crate) use table::write_table;

use crate::engine::{Backward, Outcome, Plan, ScanPoint};
use crate::metric::Coverage;
use crate::model::{Model, integrator_name};
use crate::target::Target;
use serde::Serialize;

/// The result of a command, as `summary.json` and `--json` have it. Every field is there always, `null` where it is
/// not known; so is a number that JSON cannot write, such as an infinite error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the target.
    pub target: String,
    /// The dimension.
    pub dim: usize,
    /// Walkers that finished.
    pub walkers: Option<u64>,
    /// Steps along the path.
    pub steps: Option<usize>,
    /// The diffusivity.
    pub epsilon: Option<f64>,
    /// The integrator.
    pub integrator: Option<&'static str>,
    /// Precision of the walkers.
    pub precision: &'static str,
    /// The seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// Processes.
    pub ranks: usize,
    /// `log Z` of the target.
    pub log_z: Option<f64>,
    /// Its standard error.
    pub log_z_stderr: Option<f64>,
    /// Its exact value.
    pub log_z_exact: Option<f64>,
    /// Effective sample size as a fraction.
    pub ess: Option<f64>,
    /// The least effective sample size along the path.
    pub ess_path_min: Option<f64>,
    /// The largest normalised weight.
    pub max_weight: Option<f64>,
    /// Walkers of weight zero.
    pub lost_walkers: Option<u64>,
    /// How often the population was resampled.
    pub resamplings: Option<u64>,
    /// Mean acceptance of the moves.
    pub acceptance: Option<f64>,
    /// Seconds of training, in this run or when the model was made.
    pub train_seconds: Option<f64>,
    /// Seconds of sampling.
    pub sample_seconds: Option<f64>,
    /// Steps of walkers in a second of sampling.
    pub walker_steps_per_second: Option<f64>,
    /// A bound on the Kullback–Leibler divergence of walkers that follow the drift alone, unweighted.
    pub kl_bound: Option<f64>,
    /// The model's file.
    pub model: Option<String>,
    /// The samples' file.
    pub out: Option<String>,
    /// Whether the run was stopped before it was done.
    pub interrupted: bool,
    /// Whether the modes have their weights.
    pub coverage: Option<Coverage>,
    /// `W₂` to exact samples.
    pub w2: Option<f64>,
    /// `W₂` between two clouds of exact samples.
    pub w2_floor: Option<f64>,
    /// Whether steps are of equal length, or as a pilot found them.
    pub grid: Option<&'static str>,
    /// How many walkers an instruction moves.
    pub lanes: &'static str,
    /// The drift in words.
    pub drift: Option<String>,
    /// The objective it was trained with.
    pub objective: Option<String>,
    /// Seconds of the scans.
    pub scan_seconds: Option<f64>,
    /// Seconds of comparing the walkers with exact samples.
    pub metric_seconds: Option<f64>,
    /// What the scan over the diffusivity found.
    pub scan: Option<Vec<ScanPoint>>,
    /// The Gaussian that walkers of a target from a library started from.
    pub base: Option<Base>,
    /// Seconds of fitting it.
    pub base_seconds: Option<f64>,
    /// Whether the drift was worth its training.
    pub advice: Option<Advice>,
    /// `log Z_0 + mean A`: by Jensen's inequality a lower bound on `log Z`, in the mean (ELBO).
    pub elbo: Option<f64>,
    /// What exact samples say that were carried back along the path.
    pub backward: Option<BackwardSummary>,
}

/// What exact samples of the target say of the sampler, see [`Backward`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BackwardSummary {
    /// How many there were.
    pub samples: usize,
    /// How many of their paths were lost.
    pub lost: u64,
    /// The forward effective sample size as a fraction.
    pub ess: f64,
    /// The upper bound on `log Z`, in the mean.
    pub eubo: f64,
    /// Its standard error.
    pub eubo_stderr: f64,
    /// `log Z` by these paths alone.
    pub log_z: f64,
    /// Its standard error.
    pub log_z_stderr: f64,
}

impl From<&Backward> for BackwardSummary {
    fn from(found: &Backward) -> BackwardSummary {
        let Backward { ref log_weights, lost, eubo, eubo_stderr, ess, log_z, log_z_stderr, .. } = *found;
        BackwardSummary { samples: log_weights.len(), lost, ess, eubo, eubo_stderr, log_z, log_z_stderr }
    }
}

/// A drift and sequential Monte Carlo compared, training included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// In words.
    pub text: String,
    /// From how many effective samples on the drift takes less time; `None` if it never does.
    pub break_even: Option<f64>,
    /// The drift, after training and scans.
    pub drift: Rate,
    /// Sequential Monte Carlo, after its pilot.
    pub smc: Rate,
    /// Seconds that the comparison took.
    pub seconds: f64,
}

/// How fast a method gives samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Seconds before the first.
    pub seconds_before: f64,
    /// Effective samples in a second from then on.
    pub samples_per_second: f64,
}

/// A Gaussian with independent coordinates, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Base {
    /// `fitted` by a pilot, `given` by the user, or that of the `model`.
    pub origin: &'static str,
    /// Annealed passes of the fit.
    pub passes: Option<usize>,
    /// Means.
    pub mean: Vec<f64>,
    /// Standard deviations.
    pub sd: Vec<f64>,
}

impl Summary {
    /// What is known before anything was computed. Of the plan it takes what describes the run rather than its
    /// sampling.
    pub fn new(target: &impl Target, plan: &Plan) -> Summary {
        Summary {
            target: target.name(),
            dim: target.dim(),
            walkers: None,
            steps: None,
            epsilon: None,
            integrator: None,
            precision: plan.precision.name(),
            seed: plan.seed,
            threads: plan.threads,
            ranks: 1,
            log_z: None,
            log_z_stderr: None,
            log_z_exact: target.log_z(),
            ess: None,
            ess_path_min: None,
            max_weight: None,
            lost_walkers: None,
            resamplings: None,
            acceptance: None,
            train_seconds: None,
            sample_seconds: None,
            walker_steps_per_second: None,
            kl_bound: None,
            model: None,
            out: None,
            interrupted: false,
            coverage: None,
            w2: None,
            w2_floor: None,
            grid: None,
            lanes: plan.width.name(),
            drift: None,
            objective: None,
            scan_seconds: None,
            metric_seconds: None,
            scan: None,
            base: None,
            base_seconds: None,
            advice: None,
            elbo: None,
            backward: None,
        }
    }

    /// Adds the base, and the seconds that it took.
    pub fn add_base(&mut self, base: Option<(Base, f64)>) {
        let (base, seconds) = base.unzip();
        self.base_seconds = seconds.filter(|&seconds| seconds > 0.0);
        self.base = base;
    }

    /// Adds what is known of the model.
    pub fn add_model(&mut self, model: &Model) {
        let record = &model.record;
        self.drift = Some(record.drift.clone());
        if record.objective != "none" {
            self.objective = Some(record.objective.clone());
            self.train_seconds = Some(record.seconds);
        }
        self.kl_bound = record.kl_bound;
    }

    /// Adds what sampling found.
    pub fn add_outcome(&mut self, plan: &Plan, outcome: &Outcome) {
        self.walkers = Some(outcome.walkers);
        self.steps = Some(plan.steps);
        self.epsilon = plan.protocol.is_none().then_some(plan.epsilon);
        self.grid = Some(if plan.protocol.is_some() { "adaptive" } else { "uniform" });
        if plan.until < 1.0 {
            self.log_z_exact = None;
        }
        self.integrator = Some(integrator_name(plan.integrator));
        self.log_z = Some(outcome.log_z);
        self.log_z_stderr = Some(outcome.log_z_stderr);
        self.ess = Some(outcome.ess);
        self.ess_path_min = outcome.ess_path.iter().copied().reduce(f64::min);
        self.max_weight = Some(outcome.max_weight);
        self.lost_walkers = Some(outcome.lost_walkers);
        self.resamplings = Some(outcome.resamplings);
        self.acceptance = outcome.acceptance;
        self.sample_seconds = Some(outcome.seconds);
        self.walker_steps_per_second = Some(outcome.walkers as f64 * plan.steps as f64 / outcome.seconds);
        self.interrupted |= outcome.interrupted;
    }

    /// How many standard errors the estimate of `log Z` lies from the exact value.
    pub fn deviation(&self) -> Option<f64> {
        let deviation = (self.log_z? - self.log_z_exact?) / self.log_z_stderr?;
        deviation.is_finite().then_some(deviation)
    }

    /// The object, on one line.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a summary is plain data")
    }

    /// The object, for people to read too.
    pub fn pretty_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a summary is plain data") + "\n"
    }
}

#[cfg(test)]
mod tests;
