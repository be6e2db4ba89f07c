//! A Gaussian base for a density of which nothing is known but `U` and `∇U`.

mod moments;
mod relax;

use super::pilot::Adapting;
use super::{Error, PilotOptions, Plan, log_weights, on_threads};
use crate::lanes::{Job, Lane, Precision, dispatch};
use crate::progress::{Progress, Status};
use crate::target::{Frame, PathBox, Target, watched};
use moments::{Moments, moments};
use nets_kernel::drift::Zero;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::derive_seed;
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Map, Motion, Move};
use rayon::prelude::*;
use relax::Cloud;
use std::time::Instant;

/// A base that was fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedBase {
    /// Its means and standard deviations, and the coordinates in which it is N(0, I).
    pub frame: Frame,
    /// Annealed passes of the attempt that settled, until they stayed what they were.
    pub passes: usize,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// The part of a run that the fit of a base is, for [`derive_seed`].
const FIT: u64 = 6;
/// Passes that the walkers have to come to rest in.
const PASSES: usize = 12;
/// The base is wider than the density by this, in every coordinate: its tails are where annealing begins.
const WIDER: f64 = 1.3;
/// How much wider than the walkers of the first phase the first pass begins.
const FIRST_WIDER: f64 = 2.0;
/// A base is settled when the walkers that started from it say the same, to within so many of its standard deviations and
/// this factor of them.
const SETTLED: (f64, f64) = (0.35, 1.4);
/// Attempts: the part of the first phase in which it cools from a high temperature, the conditional ESS that the steps of a
/// pass keep, and how many there may be. Without cooling walkers arrive soonest; with it they are not caught in the first
/// valley, and smaller steps lead more of them out of it.
const ATTEMPTS: [(f64, f64, usize); 3] = [(0.0, 0.99, 1000), (0.8, 0.99, 1000), (0.8, 0.999, 3000)];
/// The share of the first phase in the progress that is shown.
const FIRST_SHARE: f64 = 0.4;

