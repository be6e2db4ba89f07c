//! What a path is made of, as the caller says it, and as it is once it is checked.

use crate::callback::{PathCallback, PathFn, PotentialCallback, PotentialFn};
use crate::precision::Precision;
use crate::schedule::{NETS_SCHEDULE_LINEAR, NETS_SCHEDULE_TABLE, schedule, table};
use core::ffi::c_void;
use core::ptr::{null, null_mut};
use nets_abi::codes::{NETS_ERR_DIMENSION, NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_RANGE};
use nets_abi::error_info::{Failure, Outcome};
use nets_abi::memory::{SizedStruct, count, dimension, input, optional_input, product, require, structure, within};
use nets_kernel::path::Schedule;
use nets_kernel::potential::Lattice;
use nets_kernel::real::Scalar;

/// `U_t = (1 - beta) U_0 + beta U_1` from a Gaussian `U_0` to a potential `U_1` of the caller.
pub const NETS_PATH_GEOMETRIC: i32 = 0;
/// `U_t` of the caller, from a Gaussian on.
pub const NETS_PATH_CALLBACK: i32 = 1;
/// A mixture of Gaussians whose means move out from the origin.
pub const NETS_PATH_MIXTURE: i32 = 2;
/// phi^4 theory on a periodic lattice, from the free field. The moves of SPLIT are preconditioned by the covariance of that
/// field (Fourier acceleration): `epsilon` is in its units, and `epsilon delta` near 0.1 is accepted most of the time.
pub const NETS_PATH_PHI4: i32 = 3;

/// What a path is made of. Fields that its kind does not name are not looked at.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PathOptions<S> {
    /// The size of the structure in bytes, written by `nets_path_options_default_f64`.
    pub struct_size: u32,
    /// `NETS_PATH_GEOMETRIC`, `NETS_PATH_CALLBACK`, `NETS_PATH_MIXTURE` or `NETS_PATH_PHI4`.
    pub kind: i32,
    /// The dimension `d`.
    pub dim: i64,
    /// GEOMETRIC, CALLBACK: means `m` of the Gaussian base, `d` numbers; null: 0.
    pub base_mean: *const S,
    /// GEOMETRIC, CALLBACK: its standard deviations `s`, `d` positive numbers; null: 1.
    pub base_sd: *const S,
    /// GEOMETRIC: `U_1` and its gradient.
    pub potential: PotentialCallback<S>,
    /// CALLBACK: `U_t`, its gradient and rate. `U_0` has to be `sum_j (x_j - m_j)^2 / 2 s_j^2`, without a constant: else
    /// weights are those of another base.
    pub path: PathCallback<S>,
    /// Handed to `potential` or `path` with every call.
    pub user: *mut c_void,
    /// GEOMETRIC, PHI4: a `NETS_SCHEDULE_` constant; PHI4 takes no table.
    pub schedule: i32,
    /// PHI4: the axes of the lattice, 1, 2 or 3.
    pub axes: i32,
    /// `NETS_SCHEDULE_POWER`: the exponent, 1 or more.
    pub power: S,
    /// `NETS_SCHEDULE_TABLE`: times, increasing from 0 to 1.
    pub table_times: *const S,
    /// `NETS_SCHEDULE_TABLE`: `beta` at these times, increasing from 0 to 1.
    pub table_values: *const S,
    /// `NETS_SCHEDULE_TABLE`: how many points, 2 or more.
    pub table_length: i64,
    /// MIXTURE: the number of components.
    pub components: i64,
    /// MIXTURE: means `mu_i`, a row of `d` numbers for each component.
    pub means: *const S,
    /// MIXTURE: positive weights, one for each component, in any unit; null: all equal.
    pub weights: *const S,
    /// MIXTURE: the standard deviation `sigma` of the target's components.
    pub sd: S,
    /// MIXTURE: that of the base, `s_0`; `U_t` has means `t mu_i` and variance `(1 - t) s_0^2 + t sigma^2`.
    pub mixture_base_sd: S,
    /// PHI4: sites along an axis; `d` is `side^axes`.
    pub side: i64,
    /// PHI4: `m^2` of the target, of either sign if `lambda` is positive.
    pub mass_squared: S,
    /// PHI4: `lambda`, 0 or more:
    /// `U_1 = sum_x [ sum_mu (phi_{x+mu} - phi_x)^2 + m^2 phi_x^2 + lambda phi_x^4 ]`.
    pub coupling: S,
    /// PHI4: `m^2` of the free field where the path starts, positive.
    pub base_mass_squared: S,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number or a pointer.
