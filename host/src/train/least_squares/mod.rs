//! The drift by least squares, slice by slice.
//!
//! For a drift linear in its coefficients, `b = Σ_a θ_a b_a`, the variance of the residual
//! `∇·b − ∇U·b − ∂_tU` over the density of a time slice is quadratic in `θ`. One pass over the grid fits slice after
//! slice; the walkers that it is fitted on are moved by the drift just found, with exact weights.
//!
//! Each slice is fitted at its *middle*: one set of coefficients serves from `t_k` to `t_{k+1}`, and the perfect drift
//! of the middle, frozen over the slice, is second-order accurate where that of the start is first-order (on the
//! 40-mode mixture with 100 slices: ESS 0.9999 against 0.985). The fit's walkers therefore live at the middles.

mod centres;
mod gates;
mod lattice;
mod modes;
mod solve;

use super::checkpoint::{Keeper, State, curve};
use crate::engine::{AnySampler, Batch, Error, acceptance, carry_on, log_weights, on_threads, start};
use crate::file::{Tensor, Tensors};
use crate::lanes::{Job, Lane};
use crate::progress::{Progress, Status};
use crate::target::{DriftBox, PathBox, Target};
use gates::GatesFamily;
use lattice::LatticeFamily;
use modes::ModesFamily;
pub use modes::ModesOptions;
use nets_kernel::drift::Drift;
use nets_kernel::math::exp;
use nets_kernel::path::Path;
use nets_kernel::potential::Lattice;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::resample::systematic;
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Map, Motion, Move};
use nets_kernel::weight::WeightSum;
use rayon::prelude::*;
use serde::Serialize;
use solve::{Regression, Solution};

/// Settings of the least-squares fit. The defaults are what did best on the 40-mode mixture among some fifty variants;
/// `docs/least-squares.md` has the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeastSquaresOptions {
    /// Walkers that the fit is made on; ten for each coefficient keep it from over-fitting.
    pub walkers: usize,
    /// Slices of equal length.
    pub slices: usize,
    /// What the drift is made of.
    #[serde(flatten)]
    pub features: Features,
    /// The ridge on standardised features. It is what keeps the map of a step one-to-one away from the data: 1e-6
    /// loses walkers, 1e-2 costs half a percent of ESS.
    pub ridge: f64,
    /// The floor under the features' variances, as a fraction of their mean.
    pub floor: f64,
    /// Resample the fit's walkers when their ESS falls below this.
    pub resample_below: f64,
}

/// What a drift is linear in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "features", rename_all = "kebab-case")]
pub enum Features {
    /// Gates with local affine maps ([`nets_kernel::drift::local_affine`]).
    Gates(GateOptions),
    /// A kernel on a periodic lattice, functions of a site and of the field's means ([`nets_kernel::drift::lattice`]), for
    /// targets that are fields on one.
    Lattice,
    /// Modes that a pilot population finds, in the subspace that they span ([`nets_kernel::drift::modes`]).
    Modes(ModesOptions),
}

/// Settings of gates with local affine maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GateOptions {
    /// Gates in a block.
    pub gates: usize,
    /// The blocks' dimension: `d` for gates that see all coordinates, 1 for each coordinate on its own.
    pub block: usize,
    /// A gate's width over the root mean square distance of walkers to the nearest centre: 1.2 to 1.7 do equally.
    pub width: f64,
}

impl LeastSquaresOptions {
    /// The defaults of [`Features::Gates`] in `dim` dimensions.
    pub fn gates(dim: usize) -> Self {
        let (block, gates) = if dim == 2 || dim == 3 { (dim, 50) } else { (1, 12) };
        LeastSquaresOptions {
            walkers: 4080,
            slices: 100,
            features: Features::Gates(GateOptions { gates, block, width: 1.5 }),
            ridge: 1e-3,
            floor: 1.0,
            resample_below: 0.7,
        }
    }

    /// The defaults of [`Features::Modes`].
    pub fn modes() -> Self {
        LeastSquaresOptions {
            walkers: 4080,
            slices: 100,
            features: Features::Modes(ModesOptions { modes: 16, descents: 960 }),
            ridge: 1e-6,
            floor: 1e-3,
            resample_below: 0.7,
        }
    }

