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
mod solve;

use super::checkpoint::{Keeper, State, curve};
use crate::engine::{AnySampler, Batch, Error, Outlined, acceptance, carry_on, log_weights, on_threads, start};
use crate::file::{Tensor, Tensors};
use crate::lanes::{Job, Lane};
use crate::model::FeaturesModel;
use crate::progress::{Progress, Status};
use crate::target::{PathBox, Target};
use centres::Cloud;
use nets_kernel::drift::LocalAffine;
use nets_kernel::drift::local_affine::{Experts, Features};
use nets_kernel::math::exp;
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
    /// Gates in a block.
    pub gates: usize,
    /// The blocks' dimension: `d` for gates that see all coordinates, 1 for each coordinate on its own.
    pub block: usize,
    /// A gate's width over the root mean square distance of walkers to the nearest centre: 1.2 to 1.7 do equally.
    pub width: f64,
    /// The ridge on standardised features. It is what keeps the map of a step one-to-one away from the data: 1e-6
    /// loses walkers, 1e-2 costs half a percent of ESS.
    pub ridge: f64,
    /// The floor under the features' variances, as a fraction of their mean.
    pub floor: f64,
    /// Resample the fit's walkers when their ESS falls below this.
    pub resample_below: f64,
}

impl LeastSquaresOptions {
    /// The defaults in `dim` dimensions.
    pub fn new(dim: usize) -> Self {
        let (block, gates) = if dim == 2 || dim == 3 { (dim, 50) } else { (1, 12) };
        LeastSquaresOptions {
            walkers: 4080,
            slices: 100,
            gates,
            block,
            width: 1.5,
            ridge: 1e-3,
            floor: 1.0,
            resample_below: 0.7,
        }
    }
}

/// Acceptance that the diffusivity of the fit's moves is adapted to: as much motion as MALA gives.
const ACCEPTANCE: (f64, f64) = (0.85, 0.95);

/// How a fit ended.
pub struct Fitted {
    pub(crate) model: FeaturesModel,
    /// Root of the residual's variance against time.
    pub(crate) curve: Vec<(f64, f64)>,
    pub(crate) interrupted: bool,
}

/// The fit of a drift.
pub struct LeastSquares<'a> {
    pub(crate) options: &'a LeastSquaresOptions,
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

/// A fit under way.
pub(crate) struct Fit<'a, R: Lane> {
    task: &'a LeastSquares<'a>,
    path: PathBox<'a, R>,
    tiles: Vec<Batch<R>>,
    /// Centres of the gates, block by block.
    centres: Vec<Vec<f64>>,
    /// The numbers of the current slice.
    slice: Vec<f64>,
    epsilon: f64,
    moves: u64,
    /// The slices that are done.
    model: FeaturesModel,
    curve: Vec<(f64, f64)>,
}

impl<'a, R: Lane> Fit<'a, R> {
    pub(crate) fn new(task: &'a LeastSquares<'a>, path: PathBox<'a, R>) -> Self {
        let (d, options) = (path.dim(), task.options);
        let tiles = (0..options.walkers.div_ceil(R::LANES)).map(|_| Batch::new(d)).collect();
        let (block, gates) = (options.block, options.gates);
        let model = FeaturesModel { dim: d, block, gates, times: vec![], numbers: vec![] };
        Fit { task, path, tiles, centres: vec![], slice: vec![], epsilon: 1.0, moves: 0, model, curve: vec![] }
    }