unsafe impl<S: Precision> SizedStruct for PathOptions<S> {}

impl<S: Precision> Default for PathOptions<S> {
    fn default() -> Self {
        PathOptions {
            struct_size: size_of::<Self>() as u32,
            kind: NETS_PATH_GEOMETRIC,
            dim: 0,
            base_mean: null(),
            base_sd: null(),
            potential: None,
            path: None,
            user: null_mut(),
            schedule: NETS_SCHEDULE_LINEAR,
            axes: 2,
            power: S::one(),
            table_times: null(),
            table_values: null(),
            table_length: 0,
            components: 0,
            means: null(),
            weights: null(),
            sd: S::one(),
            mixture_base_sd: S::one(),
            side: 0,
            mass_squared: S::zero(),
            coupling: S::zero(),
            base_mass_squared: S::c(0.3),
        }
    }
}

/// A path without its numbers.
#[derive(Clone, Copy)]
pub(super) enum Kind<S> {
    Geometric { potential: PotentialFn<S>, user: *mut c_void, schedule: ScheduleKind<S> },
    Callback { path: PathFn<S>, user: *mut c_void },
    Mixture { components: usize, base_sd: S, sd: S },
    Phi4 { lattice: Lattice, mass_squared: S, coupling: S, base_mass_squared: S, schedule: Schedule<S> },
}

/// A schedule without its numbers.
#[derive(Clone, Copy)]
pub(super) enum ScheduleKind<S> {
    Closed(Schedule<S>),
    Table { points: usize },
}

/// A checked path: what it is, and the arrays to copy.
pub(super) struct Checked<'a, S> {
    pub dim: usize,
    pub kind: Kind<S>,
    pub arrays: Arrays<'a, S>,
}