/// Finds the Gaussian that walkers start from, with independent coordinates: `framed` makes the target of a frame, in
/// `dim` dimensions. First a population finds where the density is, from guesses that reach from 1 to 1000 around the
/// origin, by Langevin moves whose lengths come from the curvature of `U` along each coordinate. Then passes of annealed
/// walkers, resampled, go from the Gaussian that was found to the density and measure it, until what they measure is what
/// they started from; the base is 1.3 times as wide. A mode that no walker finds is not covered.
///
/// Weighted walkers are drawn after the base is fixed and know nothing of how, so their estimates stay exactly unbiased.
/// Of `plan` seed, threads and lanes count; everything is in double precision.
///
/// # Errors
///
/// [`Error::Base`] if the potential is finite nowhere near the origin, walkers are lost on the way, or mean or width do not
/// settle, as those of a density that has no normaliser; a potential that fails; [`Error::Stopped`].
pub fn fit_base<T: Target>(
    dim: usize,
    framed: &dyn Fn(Frame) -> T,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<FittedBase, Error> {
    let begun = Instant::now();
    let seed = derive_seed(plan.seed, FIT);
    let mut first = None;
    for (attempt, (cooling, conditional_ess, max_steps)) in ATTEMPTS.into_iter().enumerate() {
        let seed = derive_seed(seed, attempt as u64);
        let fit = Fit { dim, framed, cooling, conditional_ess, max_steps, seed, plan, progress };
        match fit.run() {
            Ok((frame, passes)) => return Ok(FittedBase { frame, passes, seconds: begun.elapsed().as_secs_f64() }),
            Err(error @ Error::Base { .. }) => first = first.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(first.expect("there is a first attempt"))
}

/// An attempt.
struct Fit<'a, T> {
    dim: usize,
    framed: &'a dyn Fn(Frame) -> T,
    cooling: f64,
    conditional_ess: f64,
    max_steps: usize,
    seed: u64,
    plan: &'a Plan,
    progress: &'a dyn Progress,
}

impl<T: Target> Fit<'_, T> {
    fn run(&self) -> Result<(Frame, usize), Error> {
        let mut frame = self.relaxed()?;
        for pass in 0..PASSES {
            let measured = self.pass(&frame, pass)?;
            let next = self.moved(&frame, &measured, WIDER)?;
            let settled =
                |(m, s): (&f64, &f64)| m.abs() < SETTLED.0 && (1.0 / SETTLED.1..SETTLED.1).contains(&(WIDER * s));
            let Some(i) = measured.mean.iter().zip(&measured.sd).position(|pair| !settled(pair)) else {
                return Ok((next, pass + 1));
            };
            if pass + 1 == PASSES {
                let at = |frame: &Frame| format!("{:.4e} ± {:.4e}", frame.mean()[i], frame.sd()[i]);
                return Err(self.no_base(format!(
                    "after {PASSES} passes coordinate {i} (of 0 to {}) still changes, from {} to {}; the density may have \
                     no normaliser",
                    self.dim - 1,
                    at(&frame),
                    at(&next)
                )));
            }
            frame = next;
        }
        unreachable!("the last pass returns")
    }

    /// The frame of the walkers that arrived from their guesses.
    fn relaxed(&self) -> Result<Frame, Error> {
        let (target, threads) = ((self.framed)(Frame::unit(self.dim)), self.plan.threads);
        let (seed, cooling) = (self.seed, self.cooling);
        let relaxed = watched(&target, self.progress, |progress| {
            let relaxing = Relaxing { target: &target, seed, cooling, threads, progress };
            dispatch(self.plan.width, Precision::F64, relaxing)?
        })?;
        let Some(cloud) = relaxed else {
            let words =
                format!("U or its gradient is not finite at any of {} points around the origin", relax::WALKERS);
            return Err(self.no_base(words));
        };
        let arrived: Vec<f64> = cloud.arrived().flatten().copied().collect();
        let measured = moments(self.dim, &arrived, &vec![0.0; arrived.len() / self.dim]);
        self.moved(&Frame::unit(self.dim), &measured, FIRST_WIDER)
    }

    /// What walkers measure, in the coordinates of `frame`, that have gone from its Gaussian to the density.
    fn pass(&self, frame: &Frame, number: usize) -> Result<Moments, Error> {
        let target = (self.framed)(frame.clone());
        let (seed, threads) = (derive_seed(self.seed, number as u64), self.plan.threads);
        let arrived = watched(&target, self.progress, |progress| {
            let (conditional_ess, max_steps) = (self.conditional_ess, self.max_steps);
            let pass = Pass { target: &target, number, conditional_ess, max_steps, seed, threads, progress };
            dispatch(self.plan.width, Precision::F64, pass)?
        });
        match arrived {
            Ok((y, log_weights)) => Ok(moments(self.dim, &y, &log_weights)),
            Err(Error::AllLost { time, .. }) => {
                Err(self.no_base(format!("all walkers of a pass from {} were lost by t = {time:.4}", words(frame))))
            }
            Err(Error::Setting { .. }) => Err(self.no_base(format!(
                "the way from {} takes more than {} steps; the density may have no normaliser",
                words(frame),
                self.max_steps
            ))),
            Err(error) => Err(error),
        }
    }

    /// The frame of what was measured in the coordinates of `frame`, `wider` times as wide.
    fn moved(&self, frame: &Frame, measured: &Moments, wider: f64) -> Result<Frame, Error> {
        let mut mean = measured.mean.clone();
        frame.place(&mut mean);
        let sd: Vec<f64> = frame.sd().iter().zip(&measured.sd).map(|(sd, s)| sd * s * wider).collect();
        if let Some(i) = mean.iter().zip(&sd).position(|(m, s)| !(m.is_finite() && s.is_finite() && *s > 0.0)) {
            let (mean, sd) = (mean[i], sd[i]);
            return Err(
                self.no_base(format!("the walkers' coordinate {i} has mean {mean} and standard deviation {sd}"))
            );
        }
        Frame::new(mean, sd).map_err(|problem| self.no_base(problem))
    }

    fn no_base(&self, problem: String) -> Error {
        Error::Base { target: (self.framed)(Frame::unit(self.dim)).name(), problem }
    }
}

/// A Gaussian in words.
fn words(frame: &Frame) -> String {
    let range = |numbers: &[f64]| {
        let (low, high) = numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        format!("{low:.4e} to {high:.4e}")
    };
    format!("a Gaussian with means {} and standard deviations {}", range(frame.mean()), range(frame.sd()))
}

struct Relaxing<'a, T> {
    target: &'a T,
    seed: u64,
    cooling: f64,
    threads: usize,
    progress: &'a dyn Progress,
}

