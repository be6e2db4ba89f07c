//! How steps are made, as the caller says it.

use crate::precision::Precision;
use core::ptr::null;
use nets_abi::codes::NETS_ERR_RANGE;
use nets_abi::error_info::{Failure, Outcome};
use nets_abi::memory::{SizedStruct, optional_input, require, structure, within};
use nets_kernel::step::{Integrator, Map, Motion, Move};

/// Transport by the drift, then a move that leaves the density of the new time invariant: exact weights.
pub const NETS_INTEGRATOR_SPLIT: i32 = 0;
/// Euler-Maruyama with the exact ratio of backward to forward kernel as weight. Needs `epsilon > 0`.
pub const NETS_INTEGRATOR_PAIR: i32 = 1;
/// Euler-Maruyama on walkers and weights: biased, O(step), and the ESS does not show it.
pub const NETS_INTEGRATOR_ITO: i32 = 2;
/// Transport by `x + delta b(t + delta/2, x + delta/2 b(t, x))`.
pub const NETS_MAP_MIDPOINT: i32 = 0;
/// Transport by `x + delta b(t, x)`.
pub const NETS_MAP_EULER: i32 = 1;
/// A Langevin proposal, accepted or rejected (Metropolis-adjusted).
pub const NETS_MOVE_MALA: i32 = 0;
/// The same proposal, always taken, its log ratio added to the weight.
pub const NETS_MOVE_UNADJUSTED: i32 = 1;
/// Leapfrog steps with a momentum, accepted or rejected.
pub const NETS_MOVE_INERTIAL: i32 = 2;
/// The same trajectory, always taken, its error in energy taken from the weight.
pub const NETS_MOVE_INERTIAL_UNADJUSTED: i32 = 3;

/// How steps are made.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StepOptions<S> {
    /// The size of the structure in bytes, written by `nets_step_options_default_f64`.
    pub struct_size: u32,
    /// `NETS_INTEGRATOR_SPLIT`, `NETS_INTEGRATOR_PAIR` or `NETS_INTEGRATOR_ITO`.
    pub integrator: i32,
    /// SPLIT: `NETS_MAP_MIDPOINT` or `NETS_MAP_EULER`.
    pub map: i32,
    /// SPLIT: one of the `NETS_MOVE_` constants.
    pub r#move: i32,
    /// The diffusivity, 0 or more, per unit of `t`: a step of length `delta` diffuses by `sqrt(2 epsilon delta)`.
    pub epsilon: S,
    /// Inertial moves: the friction per unit of `t`, 0 or more; infinity: momenta are drawn anew in every step.
    pub friction: S,
    /// Inertial moves: leapfrog steps, 1 or more.
    pub leaps: i64,
    /// A positive length for each of the `d` coordinates, which multiplies its noise (the preconditioner); null: all 1. SPLIT
    /// along a path of kind PHI4 has the covariance of the free field in their place. Read while a function runs, not kept.
    pub scales: *const S,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number or a pointer.
unsafe impl<S: Precision> SizedStruct for StepOptions<S> {}

impl<S: Precision> Default for StepOptions<S> {
    fn default() -> Self {
        StepOptions {
            struct_size: size_of::<Self>() as u32,
            integrator: NETS_INTEGRATOR_SPLIT,
            map: NETS_MAP_MIDPOINT,
            r#move: NETS_MOVE_MALA,
            epsilon: S::one(),
            friction: S::INFINITY,
            leaps: 1,
            scales: null(),
        }
    }
}

/// The same, checked.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a, S> {
    pub integrator: Integrator,
    pub motion: Motion<'a, S>,
}

impl<S: Precision> Settings<'_, S> {
    /// The settings at `options`, argument number `argument`, for `dim` dimensions.
    ///
    /// # Safety
    /// As [`structure`] for `options`; its scales are `dim` numbers or null, and nobody writes them as long as the settings
    /// live.
    pub unsafe fn new(argument: i32, options: *const StepOptions<S>, dim: usize) -> Outcome<Self> {
        // SAFETY: promised by the caller.
        let options = unsafe { structure(argument, options)? };
        let wrong = |number: i32| Failure::new(NETS_ERR_RANGE, argument).value(f64::from(number));
        let map = match options.map {
            NETS_MAP_MIDPOINT => Map::Midpoint,
            NETS_MAP_EULER => Map::Euler,
            map => return Err(wrong(map)),
        };
        let moves = match options.r#move {
            NETS_MOVE_MALA => Move::Mala,
            NETS_MOVE_UNADJUSTED => Move::Unadjusted,
            NETS_MOVE_INERTIAL => Move::Inertial,
            NETS_MOVE_INERTIAL_UNADJUSTED => Move::InertialUnadjusted,
            moves => return Err(wrong(moves)),
        };
        let integrator = match options.integrator {
            NETS_INTEGRATOR_SPLIT => Integrator::Split(map, moves),
            NETS_INTEGRATOR_PAIR => Integrator::Pair,
            NETS_INTEGRATOR_ITO => Integrator::Ito,
            integrator => return Err(wrong(integrator)),
        };
        let StepOptions { epsilon, friction, leaps, scales, .. } = options;
        require(friction >= S::zero(), argument, friction.to_f64())?;
        let count = u32::try_from(leaps).ok().filter(|&leaps| leaps > 0);
        let leaps = count.ok_or(Failure::new(NETS_ERR_RANGE, argument).value(leaps as f64))?;
        // SAFETY: promised by the caller.
        let scales = unsafe { optional_input(argument, scales, dim)? }.unwrap_or(&[]);
        within(argument, scales, |scale| scale.is_finite() && scale > S::zero())?;
        let settings = Settings { integrator, motion: Motion { epsilon, scales, friction, leaps } };
        settings.check_epsilon(argument, epsilon)?;
        Ok(settings)
    }

    /// That `epsilon` is a diffusivity that the integrator can do with.
    pub fn check_epsilon(&self, argument: i32, epsilon: S) -> Outcome {
        let noise = self.integrator != Integrator::Pair || epsilon > S::zero();
        require(epsilon.is_finite() && epsilon >= S::zero() && noise, argument, epsilon.to_f64())
    }

    /// Whether steps keep the drift at the walkers.
    pub fn keeps_drift(&self) -> bool {
        self.integrator == Integrator::Pair
    }

    /// Whether walkers have momenta.
    pub fn is_inertial(&self) -> bool {
        matches!(self.integrator, Integrator::Split(_, Move::Inertial | Move::InertialUnadjusted))
    }

    /// Whether moves are put to a test.
    pub fn is_tested(&self) -> bool {
        matches!(self.integrator, Integrator::Split(_, Move::Mala | Move::Inertial))
    }
}