    /// The defaults of [`Features::Lattice`].
    pub fn lattice() -> Self {
        LeastSquaresOptions {
            walkers: 4080,
            slices: 100,
            features: Features::Lattice,
            ridge: 1e-5,
            floor: 0.0,
            resample_below: 0.7,
        }
    }
}

/// Acceptance that the diffusivity of the fit's moves is adapted to: as much motion as MALA gives.
const ACCEPTANCE: (f64, f64) = (0.85, 0.95);

/// Steps of a pilot for each slice: without a drift, walkers lag behind in long steps. Steps in which its moves find their
/// length.
const PILOT_STEPS: usize = 2;
const PILOT_WARM_UP: usize = 25;

/// How a fit ended.
pub struct Fitted {
    /// Where the slices start.
    pub(crate) times: Vec<f64>,
    /// Their numbers, one after the other.
    pub(crate) numbers: Vec<f64>,
    /// Root of the residual's variance against time.
    pub(crate) curve: Vec<(f64, f64)>,
    /// What the family of drifts remembers.
    pub(crate) memory: Vec<f64>,
    pub(crate) interrupted: bool,
}

/// The fit of a drift.
pub struct LeastSquares<'a> {
    pub(crate) options: &'a LeastSquaresOptions,
    /// Where the target's fields live, if it has fields.
    pub(crate) lattice: Option<Lattice>,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) keeper: &'a Keeper<'a>,
}

/// The fit of a drift to a target.
pub(crate) struct FitTarget<'a, T> {
    pub(crate) target: &'a T,
    pub(crate) task: LeastSquares<'a>,
    pub(crate) state: Option<State>,
}

impl<T: Target> Job for FitTarget<'_, T> {
    type Output = Result<Fitted, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let path = self.target.path::<R>();
        on_threads(self.task.threads, || R::fit(&self.task, self.state, path))?
    }
}

/// A family of drifts, with the slice that is being fitted.
trait Family<R: Real>: Sync {
    /// How many coefficients a slice has.
    fn coefficients(&self) -> usize;
    /// Whether it has to see the whole path before the fit.
    fn wants_pilot(&self) -> bool {
        false
    }
    /// Looks at a pilot population at the end of the path: its tiles, coordinates of its walkers, and whether they count
    /// (their weights are 1 or 0).
    fn explore(
        &mut self,
        _path: &(dyn Path<R> + Send + Sync),
        _tiles: &[Batch<R>],
        _positions: &dyn Fn(usize, usize) -> f64,
        _weights: &[f64],
    ) {
    }
    /// Chooses what the drift at `t` is not linear in, from the walkers: coordinates, and weights that sum to one.
    fn place(&mut self, _t: f64, _positions: &dyn Fn(usize, usize) -> f64, _weights: &[f64]) {}
    /// Writes the regressors `∇·b_a − ∇U·b_a` at the walkers of a tile.
    fn regressors(&self, x: &[R], gradient: &[R], regressors: &mut [R]);
    /// Takes the coefficients of the slice.
    fn set(&mut self, coefficients: &[f64]);
    /// The numbers of the slice, as a model keeps them.
    fn numbers(&self) -> &[f64];
    /// How many there are.
    fn len(&self) -> usize;
    /// The slice as a drift that moves the fit's walkers.
    fn drift(&self) -> DriftBox<'_, R>;
    /// Follows the walkers, which the slice has moved for a time.
    fn follow(&mut self, _time: f64) {}
    /// What it remembers from slice to slice, for a checkpoint.
    fn memory(&self) -> Vec<f64> {
        vec![]
    }
    /// Goes on from a checkpoint.
    fn remember(&mut self, _memory: &[f64]) {}
}

/// A fit under way.
pub(crate) struct Fit<'a, R: Lane> {
    task: &'a LeastSquares<'a>,
    path: PathBox<'a, R>,
    family: Box<dyn Family<R> + 'a>,
    tiles: Vec<Batch<R>>,
    epsilon: f64,
    moves: u64,
    /// Whether these are the walkers of the pilot.
    piloting: bool,
    /// The slices that are done.
    times: Vec<f64>,
    numbers: Vec<f64>,
    curve: Vec<(f64, f64)>,
}

