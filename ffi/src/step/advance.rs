//! A step with all walkers of a caller, group by group.

use super::Settings;
use crate::method::{Method, succeeded};
use crate::precision::{Lane, Precision};
use crate::room::{Group, Room, groups};
use crate::rows::to_lanes;
use crate::walkers::View;
use nets_abi::error_info::Outcome;
use nets_kernel::step::{Interval, Noise, State, Workspace};

/// Where a step goes, and how.
pub(crate) struct Leg<'a, S> {
    pub settings: Settings<'a, S>,
    pub start: S,
    pub end: S,
}

/// Makes a step with all walkers of `view`, which is written only when every group has succeeded. `noise` fills the normal
/// numbers of a group and returns its uniform one. Returns how many moves were accepted.
pub(crate) fn advance<R: Lane>(
    method: &Method<'_, R::Scalar>,
    leg: &Leg<'_, R::Scalar>,
    view: &mut View<'_, R::Scalar>,
    room: &mut Room<'_, R>,
    mut noise: impl FnMut(Group, &mut [R]) -> R,
) -> Outcome<u64> {
    let mut known = true;
    for group in groups::<R>(view.rows.n) {
        let uniform = noise(group, room.noise);
        known = step_group(method, leg, view, room, group, uniform);
        succeeded(method.calls, group)?;
    }
    Ok(commit(view, room, leg.settings, known))
}

/// The group's state from the arrays, and one step with it. Returns whether the place it came to is known.
#[inline(never)]
fn step_group<R: Lane>(
    method: &Method<'_, R::Scalar>,
    leg: &Leg<'_, R::Scalar>,
    view: &View<'_, R::Scalar>,
    room: &mut Room<'_, R>,
    group: Group,
    uniform: R,
) -> bool {
    let (rows, d) = (view.rows, view.rows.d);
    let Settings { integrator, motion } = leg.settings;
    let x = group.of(room.x, d);
    group.load(rows, view.x, x);
    let gradient = group.of(room.gradient, d);
    let drift = group.of(room.drift, d);
    let momentum = if leg.settings.is_inertial() { group.of(room.momentum, d) } else { &mut [] };
    let mut potential = R::zero();
    if view.known {
        group.load(rows, view.gradient, gradient);
        potential = R::load(group.own(view.potential));
        if leg.settings.keeps_drift() {
            group.load(rows, view.drift.as_deref().unwrap_or_default(), drift);
        }
    }
    group.load(rows, view.momentum.as_deref().unwrap_or_default(), momentum);
    let log_weights = group.of(room.log_weights, R::LANES);
    for (staged, &log_weight) in log_weights.iter_mut().zip(group.own(view.log_weights)) {
        *staged = log_weight;
    }
    let accepted = group.of(room.accepted, R::LANES);
    accepted.fill(0);

    method.calls.group(group.count);
    let mut state = State { x, gradient, drift, momentum, potential, known: view.known };
    let interval = Interval { start: leg.start, end: leg.end, motion };
    let noise = Noise { xi: room.noise, uniform };
    let mut workspace = Workspace { values: room.values, streams: room.streams };
    let (path, drift) = (method.path.of::<R>(), method.drift.of::<R>());
    let increment = integrator.step(path, drift, interval, noise, &mut state, &mut workspace);
    increment.add_to(log_weights, accepted);
    let (potential, known) = (state.potential, state.known);
    group.of(room.potential, 1).fill(potential);
    known
}

/// Writes what the groups came to into the caller's arrays.
fn commit<R: Lane>(
    view: &mut View<'_, R::Scalar>,
    room: &mut Room<'_, R>,
    settings: Settings<'_, R::Scalar>,
    known: bool,
) -> u64 {
    let (rows, d) = (view.rows, view.rows.d);
    let mut total = 0;
    for group in groups::<R>(rows.n) {
        group.store(rows, group.of(room.x, d), view.x);
        if known {
            group.store(rows, group.of(room.gradient, d), view.gradient);
            let own = group.own_mut(view.potential);
            group.of(room.potential, 1).iter().for_each(|potential| potential.store(own));
            if let (Some(drift), true) = (&mut view.drift, settings.keeps_drift()) {
                group.store(rows, group.of(room.drift, d), drift);
            }
        }
        if let (Some(momentum), true) = (&mut view.momentum, settings.is_inertial()) {
            group.store(rows, group.of(room.momentum, d), momentum);
        }
        let staged = group.of(room.log_weights, R::LANES);
        for (log_weight, &staged) in group.own_mut(view.log_weights).iter_mut().zip(&*staged) {
            *log_weight = staged;
        }
        let accepted = &*group.of(room.accepted, R::LANES);
        total += accepted.iter().take(group.count).map(|&accepted| u64::from(accepted)).sum::<u64>();
        let counts = view.accepted.as_deref_mut().unwrap_or_default();
        for (count, &accepted) in group.own_mut(counts).iter_mut().zip(accepted) {
            *count = count.wrapping_add(accepted);
        }
    }
    view.known = known;
    total
}

/// Uniform numbers in the group's lanes; 1 in padding.
pub(crate) fn load_uniforms<R: Lane>(group: Group, uniforms: &[R::Scalar]) -> R {
    let mut uniform = R::one();
    to_lanes(group.own(uniforms), 1, core::slice::from_mut(&mut uniform));
    uniform
}

/// That a step from `t` to `next` goes forward on the path; errors name the arguments.
pub(crate) fn check_times<S: Precision>(arguments: [i32; 2], t: S, next: S) -> Outcome {
    nets_abi::memory::require(t >= S::zero() && t < S::one(), arguments[0], t.to_f64())?;
    nets_abi::memory::require(next > t && next <= S::one(), arguments[1], next.to_f64())
}
