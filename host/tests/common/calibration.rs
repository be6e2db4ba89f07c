//! Whether estimates of `Z` and their standard errors are what they say: z-scores over many seeds.

use super::{Moving, plan, run};
use nets_host::engine::{BLOCK, Plan};
use nets_host::model::{DriftModel, Model};
use nets_kernel::step::{Integrator, Move};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use std::fmt;

/// Momenta that last over a few of a handful of steps.
const FRICTION: f64 = 1.5;
/// Enough that the skewness of the weights does not show in their mean.
const WALKERS: u64 = 9600;

/// One setting of the sampler.
pub struct Case<'a> {
    pub integrator: Integrator,
    pub steps: usize,
    pub model: &'a Model,
    /// Resample at every step.
    pub resample: bool,
}

/// What many seeds say of it.
pub enum Verdict {
    /// p-value of the hypothesis that the z-scores are standard normal (Student's t with as many degrees of freedom as
    /// there are blocks, less one, across resamplings), and their mean.
    Scores { p: f64, mean: f64 },
    /// All weights are equal, so there is no error to calibrate: by how much log Z is off.
    Equal { error: f64 },
}

impl Case<'_> {
    /// Runs seeds `0, …, seeds − 1`.
    pub fn verdict(&self, seeds: u64) -> Verdict {
        let target = Moving::example();
        let exact = target.exact_log_z();
        // The perfect drift carries these densities' walkers in straight lines, so both maps are exact: the weights stay
        // equal as long as moves are tested.
        if let (DriftModel::Exact, Integrator::Split(_, Move::Mala | Move::Inertial)) =
            (&self.model.drift, self.integrator)
        {
            let (outcome, _) = run(&target, self.model, &self.plan(0));
            return Verdict::Equal { error: (outcome.log_z - exact).abs() };
        }
        let score = |seed| {
            let (outcome, _) = run(&target, self.model, &self.plan(seed));
            assert_eq!(outcome.lost_walkers, 0);
            assert_eq!(outcome.resamplings > 0, self.resample && self.steps > 1);
            ((outcome.log_z - exact).exp() - 1.0) / outcome.log_z_stderr
        };
        let mut scores: Vec<f64> = (0..seeds).map(score).collect();
        let mean = scores.iter().sum::<f64>() / seeds as f64;
        // Errors across resamplings are estimated from the blocks, and from no more of them.
        let blocks = (WALKERS / BLOCK as u64) as f64;
        let p = if self.resample && self.steps > 1 {
            let student = StudentsT::new(0.0, 1.0, blocks - 1.0).unwrap();
            kolmogorov_smirnov(&mut scores, |z| student.cdf(z))
        } else {
            kolmogorov_smirnov(&mut scores, |z| Normal::standard().cdf(z))
        };
        Verdict::Scores { p, mean }
    }

    fn plan(&self, seed: u64) -> Plan {
        // A single long step of large noise has weights with long tails.
        let epsilon = if self.steps == 1 { 0.25 } else { 0.8 };
        Plan {
            friction: FRICTION,
            // Whenever weights differ at all.
            resample_below: self.resample.then_some(1.0),
            ..plan(WALKERS, self.steps, epsilon, self.integrator, seed)
        }
    }
}

impl Verdict {
    pub fn passes(&self) -> bool {
        match self {
            Verdict::Scores { p, .. } => *p > 0.001,
            Verdict::Equal { error } => *error < 1e-12,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Scores { p, mean } => write!(f, "p = {p:.4}, mean score {mean:+.3}"),
            Verdict::Equal { error } => write!(f, "equal weights, log Z off by {error:.1e}"),
        }
    }
}

/// The p-value of the hypothesis that `scores` have the distribution `cdf`.
pub fn kolmogorov_smirnov(scores: &mut [f64], cdf: impl Fn(f64) -> f64) -> f64 {
    scores.sort_by(f64::total_cmp);
    let n = scores.len() as f64;
    let mut distance: f64 = 0.0;
    for (i, &score) in scores.iter().enumerate() {
        let cdf = cdf(score);
        distance = distance.max((cdf - i as f64 / n).abs()).max(((i + 1) as f64 / n - cdf).abs());
    }
    let lambda = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    let term = |k: f64| (-1f64).powf(k - 1.0) * (-2.0 * k * k * lambda * lambda).exp();
    (2.0 * (1..=100).map(|k| term(k as f64)).sum::<f64>()).clamp(0.0, 1.0)
}