impl<'a, R: Lane> Fit<'a, R> {
    pub(crate) fn new(task: &'a LeastSquares<'a>, path: PathBox<'a, R>) -> Self {
        let d = path.dim();
        let tiles = (0..task.options.walkers.div_ceil(R::LANES)).map(|_| Batch::new(d)).collect();
        let family: Box<dyn Family<R>> = match (task.options.features, task.lattice) {
            (Features::Gates(options), _) => Box::new(GatesFamily::new(d, options, task.seed)),
            (Features::Lattice, Some(lattice)) => Box::new(LatticeFamily::<R>::new(lattice)),
            (Features::Modes(options), _) => Box::new(ModesFamily::new(d, options)),
            (Features::Lattice, None) => unreachable!("checked before the fit"),
        };
        Fit {
            task,
            path,
            family,
            tiles,
            epsilon: 1.0,
            moves: 0,
            piloting: false,
            times: vec![],
            numbers: vec![],
            curve: vec![],
        }
    }

    pub(crate) fn run(mut self, state: Option<State>) -> Result<Fitted, Error> {
        let slices = self.task.options.slices;
        let time = |k: usize| k as f64 / slices as f64;
        let middle = |k: usize| (k as f64 + 0.5) / slices as f64;
        let mut interrupted = false;

        match state {
            Some(state) => {
                self.start();
                self.read(state)?;
            }
            None => {
                if self.family.wants_pilot() {
                    self.pilot()?;
                }
                self.start();
                self.fit_slice(0.0)?;
                self.advance(0.0, middle(0));
            }
        }
        for k in self.times.len()..slices {
            let residual = self.fit_slice(middle(k))?;
            self.times.push(time(k));
            self.numbers.extend_from_slice(self.family.numbers());
            self.curve.push((middle(k), residual.sqrt()));
            let sums = WeightSum::of(&self.log_weights());
            if sums.lost == sums.walkers {
                return Err(Error::AllLost { walkers: sums.walkers, time: middle(k) });
            }
            let status = Status {
                stage: "fitting",
                done: k as u64 + 1,
                total: slices as u64,
                loss: Some(residual.sqrt()),
                ess: Some(sums.ess()),
            };
            let go_on = self.task.progress.report(&status);
            if k + 1 == slices {
                break;
            }
            self.advance(middle(k), middle(k + 1));
            if !go_on {
                self.task.keeper.write(self.tensors())?;
                interrupted = true;
                break;
            }
            self.task.keeper.keep(|| self.tensors());
        }
        let memory = self.family.memory();
        Ok(Fitted { times: self.times, numbers: self.numbers, curve: self.curve, memory, interrupted })
    }

    /// Places all walkers at the start of the path.
    fn start(&mut self) {
        let mut tiles = std::mem::take(&mut self.tiles);
        start(&self.sampler(&*self.family.drift()), &mut tiles);
        self.tiles = tiles;
    }

    /// Drags walkers along the path, without a drift, for the family to look at. Cut short, the fit ends after a slice.
    ///
    /// They are neither weighted nor resampled: without a drift a few would soon have all the weight, and modes would die
    /// out with the others' lines. Where modes are is all that is asked.
    fn pilot(&mut self) -> Result<(), Error> {
        let steps = PILOT_STEPS * self.task.options.slices;
        let time = |k: usize| k as f64 / steps as f64;
        let usual = self.epsilon;
        self.piloting = true;
        // The start of the path is where walkers part, so moves have their length before.
        self.start();
        for k in 0..PILOT_WARM_UP.min(steps) {
            self.advance(time(k), time(k + 1));
        }
        self.start();
        for k in 0..steps {
            self.advance(time(k), time(k + 1));
            let sums = WeightSum::of(&self.log_weights());
            if sums.lost == sums.walkers {
                return Err(Error::AllLost { walkers: sums.walkers, time: time(k + 1) });
            }
            let (done, total) = (k as u64 + 1, steps as u64);
            self.task.progress.report(&Status { stage: "pilot", done, total, loss: None, ess: None });
        }
        self.epsilon = (self.epsilon / PILOT_STEPS as f64).max(usual);
        self.piloting = false;
        let walkers = self.log_weights().into_iter();
        let weights: Vec<f64> = walkers.map(|weight| if weight.is_finite() { 1.0 } else { 0.0 }).collect();
        let tiles = &self.tiles;
        self.family.explore(&*self.path, tiles, &|walker, i| position(tiles, walker, i), &weights);
        Ok(())
    }