impl<T: Target> Job for Relaxing<'_, T> {
    type Output = Result<Option<Cloud>, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let Relaxing { target, seed, cooling, threads, progress } = self;
        let path = target.path::<R>();
        let mut done = 0;
        let mut evaluated = |cloud: &mut Cloud| {
            evaluate(&path, cloud);
            let total = (relax::STEPS as f64 / FIRST_SHARE) as u64;
            let status = Status { stage: STAGE, done, total, loss: None, ess: None };
            done += 1;
            if target.failed(None) || !progress.report(&status) { Err(Error::Stopped) } else { Ok(()) }
        };
        on_threads(threads, || relax::relax(path.dim(), seed, cooling, &mut evaluated))?
    }
}

/// What a fit says that it is doing.
const STAGE: &str = "fitting the base";

/// `U_1` and its gradient at the points of a cloud.
fn evaluate<R: Lane>(path: &PathBox<'_, R>, cloud: &mut Cloud) {
    let d = path.dim();
    let rows = R::LANES * d;
    let tiles = cloud.x.par_chunks(rows).zip(cloud.u.par_chunks_mut(R::LANES)).zip(cloud.gradient.par_chunks_mut(rows));
    tiles.for_each(|((x, u), gradient)| {
        // Lanes beyond the last point are nowhere, so that no potential is asked about them.
        let mut tile = vec![R::splat(R::Scalar::from_f64(f64::NAN)); d];
        let (mut slope, mut scratch) = (tile.clone(), vec![R::zero(); path.scratch()]);
        for (lane, point) in x.chunks_exact(d).enumerate() {
            tile.iter_mut().zip(point).for_each(|(to, &x)| to.set_lane(lane, R::Scalar::from_f64(x)));
        }
        let potential = path.potential(R::one(), &tile, &mut slope, &mut scratch);
        for (lane, (u, gradient)) in u.iter_mut().zip(gradient.chunks_exact_mut(d)).enumerate() {
            *u = potential.lane(lane).to_f64();
            gradient.iter_mut().zip(&slope).for_each(|(to, g)| *to = g.lane(lane).to_f64());
        }
    });
}

#[derive(Clone, Copy)]
struct Pass<'a, T> {
    target: &'a T,
    number: usize,
    conditional_ess: f64,
    max_steps: usize,
    seed: u64,
    threads: usize,
    progress: &'a dyn Progress,
}

impl<T: Target> Job for Pass<'_, T> {
    /// Rows of points in the coordinates of the frame, and their log weights.
    type Output = Result<(Vec<f64>, Vec<f64>), Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let path = self.target.path::<R>();
        let drift = Zero { dim: path.dim() };
        let sampler = Sampler {
            path: &*path,
            drift: &drift as _,
            integrator: Integrator::Split(Map::Midpoint, Move::Mala),
            motion: Motion::new(R::Scalar::zero()),
            epsilons: &[],
            seed: self.seed,
        };
        let options = PilotOptions { walkers: relax::WALKERS, max_steps: self.max_steps, ..PilotOptions::default() };
        let adapting = Adapting { options: &options, stage: STAGE, progress: self.progress };
        let each = (1.0 - FIRST_SHARE) / PASSES as f64;
        let begin = FIRST_SHARE + each * self.number as f64;
        on_threads(self.threads, || {
            let tiles = adapting.run(sampler, self.conditional_ess, begin..begin + each)?.tiles;
            let lane = |walker: usize, i: usize| tiles[walker / R::LANES].x[i].lane(walker % R::LANES).to_f64();
            let y = (0..options.walkers).flat_map(|walker| (0..path.dim()).map(move |i| (walker, i)));
            Ok((y.map(|(walker, i)| lane(walker, i)).collect(), log_weights(&tiles, options.walkers)))
        })?
    }
}
