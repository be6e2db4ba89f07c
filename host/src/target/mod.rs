//! Targets: densities to sample, each with a path from a base density.
//!
//! A built-in target is a file here and its name in `builtin.rs`, see [`Builtin`]. A density of your own is a
//! [`Density`], sampled as [`OwnDensity`]; one that comes from outside the program a [`BatchDensity`], sampled as
//! [`BatchTarget`]. [`Named`] is whichever of them a name stands for.

mod banana;
mod batch;
mod builtin;
mod cholesky;
mod common;
mod double_well;
mod equal_gaussians;
mod failure;
mod frame;
mod funnel;
mod gaussian;
mod gmm40;
mod gmm8;
mod lgcp;
mod library;
mod logreg;
mod manywell;
mod mos;
mod named;
mod own;
mod parameters;
mod phi4;
mod table;

pub use batch::{BatchDensity, BatchTarget, Start};
pub use builtin::{Builtin, TargetInfo};
pub use failure::Place;
pub use frame::Frame;
pub use library::LibraryError;
pub use named::{Named, StartOptions};
pub use own::{Density, OwnDensity};
pub use parameters::TargetError;

pub(crate) use common::in_precision;
pub(crate) use failure::watched;

use crate::lanes::Lane;
use nets_kernel::drift::Drift;
use nets_kernel::path::Path;
use nets_kernel::potential::Lattice;

/// A path for walkers in lanes of `R`.
pub type PathBox<'a, R> = Box<dyn Path<R> + Send + Sync + 'a>;
/// A drift for walkers in lanes of `R`.
pub type DriftBox<'a, R> = Box<dyn Drift<R> + Send + Sync + 'a>;

/// A density to sample, by a path that ends in it.
pub trait Target: Send + Sync {
    /// Its name, parameters included: what the command line takes and a model remembers.
    fn name(&self) -> String;

    /// The dimension `d`.
    fn dim(&self) -> usize;

    /// The path, for walkers of any precision and width. Wrap it in [`crate::engine::Outlined`].
    fn path<R: Lane>(&self) -> PathBox<'_, R>;

    /// The standard coordinates `y` that path, drift and walkers are in, where those are not `x`.
    fn frame(&self) -> Option<&Frame> {
        None
    }

    /// Whether an evaluation failed since [`Target::take_failure`], so that the run has to end. `place` says which walkers
    /// took a step just now.
    fn failed(&self, _place: Option<Place>) -> bool {
        false
    }

    /// Why and where the first evaluation failed, if one did. From now on none has.
    fn take_failure(&self) -> Option<(String, Option<Place>)> {
        None
    }

    /// How many points had no potential and why the first one had none, where there are reasons for such points.
    fn rejections(&self) -> Option<String> {
        None
    }

    /// `log Z_1`, where it is known.
    fn log_z(&self) -> Option<f64> {
        None
    }

    /// The perfect drift of the path, where it is known.
    fn perfect_drift<R: Lane>(&self) -> Option<DriftBox<'_, R>> {
        None
    }

    /// The lattice that the target's points are fields on, where they are.
    fn lattice(&self) -> Option<Lattice> {
        None
    }

    /// `n` independent samples of the target (row-major), where there is a way to draw them.
    fn exact_samples(&self, _seed: u64, _n: usize) -> Option<Vec<f64>> {
        None
    }

    /// The target's modes, where it is a mixture of equal components.
    fn modes(&self) -> Option<Modes> {
        None
    }

    /// `U_1(x)` at one point.
    fn potential(&self, x: &[f64]) -> f64 {
        let path = self.path::<f64>();
        let (mut gradient, mut scratch) = (vec![0.0; x.len()], vec![0.0; path.scratch()]);
        match self.frame() {
            None => path.potential(1.0, x, &mut gradient, &mut scratch),
            Some(frame) => path.potential(1.0, &frame.standard(x), &mut gradient, &mut scratch) + frame.log_volume(),
        }
    }

    /// How far walkers travel, to within a factor of a few: a network's inputs and outputs are measured in it. Unless
    /// told, twice the root mean square of the base density's coordinates.
    fn length(&self) -> f64 {
        common::base_length(&*self.path::<f64>())
    }
}

/// Centres of equal modes.
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// Row-major, one row of `d` coordinates per mode.
    pub centres: Vec<f64>,
    /// The weight of each mode; they sum to one.
    pub weights: Vec<f64>,
}

impl Modes {
    /// One mode of equal weight for each row of `d` coordinates.
    fn equal(d: usize, centres: &[f64]) -> Modes {
        let n = centres.len() / d;
        Modes { centres: centres.to_vec(), weights: vec![1.0 / n as f64; n] }
    }
}