    /// For a checkpoint: the walkers, and what the slices so far came to.
    fn tensors(&self) -> Tensors {
        let (d, walkers) = (self.path.dim(), self.task.options.walkers);
        let mut x = Vec::with_capacity(walkers * d);
        for walker in 0..walkers {
            x.extend((0..d).map(|i| position(&self.tiles, walker, i)));
        }
        Tensors::from([
            ("x".to_string(), Tensor::new(&[walkers, d], &x)),
            ("log_weights".to_string(), Tensor::vector(&self.log_weights())),
            ("family".to_string(), Tensor::vector(&self.family.memory())),
            ("times".to_string(), Tensor::vector(&self.times)),
            ("numbers".to_string(), Tensor::vector(&self.numbers)),
            ("curve".to_string(), curve(&self.curve)),
            ("moves".to_string(), Tensor::vector(&[self.epsilon, self.moves as f64])),
        ])
    }

    /// From a checkpoint.
    fn read(&mut self, mut kept: State) -> Result<(), Error> {
        let (d, options) = (self.path.dim(), self.task.options);
        let x = kept.exactly("x", options.walkers * d)?;
        let log_weights = kept.exactly("log_weights", options.walkers)?;
        for (walker, (x, log_weight)) in x.chunks_exact(d).zip(log_weights).enumerate() {
            let (tile, lane) = (&mut self.tiles[walker / R::LANES], walker % R::LANES);
            for (to, &x) in tile.x.iter_mut().zip(x) {
                to.set_lane(lane, R::Scalar::from_f64(x));
            }
            tile.log_weights[lane] = log_weight;
        }
        self.family.remember(&kept.values("family")?);
        self.times = kept.values("times")?;
        self.numbers = kept.exactly("numbers", self.times.len() * self.family.len())?;
        self.curve = kept.pairs("curve")?;
        let [epsilon, moves] = kept.numbers("moves")?;
        (self.epsilon, self.moves) = (epsilon, moves as u64);
        Ok(())
    }

