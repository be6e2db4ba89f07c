//! One block of walkers, from the base density to the target.

use super::Plan;
use super::batch::{AnySampler, Batch, Room, carry_on};
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::weight::WeightSum;
use std::ops::Range;

/// Walkers in a block. Blocks are independent of each other: they are the unit of work of a thread, of resampling,
/// and of the order in which sums are formed, so no result depends on the number of threads or lanes.
pub const BLOCK: usize = 480;

/// What a block gives.
pub struct Done {
    /// Row-major positions and log weights, walkers beyond the last left out.
    pub(super) x: Vec<f64>,
    pub(super) log_weights: Vec<f64>,
    /// Sums over the weights at each time of the grid, with the log Z of resamplings before it.
    pub(super) path: Vec<WeightSum>,
    pub(super) resamplings: u64,
    pub(super) accepted: u64,
}

/// How one block is run.
pub struct Block<'a, R: Real> {
    /// Path, drift, integrator.
    pub(crate) sampler: AnySampler<'a, R>,
    /// The settings.
    pub(crate) plan: &'a Plan,
    /// Told which walkers took which step, says whether the potential failed.
    pub(crate) failed: &'a (dyn Fn(Range<u64>, f64) -> bool + Sync),
}

impl<R: Real> Block<'_, R> {
    /// Carries the walkers of block `number` from the base density to the target.
    pub(crate) fn run(&self, number: u64) -> Done {
        R::vectorize(
            #[inline(always)]
            || self.run_inlined(number),
        )
    }

    #[inline(always)]
    fn run_inlined(&self, number: u64) -> Done {
        let (plan, d) = (self.plan, self.sampler.path.dim());
        let first_walker = number * BLOCK as u64;
        let count = BLOCK.min((plan.walkers - first_walker) as usize);
        let mut tiles: Vec<Batch<R>> = (0..count.div_ceil(R::LANES)).map(|_| Batch::new(d)).collect();
        let mut room = Room::new(self.sampler.path, self.sampler.drift);
        for (tile, batch) in tiles.iter_mut().enumerate() {
            batch.with_walkers(
                #[inline(always)]
                |walkers| self.sampler.start(first_walker + (tile * R::LANES) as u64, walkers),
            );
        }
        // Lanes beyond the last walker are nowhere, so that no potential is asked about them.
        for lane in count..tiles.len() * R::LANES {
            let nowhere = R::Scalar::from_f64(f64::NAN);
            tiles[lane / R::LANES].x.iter_mut().for_each(|x| x.set_lane(lane % R::LANES, nowhere));
        }

        let mut uniforms = Stream::<f64>::new(plan.seed, Purpose::Resample, number);
        let mut log_weights = vec![0.0; count];
        let mut copies = vec![0; count];
        let mut log_z = 0.0;
        let mut done = Done { x: vec![], log_weights: vec![], path: vec![], resamplings: 0, accepted: 0 };
        done.path.push(WeightSum::of(&log_weights));
        for k in 0..plan.steps {
            let (t, next) = (self.time(k), self.time(k + 1));
            for (tile, batch) in tiles.iter_mut().enumerate() {
                batch.with_walkers(
                    #[inline(always)]
                    |walkers| self.sampler.step(k as u64, t, next, walkers, &mut room.workspace()),
                );
                let walkers = tile * R::LANES..count.min((tile + 1) * R::LANES);
                if (self.failed)(first_walker + walkers.start as u64..first_walker + walkers.end as u64, next.to_f64())
                {
                    return done;
                }
            }
            let lanes = tiles.iter().flat_map(|batch| &batch.log_weights);
            for (log_weight, &lane) in log_weights.iter_mut().zip(lanes) {
                *log_weight = log_z + lane;
            }
            let sums = WeightSum::of(&log_weights);
            done.path.push(sums);
            let few = plan.resample_below.is_some_and(|threshold| sums.ess() < threshold) && k + 1 < plan.steps;
            let draw = || uniforms.uniform();
            if few && let Some(sums) = plan.resampling.resample(&log_weights, draw, &mut copies) {
                log_z = sums.log_mean();
                carry_on(&mut copies, &mut tiles);
                done.resamplings += 1;
            }
        }

        done.x = vec![0.0; count * d];
        for (walker, row) in done.x.chunks_exact_mut(d).enumerate() {
            for (x, tile) in row.iter_mut().zip(&tiles[walker / R::LANES].x) {
                *x = tile.lane(walker % R::LANES).to_f64();
            }
        }
        done.accepted = tiles.iter().flat_map(|batch| &batch.accepted).take(count).map(|&n| u64::from(n)).sum();
        done.log_weights = log_weights;
        done
    }

    /// `t_k`
    pub(super) fn time(&self, k: usize) -> R::Scalar {
        R::Scalar::from_f64(self.plan.time(k))
    }
}