/// The caller's arrays, as far as the kind has them.
#[derive(Clone, Copy)]
pub(super) struct Arrays<'a, S> {
    /// Means and standard deviations of the Gaussian base.
    pub base: [Option<&'a [S]>; 2],
    /// Times and values of a table.
    pub table: [&'a [S]; 2],
    pub means: &'a [S],
    pub weights: Option<&'a [S]>,
}

const ARGUMENT: i32 = 1;

fn positive<S: Scalar>(number: S) -> bool {
    number > S::zero() && number.is_finite()
}

impl<'a, S: Precision> Checked<'a, S> {
    /// # Safety
    /// As [`structure`] for `options`, and its pointers point to what it says.
    pub unsafe fn new(options: *const PathOptions<S>) -> Outcome<Self> {
        // SAFETY: promised by the caller.
        let options = unsafe { structure(ARGUMENT, options)? };
        let dim = dimension(ARGUMENT, options.dim)?;
        let mut arrays = Arrays { base: [None; 2], table: [&[]; 2], means: &[], weights: None };
        // SAFETY: promised by the caller.
        let kind = unsafe {
            match options.kind {
                NETS_PATH_GEOMETRIC => arrays.geometric(dim, &options)?,
                NETS_PATH_CALLBACK => {
                    arrays.gaussian(dim, &options)?;
                    let path = options.path.ok_or(Failure::new(NETS_ERR_NULL, ARGUMENT))?;
                    Kind::Callback { path, user: options.user }
                }
                NETS_PATH_MIXTURE => arrays.mixture(dim, &options)?,
                NETS_PATH_PHI4 => phi4(dim, &options)?,
                kind => return Err(Failure::new(NETS_ERR_RANGE, ARGUMENT).value(f64::from(kind))),
            }
        };
        Ok(Checked { dim, kind, arrays })
    }
}

impl<S: Precision> Arrays<'_, S> {
    unsafe fn gaussian(&mut self, dim: usize, options: &PathOptions<S>) -> Outcome {
        // SAFETY: promised by the caller.
        self.base = unsafe {
            [optional_input(ARGUMENT, options.base_mean, dim)?, optional_input(ARGUMENT, options.base_sd, dim)?]
        };
        within(ARGUMENT, self.base[0].unwrap_or(&[]), S::is_finite)?;
        within(ARGUMENT, self.base[1].unwrap_or(&[]), positive)
    }

    unsafe fn geometric(&mut self, dim: usize, options: &PathOptions<S>) -> Outcome<Kind<S>> {
        // SAFETY: promised by the caller.
        unsafe { self.gaussian(dim, options)? };
        let potential = options.potential.ok_or(Failure::new(NETS_ERR_NULL, ARGUMENT))?;
        let schedule = if options.schedule == NETS_SCHEDULE_TABLE {
            let (times, values) = (options.table_times, options.table_values);
            let points = count(ARGUMENT, options.table_length)?;
            // SAFETY: promised by the caller.
            self.table = unsafe {
                table([ARGUMENT; 3], times, values, options.table_length)?;
                [input(ARGUMENT, times, points)?, input(ARGUMENT, values, points)?]
            };
            ScheduleKind::Table { points }
        } else {
            ScheduleKind::Closed(schedule([ARGUMENT; 2], options.schedule, options.power)?)
        };
        Ok(Kind::Geometric { potential, user: options.user, schedule })
    }

    unsafe fn mixture(&mut self, dim: usize, options: &PathOptions<S>) -> Outcome<Kind<S>> {
        let components = count(ARGUMENT, options.components)?;
        // SAFETY: promised by the caller.
        unsafe {
            self.means = input(ARGUMENT, options.means, product(ARGUMENT, components, dim)?)?;
            self.weights = optional_input(ARGUMENT, options.weights, components)?;
        }
        within(ARGUMENT, self.means, S::is_finite)?;
        within(ARGUMENT, self.weights.unwrap_or(&[]), positive)?;
        require(positive(options.sd), ARGUMENT, options.sd.to_f64())?;
        require(positive(options.mixture_base_sd), ARGUMENT, options.mixture_base_sd.to_f64())?;
        Ok(Kind::Mixture { components, base_sd: options.mixture_base_sd, sd: options.sd })
    }
}

fn phi4<S: Precision>(dim: usize, options: &PathOptions<S>) -> Outcome<Kind<S>> {
    let side = count(ARGUMENT, options.side)?;
    require((1..=3).contains(&options.axes), ARGUMENT, f64::from(options.axes))?;
    let lattice = Lattice { side, axes: options.axes as u32 };
    let sites = side.checked_pow(lattice.axes).ok_or(Failure::new(NETS_ERR_LENGTH, ARGUMENT))?;
    if sites != dim {
        return Err(Failure::new(NETS_ERR_DIMENSION, ARGUMENT).value(sites as f64));
    }
    let PathOptions { mass_squared, coupling, base_mass_squared, .. } = *options;
    require(coupling >= S::zero() && coupling.is_finite(), ARGUMENT, coupling.to_f64())?;
    // Without a quartic term only the mass keeps the field near zero.
    let bound = mass_squared.is_finite() && (coupling > S::zero() || mass_squared > S::zero());
    require(bound, ARGUMENT, mass_squared.to_f64())?;
    require(positive(base_mass_squared), ARGUMENT, base_mass_squared.to_f64())?;
    let schedule = schedule([ARGUMENT; 2], options.schedule, options.power)?;
    Ok(Kind::Phi4 { lattice, mass_squared, coupling, base_mass_squared, schedule })
}