    /// A sampler that makes the fit's moves.
    fn sampler<'s>(&'s self, drift: &'s (dyn Drift<R> + Send + Sync + 's)) -> AnySampler<'s, R> {
        Sampler {
            path: &*self.path,
            drift,
            integrator: Integrator::Split(Map::Midpoint, Move::Mala),
            motion: Motion::new(R::Scalar::from_f64(self.epsilon)),
            epsilons: &[],
            seed: self.task.seed,
        }
    }

    fn log_weights(&self) -> Vec<f64> {
        log_weights(&self.tiles, self.task.options.walkers)
    }

    /// Normalised weights of the walkers; zeros for the lost.
    fn weights(&self) -> Vec<f64> {
        let log_weights = self.log_weights();
        let sums = WeightSum::of(&log_weights);
        let level = sums.log_mean() + (log_weights.len() as f64).ln();
        let weight = |a: f64| if a.is_finite() { exp(a - level) } else { 0.0 };
        log_weights.into_iter().map(weight).collect()
    }

    /// Moves the walkers, resampled if need be, with the current slice from `t` to `next`.
    fn advance(&mut self, t: f64, next: f64) {
        let options = self.task.options;
        let (from, to) = (R::Scalar::from_f64(t), R::Scalar::from_f64(next));
        let mut tiles = std::mem::take(&mut self.tiles);
        R::step(&self.sampler(&*self.family.drift()), &mut tiles, self.moves, from, to);
        self.tiles = tiles;
        self.moves += 1;
        self.family.follow(next - t);

        let acceptance = acceptance(&self.tiles, options.walkers);
        if acceptance > ACCEPTANCE.1 {
            self.epsilon *= 1.5;
        } else if acceptance < ACCEPTANCE.0 {
            self.epsilon /= 1.5;
        }

        let log_weights = self.log_weights();
        if !self.piloting && WeightSum::of(&log_weights).ess() < options.resample_below {
            let uniform = Stream::<f64>::new(self.task.seed, Purpose::Resample, self.moves).uniform();
            let mut copies = vec![0; log_weights.len()];
            if systematic(&log_weights, uniform, &mut copies).is_some() {
                carry_on(&mut copies, &mut self.tiles);
            }
        }
    }

    /// Fits the slice around time `t` to the walkers, which are at `t`; returns the residual's variance.
    fn fit_slice(&mut self, t: f64) -> Result<f64, Error> {
        let weights = self.weights();
        let tiles = &self.tiles;
        self.family.place(t, &|walker, i| position(tiles, walker, i), &weights);
        let regression = self.regression(t, weights)?;
        let failed = Error::Fit { time: t, reason: "its normal equations are not positive definite or not finite" };
        let Solution { coefficients, residual } =
            regression.solve(self.task.options.ridge, self.task.options.floor).ok_or(failed)?;
        self.family.set(&coefficients);
        Ok(residual)
    }

    /// The regressors and `∂_tU` at every walker. A walker where the target has no potential, or its gradient is not
    /// finite, does not count.
    fn regression(&self, t: f64, mut weights: Vec<f64>) -> Result<Regression, Error> {
        let columns = self.family.coefficients() + 1;
        let mut rows = vec![0.0; self.tiles.len() * R::LANES * columns];
        let walkers = weights.par_chunks_mut(R::LANES);
        let dropped = self.tiles.par_iter().zip(rows.par_chunks_mut(R::LANES * columns)).zip(walkers);
        let dropped = dropped.map(|((tile, rows), weights)| self.fill_rows(t, tile, columns, rows, weights));
        if dropped.reduce(|| false, |a, b| a | b) {
            let left: f64 = weights.iter().sum();
            if left == 0.0 {
                return Err(Error::AllLost { walkers: weights.len() as u64, time: t });
            }
            weights.iter_mut().for_each(|weight| *weight /= left);
        }
        rows.truncate(weights.len() * columns);
        Ok(Regression { columns, rows, weights })
    }

    /// Writes the rows of a tile's walkers, the response last, and sets the weights of those that do not count to zero;
    /// returns whether there was one that had counted.
    fn fill_rows(&self, t: f64, tile: &Batch<R>, columns: usize, rows: &mut [f64], weights: &mut [f64]) -> bool {
        let mut gradient = vec![R::zero(); self.path.dim()];
        let mut scratch = vec![R::zero(); self.path.scratch()];
        let time = R::splat(R::Scalar::from_f64(t));
        let (_, rate) = self.path.potential_and_rate(time, &tile.x, &mut gradient, &mut scratch);
        let mut numbers = vec![R::zero(); columns];
        self.family.regressors(&tile.x, &gradient, &mut numbers[..columns - 1]);
        R::vectorize(
            #[inline(always)]
            || {
                // Finite where all of it is.
                let mut known = rate;
                for &g in &gradient {
                    known = known + R::zero() * g;
                }
                numbers[columns - 1] = known;
                let mut lanes = vec![R::Scalar::zero(); R::LANES];
                for (column, number) in numbers.iter().enumerate() {
                    number.store(&mut lanes);
                    for (row, lane) in rows.chunks_exact_mut(columns).zip(&lanes) {
                        row[column] = lane.to_f64();
                    }
                }
            },
        );
        // A walker of weight zero may hold anything.
        let mut dropped = false;
        for (row, w) in rows.chunks_exact_mut(columns).zip(weights) {
            if *w == 0.0 || !row[columns - 1].is_finite() {
                dropped |= *w > 0.0;
                row.fill(0.0);
                *w = 0.0;
            }
        }
        dropped
    }
}

/// Coordinate `i` of a walker.
fn position<R: Real>(tiles: &[Batch<R>], walker: usize, i: usize) -> f64 {
    tiles[walker / R::LANES].x[i].lane(walker % R::LANES).to_f64()
}
