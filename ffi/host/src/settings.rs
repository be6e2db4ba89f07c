//! Enumerators of C, which are numbers, and what they stand for.

use crate::call::{Failure, field};
use nets_host::lanes::Precision;
use nets_host::model::DriftModel;
use nets_kernel::path::Schedule;
use nets_kernel::resample::Resampling;
use nets_kernel::step::{Integrator, Map, Move};

/// Gates with local affine maps, fitted by least squares.
pub const NETS_HOST_DRIFT_FEATURES: i32 = 0;
/// A network, trained by the PINN objective.
pub const NETS_HOST_DRIFT_MLP: i32 = 1;
/// The target's perfect drift, where it is known.
pub const NETS_HOST_DRIFT_EXACT: i32 = 2;
/// No drift: annealed importance sampling, or with resampling sequential Monte Carlo.
pub const NETS_HOST_DRIFT_ZERO: i32 = 3;
/// A drift with the symmetries of fields on a lattice, fitted by least squares: for `phi4`.
pub const NETS_HOST_DRIFT_LATTICE: i32 = 4;
/// Modes that a pilot population finds, in the subspace that they span, fitted by least squares.
pub const NETS_HOST_DRIFT_MODES: i32 = 5;
/// Walker `i` has coordinate `j` at `x[i * stride + j]`.
pub const NETS_HOST_LAYOUT_ROWS: i32 = 0;
/// Walker `i` has coordinate `j` at `x[j * stride + i]`: walkers are fastest.
pub const NETS_HOST_LAYOUT_COLUMNS: i32 = 1;
/// Steps of equal length.
pub const NETS_HOST_GRID_UNIFORM: i32 = 0;
/// Steps and moves that a pilot population finds.
pub const NETS_HOST_GRID_ADAPTIVE: i32 = 1;

/// The precision that argument `argument` asks for; `None` for -1.
pub(crate) fn precision(value: i32, argument: i32) -> Result<Option<Precision>, Failure> {
    match value {
        -1 => Ok(None),
        0 => Ok(Some(Precision::F64)),
        1 => Ok(Some(Precision::F32)),
        _ => Err(unknown(argument, value, "precision", "NETS_PRECISION_")),
    }
}

/// The number of a precision.
pub(crate) fn precision_number(precision: Precision) -> i32 {
    match precision {
        Precision::F64 => 0,
        Precision::F32 => 1,
    }
}

/// The precision that walkers have unless told.
pub(crate) fn usual_precision(drift: &DriftModel) -> Precision {
    match drift {
        DriftModel::Mlp(_) | DriftModel::MlpGradient(_) => Precision::F32,
        DriftModel::Zero
        | DriftModel::Exact
        | DriftModel::Features(_)
        | DriftModel::Lattice(_)
        | DriftModel::Modes(_) => Precision::F64,
    }
}

/// The integrator; `None` for -1.
pub(crate) fn integrator(
    (integrator, map, moves): (i32, i32, i32),
    argument: i32,
) -> Result<Option<Integrator>, Failure> {
    let map = match map {
        0 => Map::Midpoint,
        1 => Map::Euler,
        _ => return Err(unknown(argument, map, "map", "NETS_MAP_")),
    };
    let moves = match moves {
        0 => Move::Mala,
        1 => Move::Unadjusted,
        2 => Move::Inertial,
        3 => Move::InertialUnadjusted,
        _ => return Err(unknown(argument, moves, "move", "NETS_MOVE_")),
    };
    match integrator {
        -1 => Ok(None),
        0 => Ok(Some(Integrator::Split(map, moves))),
        1 => Ok(Some(Integrator::Pair)),
        2 => Ok(Some(Integrator::Ito)),
        _ => Err(unknown(argument, integrator, "integrator", "NETS_INTEGRATOR_")),
    }
}

/// The numbers of an integrator, its map and its move.
pub(crate) fn integrator_numbers(integrator: Integrator) -> (i32, i32, i32) {
    match integrator {
        Integrator::Split(map, moves) => {
            let map = if map == Map::Midpoint { 0 } else { 1 };
            let moves = match moves {
                Move::Mala => 0,
                Move::Unadjusted => 1,
                Move::Inertial => 2,
                Move::InertialUnadjusted => 3,
            };
            (0, map, moves)
        }
        Integrator::Pair => (1, 0, 0),
        Integrator::Ito => (2, 0, 0),
    }
}

/// The resampling scheme.
pub(crate) fn resampling(value: i32, argument: i32) -> Result<Resampling, Failure> {
    match value {
        0 => Ok(Resampling::Systematic),
        1 => Ok(Resampling::Stratified),
        2 => Ok(Resampling::Residual),
        3 => Ok(Resampling::Multinomial),
        _ => Err(unknown(argument, value, "resampling", "NETS_RESAMPLING_")),
    }
}

/// The schedule in closed form.
pub(crate) fn schedule(value: i32, power: f64, argument: i32) -> Result<Schedule<f64>, Failure> {
    match value {
        0 => Ok(Schedule::Linear),
        1 => Ok(Schedule::Power(power)),
        2 => Ok(Schedule::Cosine),
        _ => Err(unknown(argument, value, "schedule", "NETS_SCHEDULE_LINEAR, _POWER or _COSINE")),
    }
}

/// A yes or no.
pub(crate) fn flag(value: i32, argument: i32, name: &str) -> Result<bool, Failure> {
    match value {
        0 | 1 => Ok(value == 1),
        _ => Err(field(argument, value.into(), format!("{name} = {value}: it is 0 or 1"))),
    }
}

/// Whether walkers are fastest.
pub(crate) fn columns(layout: i32, argument: i32) -> Result<bool, Failure> {
    match layout {
        NETS_HOST_LAYOUT_ROWS | NETS_HOST_LAYOUT_COLUMNS => Ok(layout == NETS_HOST_LAYOUT_COLUMNS),
        _ => Err(unknown(argument, layout, "layout", "NETS_HOST_LAYOUT_")),
    }
}

/// An enumerator of options that stands for nothing.
pub(crate) fn unknown(argument: i32, value: i32, name: &str, prefix: &str) -> Failure {
    field(argument, value.into(), format!("{name} = {value} is none of {prefix}"))
}

/// A count of options that is `least` or more.
pub(crate) fn count(value: i64, least: i64, argument: i32, name: &str) -> Result<usize, Failure> {
    match usize::try_from(value) {
        Ok(count) if value >= least => Ok(count),
        _ => Err(field(argument, value as f64, format!("{name} = {value}: it is {least} or more"))),
    }
}