    pub(crate) fn run(mut self, state: Option<State>) -> Result<Fitted, Error> {
        let slices = self.task.options.slices;
        let time = |k: usize| k as f64 / slices as f64;
        let middle = |k: usize| (k as f64 + 0.5) / slices as f64;
        let mut interrupted = false;

        let mut tiles = std::mem::take(&mut self.tiles);
        start(&self.sampler(&self.drift()), &mut tiles);
        self.tiles = tiles;
        match state {
            Some(state) => self.read(state)?,
            None => {
                self.fit_slice(0.0)?;
                self.advance(0.0, middle(0));
            }
        }
        for k in self.model.times.len()..slices {
            let residual = self.fit_slice(middle(k))?;
            self.model.times.push(time(k));
            self.model.numbers.extend_from_slice(&self.slice);
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
        Ok(Fitted { model: self.model, curve: self.curve, interrupted })
    }

    /// For a checkpoint: the walkers, and what the slices so far came to.
    fn tensors(&self) -> Tensors {
        let (d, walkers) = (self.path.dim(), self.task.options.walkers);
        let mut x = Vec::with_capacity(walkers * d);
        for walker in 0..walkers {
            let tile = &self.tiles[walker / R::LANES];
            x.extend(tile.x.iter().map(|x| x.lane(walker % R::LANES).to_f64()));
        }
        Tensors::from([
            ("x".to_string(), Tensor::new(&[walkers, d], &x)),
            ("log_weights".to_string(), Tensor::vector(&self.log_weights())),
            ("centres".to_string(), Tensor::vector(&self.centres.concat())),
            ("times".to_string(), Tensor::vector(&self.model.times)),
            ("experts".to_string(), Tensor::vector(&self.model.numbers)),
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
        let centres = kept.exactly("centres", options.gates * d)?;
        self.centres = centres.chunks_exact(options.gates * options.block).map(<[f64]>::to_vec).collect();
        self.model.times = kept.values("times")?;
        self.model.numbers = kept.exactly("experts", self.model.times.len() * self.model.slice_len())?;
        self.curve = kept.pairs("curve")?;
        let [epsilon, moves] = kept.numbers("moves")?;
        (self.epsilon, self.moves) = (epsilon, moves as u64);
        Ok(())
    }

    /// A sampler that makes the fit's moves.
    fn sampler<'s>(&'s self, drift: &'s Outlined<LocalAffine<Vec<R::Scalar>>>) -> AnySampler<'s, R> {
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

    /// The current slice as a drift.
    fn drift(&self) -> Outlined<LocalAffine<Vec<R::Scalar>>> {
        let options = self.task.options;
        Outlined(LocalAffine {
            dim: self.path.dim(),
            block: options.block,
            gates: options.gates,
            times: vec![R::Scalar::zero()],
            numbers: crate::target::in_precision(&self.slice),
        })
    }

    /// Moves the walkers, resampled if need be, and the gates' centres with the current slice from `t` to `next`.
    fn advance(&mut self, t: f64, next: f64) {
        let options = self.task.options;
        let drift = self.drift();
        let (from, to) = (R::Scalar::from_f64(t), R::Scalar::from_f64(next));
        let mut tiles = std::mem::take(&mut self.tiles);
        R::step(&self.sampler(&drift), &mut tiles, self.moves, from, to);
        self.tiles = tiles;
        self.moves += 1;

        let acceptance = acceptance(&self.tiles, options.walkers);
        if acceptance > ACCEPTANCE.1 {
            self.epsilon *= 1.5;
        } else if acceptance < ACCEPTANCE.0 {
            self.epsilon /= 1.5;
        }

        let q = options.block;
        let numbers = self.slice.chunks_exact(Experts::<f64>::len(q, options.gates));
        for (centres, numbers) in self.centres.iter_mut().zip(numbers) {
            let experts = Experts { dim: q, numbers };
            let (mut b, mut scratch) = (vec![0.0; q], vec![0.0; Experts::<f64>::scratch(q, options.gates)]);
            for centre in centres.chunks_exact_mut(q) {
                experts.evaluate(q, centre, &mut b, &mut [], &mut scratch);
                for (c, b) in centre.iter_mut().zip(&b) {
                    *c += (next - t) * b;
                }
            }
        }

        let log_weights = self.log_weights();
        if WeightSum::of(&log_weights).ess() < options.resample_below {
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
        self.place_gates(&weights);
        let regression = self.regression(t, weights)?;
        let failed = Error::Fit { time: t, reason: "its normal equations are not positive definite or not finite" };
        let Solution { coefficients, residual } =
            regression.solve(self.task.options.ridge, self.task.options.floor).ok_or(failed)?;
        self.write_coefficients(&coefficients);
        Ok(residual)
    }

    /// Sets the gates' centres and widths, and the origin and scale of the overall affine map, from the walkers.
    fn place_gates(&mut self, weights: &[f64]) {
        let options = self.task.options;
        let (q, d) = (options.block, self.path.dim());
        let first = self.centres.is_empty();
        self.slice.clear();
        for block in 0..d / q {
            let mut points = Vec::with_capacity(weights.len() * q);
            for walker in 0..weights.len() {
                let tile = &self.tiles[walker / R::LANES];
                points.extend((block * q..(block + 1) * q).map(|i| tile.x[i].lane(walker % R::LANES).to_f64()));
            }
            let cloud = Cloud { q, points: &points, weights };
            if first {
                let mut stream = Stream::<f64>::new(self.task.seed, Purpose::Train, block as u64);
                self.centres.push(cloud.seed(options.gates, || stream.uniform()));
            }
            let centres = &mut self.centres[block];
            cloud.lloyd(centres);
            let (origin, scale) = cloud.moments();
            // A cloud of one point has no width; any will do.
            let positive = |width: f64| if width > 0.0 { width } else { 1.0 };
            let (width, scale) = (positive(options.width * cloud.spacing(centres)), positive(scale));
            self.slice.extend([1.0 / width, 1.0 / scale]);
            self.slice.extend(origin.iter().map(|m| m / scale));
            self.slice.extend(std::iter::repeat_n(0.0, q + q * q));
            for centre in centres.chunks_exact(q) {
                self.slice.extend(centre.iter().map(|c| c / width));
                self.slice.extend(std::iter::repeat_n(0.0, q + q * q));
            }
        }
    }

    /// `g_{a,i} = ∂φ_a/∂x_i − φ_a ∂U/∂x_i` and `∂_tU` at every walker. A walker where the target has no potential, or its
    /// gradient is not finite, does not count.
    fn regression(&self, t: f64, mut weights: Vec<f64>) -> Result<Regression, Error> {
        let options = self.task.options;
        let (q, d, gates) = (options.block, self.path.dim(), options.gates);
        let features = Experts::<f64>::features(q, gates);
        let columns = d * features;
        let numbers: Vec<R::Scalar> = crate::target::in_precision(&self.slice);
        let mut regressors = vec![0.0; self.tiles.len() * R::LANES * columns];
        let mut response = vec![0.0; self.tiles.len() * R::LANES];
        let rows = regressors.par_chunks_mut(R::LANES * columns).zip(response.par_chunks_mut(R::LANES));
        self.tiles.par_iter().zip(rows).for_each(|(tile, (rows, response))| {
            let mut gradient = vec![R::zero(); d];
            let mut scratch = vec![R::zero(); self.path.scratch().max(Experts::<f64>::features_scratch(q, gates))];
            let time = R::splat(R::Scalar::from_f64(t));
            let (_, rate) = self.path.potential_and_rate(time, &tile.x, &mut gradient, &mut scratch);
            R::vectorize(
                #[inline(always)]
                || {
                    let blocks = numbers.chunks_exact(Experts::<f64>::len(q, gates));
                    let points = tile.x.chunks_exact(q).zip(gradient.chunks_exact(q));
                    for (block, (numbers, (x, gradient))) in blocks.zip(points).enumerate() {
                        let mut writer = Writer { rows, columns, first: block * features * q, gradient };
                        Experts { dim: q, numbers }.for_each_feature(x, &mut scratch, &mut writer);
                    }
                },
            );
            // Finite where all of it is.
            let known = gradient.iter().fold(rate, |sum, &g| sum + R::zero() * g);
            for (lane, response) in response.iter_mut().enumerate() {
                *response = known.lane(lane).to_f64();
            }
        });
        regressors.truncate(weights.len() * columns);
        response.truncate(weights.len());
        // A walker of weight zero may hold anything.
        let mut dropped = false;
        for ((row, c), w) in regressors.chunks_exact_mut(columns).zip(&mut response).zip(&mut weights) {
            if *w == 0.0 || !c.is_finite() {
                dropped |= *w > 0.0;
                row.fill(0.0);
                (*c, *w) = (0.0, 0.0);
            }
        }
        if dropped {
            let left: f64 = weights.iter().sum();
            if left == 0.0 {
                return Err(Error::AllLost { walkers: weights.len() as u64, time: t });
            }
            weights.iter_mut().for_each(|weight| *weight /= left);
        }
        Ok(Regression { columns, regressors, response, weights })
    }

    /// Puts fitted coefficients, `[feature][component]` block by block, in their places in the slice.
    fn write_coefficients(&mut self, coefficients: &[f64]) {
        let options = self.task.options;
        let (q, len) = (options.block, Experts::<f64>::len(options.block, options.gates));
        let per_block = Experts::<f64>::features(q, options.gates) * q;
        for (numbers, theta) in self.slice.chunks_exact_mut(len).zip(coefficients.chunks_exact(per_block)) {
            for (map, theta) in theta.chunks_exact((1 + q) * q).enumerate() {
                // The overall map follows the scales and the origin, a gate's map its centre.
                let start = 2 + q + map * Experts::<f64>::gate_len(q);
                let (constant, matrix) = numbers[start..start + q + q * q].split_at_mut(q);
                constant.copy_from_slice(&theta[..q]);
                for (i, row) in matrix.chunks_exact_mut(q).enumerate() {
                    for (k, entry) in row.iter_mut().enumerate() {
                        *entry = theta[(1 + k) * q + i];
                    }
                }
            }
        }
    }
}

/// Writes features as regressors into the rows of a tile's walkers.
struct Writer<'a, R> {
    rows: &'a mut [f64],
    columns: usize,
    first: usize,
    gradient: &'a [R],
}

impl<R: Real> Features<R> for Writer<'_, R> {
    #[inline(always)]
    fn take(&mut self, index: usize, value: R, slopes: &[R]) {
        let q = self.gradient.len();
        for (i, (&slope, &g)) in slopes.iter().zip(self.gradient).enumerate() {
            let regressor = (-value).mul_add(g, slope);
            let column = self.first + index * q + i;
            for lane in 0..R::LANES {
                self.rows[lane * self.columns + column] = regressor.lane(lane).to_f64();
            }
        }
    }
}
