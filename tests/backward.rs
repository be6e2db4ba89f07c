//! Steps back: they undo steps forward, to the same weights, and carry exact samples of the target to the base density.
//!
//! Checks of estimates allow five standard errors, and ask deliberately broken variants for more than eight.

#[path = "common/moving.rs"]
mod moving;
#[path = "common/shear.rs"]
mod shear;
#[path = "common/verdict.rs"]
mod verdict;

use moving::Moving;
use nets_kernel::drift::{Drift, JacobianForm, Scratch, ScratchSize};
use nets_kernel::path::Path;
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::{Integrator, Interval, Map, Motion, Move, Noise, State, Workspace, WorkspaceSize};
use shear::{InTurn, Shear, Slanted, WrongDerivatives};

const MAPS: [Map; 2] = [Map::Euler, Map::Midpoint];
const MOVES: [Move; 4] = [Move::Mala, Move::Unadjusted, Move::Inertial, Move::InertialUnadjusted];

/// One walker with its memory.
#[derive(Clone, Default)]
struct Walker {
    x: [f64; 2],
    gradient: [f64; 2],
    drift: [f64; 2],
    momentum: [f64; 2],
    potential: f64,
    known: bool,
    log_weight: f64,
}

/// Along what, and how, a walker moves.
#[derive(Clone, Copy)]
struct Way<'a> {
    integrator: Integrator,
    path: &'a dyn Path<f64>,
    drift: &'a dyn Drift<f64>,
}

impl Walker {
    fn at(x: [f64; 2]) -> Walker {
        Walker { x, ..Walker::default() }
    }

    /// A step forward, or back; returns whether its move was accepted.
    fn step(&mut self, back: bool, way: Way<'_>, interval: Interval<'_, f64>, noise: Noise<'_, f64>) -> bool {
        let Way { integrator, path, drift } = way;
        let size = WorkspaceSize::back::<f64>(path, drift);
        let mut values = vec![0.0; size.values];
        let mut workspace = Workspace { values: &mut values, streams: &mut [] };
        let mut state = State {
            x: &mut self.x,
            gradient: &mut self.gradient,
            drift: &mut self.drift,
            momentum: &mut self.momentum,
            potential: self.potential,
            known: self.known,
        };
        let increment = if back {
            integrator.step_back(path, drift, interval, noise, &mut state, &mut workspace)
        } else {
            integrator.step(path, drift, interval, noise, &mut state, &mut workspace)
        };
        (self.potential, self.known) = (state.potential, state.known);
        self.log_weight += increment.log_weight;
        increment.accepted > 0.0
    }
}

fn motion(epsilon: f64) -> Motion<'static, f64> {
    Motion { scales: &[0.8, 1.3], friction: 1.5, leaps: 2, ..Motion::new(epsilon) }
}

/// Nothing moves but by the map.
const STILL: Noise<'static, f64> = Noise { xi: &[0.0; 2], uniform: 1.0 };

/// Places spread over twice the size of the target.
fn places() -> impl Iterator<Item = [f64; 2]> {
    (0..100).map(|number| {
        let mut x = [0.0; 2];
        normals(&mut Stream::<f64>::new(7, Purpose::Evaluate, number), &mut x);
        x.map(|x| 2.0 * x)
    })
}

/// A drift without an `x` in it.
struct Constant;

impl Drift<f64> for Constant {
    fn dim(&self) -> usize {
        2
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: f64, _x: &[f64], b: &mut [f64], _scratch: Scratch<'_, f64>) {
        b.copy_from_slice(&[1.0 + t, -2.0]);
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        self.value(t, x, b, scratch);
        0.0
    }
    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Zero
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], _jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        self.value(t, x, b, scratch);
    }
}

/// [`Shear`] with its Jacobian as that of a subspace which is everything.
struct Whole;

impl Drift<f64> for Whole {
    fn dim(&self) -> usize {
        2
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) {
        Shear.value(t, x, b, scratch);
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        Shear.divergence(t, x, b, scratch)
    }
    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Subspace { rank: 2 }
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        jacobian[0] = 0.0;
        Shear.jacobian(t, x, b, &mut jacobian[1..], scratch);
    }
}

/// `Φ(Φ⁻¹(y)) = y` to rounding, at the same weight, for every form of Jacobian and in one step as well as in a short one.
/// Catches an inverse of another map, at another time, or of a step whose weight belongs to another place.
#[test]
fn maps_are_inverted_to_rounding() {
    let moving = Moving::example();
    let drifts: [(&str, &dyn Drift<f64>); 5] = [
        ("no Jacobian", &Constant),
        ("diagonal", &moving),
        ("full", &Shear),
        ("of a subspace", &Whole),
        ("a flow", &InTurn(1.0)),
    ];
    for (name, drift) in drifts {
        for map in MAPS {
            for (start, end) in [(0.0, 1.0), (0.4, 0.5)] {
                let way = Way { integrator: Integrator::Split(map, Move::Mala), path: &moving, drift };
                let interval = Interval { start, end, motion: Motion::new(0.0) };
                for y in places() {
                    let mut walker = Walker::at(y);
                    walker.step(true, way, interval, STILL);
                    let (back, x) = (walker.log_weight, walker.x);
                    assert!(x != y, "{name}: nothing moved");
                    walker.step(false, way, interval, STILL);
                    let size = x.iter().chain(&y).map(|x| x * x).sum::<f64>().sqrt();
                    let miss = (walker.x[0] - y[0]).hypot(walker.x[1] - y[1]);
                    assert!(miss < 16.0 * f64::EPSILON * size, "{name}, {map:?}: {y:?} is missed by {miss:e}");
                    let forward = walker.log_weight - back;
                    assert!((forward - back).abs() < 1e-13 * (10.0 + back.abs()), "{name}: {forward} and {back}");
                }
            }
        }
    }
}

/// The same function of either coordinate, with its slope, and with the form in which its Jacobian is written.
struct Along(fn(f64) -> (f64, f64), JacobianForm);

impl Drift<f64> for Along {
    fn dim(&self) -> usize {
        2
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, _t: f64, x: &[f64], b: &mut [f64], _scratch: Scratch<'_, f64>) {
        (b[0], b[1]) = (self.0(x[0]).0, self.0(x[1]).0);
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        self.value(t, x, b, scratch);
        self.0(x[0]).1 + self.0(x[1]).1
    }
    fn jacobian_form(&self) -> JacobianForm {
        self.1
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        self.value(t, x, b, scratch);
        let full = [self.0(x[0]).1, 0.0, 0.0, self.0(x[1]).1];
        match self.1 {
            JacobianForm::Full => jacobian.copy_from_slice(&full),
            _ => jacobian.copy_from_slice(&[&[0.0], &full[..]].concat()),
        }
    }
}

/// Maps so steep that their fixed point would run away are inverted, with a Jacobian and without. Beyond a fold there is no inverse: the
/// walker is lost, and stays; so is one whose place is no number.
#[test]
fn steep_maps_are_inverted_and_folds_are_not() {
    let path = Moving::example();
    let interval = Interval { start: 0.0, end: 1.0, motion: Motion::new(0.0) };
    let back = |drift: &Along, y: [f64; 2]| {
        let mut walker = Walker::at(y);
        let way = Way { integrator: Integrator::Split(Map::Euler, Move::Mala), path: &path, drift };
        walker.step(true, way, interval, STILL);
        walker
    };
    // Φ(x) = 5 x + 4.5 sin x, of slopes from 0.5 to 9.5, and 2.5 x + 0.7 sin x, from 1.8 to 3.2
    let steep = Along(|x| (4.0 * x + 4.5 * x.sin(), 4.0 + 4.5 * x.cos()), JacobianForm::Full);
    let hidden = Along(|x| (1.5 * x + 0.7 * x.sin(), 1.5 + 0.7 * x.cos()), JacobianForm::Subspace { rank: 2 });
    for drift in [&steep, &hidden] {
        for y in places() {
            let x = back(drift, y).x;
            let miss = |i: usize| x[i] + drift.0(x[i]).0 - y[i];
            assert!((0..2).all(|i| miss(i).abs() < 1e-13 * (1.0 + y[i].abs())), "{:?}, {y:?}: {x:?}", drift.1);
        }
    }
    // Φ(x) = x − x², which is ¼ at most
    let fold = Along(|x| (-x * x, -2.0 * x), JacobianForm::Full);
    let below = back(&fold, [0.2, 0.1]);
    assert!((below.x[0] - (0.5 - 0.05f64.sqrt())).abs() < 1e-15 && below.log_weight.is_finite());
    let beyond = back(&fold, [1.0, 0.1]);
    assert!(beyond.log_weight.is_nan() && beyond.x == [1.0, 0.1], "{:?}", beyond.x);
    assert!(back(&steep, [f64::NAN, 0.5]).log_weight.is_nan());
}

/// The same increment forward as back, given the noise that leads back to where the walker came from. Catches a forward noise
/// or a ratio that is taken at the wrong end.
#[test]
fn weights_are_those_of_the_step_forward() {
    let path = Moving::example();
    for (interval, x) in places().zip(1..).map(|(x, number)| {
        let start = f64::from(number % 7) / 8.0;
        (Interval { start, end: start + 0.125, motion: motion(0.9) }, x)
    }) {
        let mut xi = [0.0; 2];
        normals(&mut Stream::<f64>::new(9, Purpose::Steps, x[0].to_bits()), &mut xi);
        let noise = Noise { xi: &xi, uniform: 0.5 };
        let (delta, epsilon) = (interval.end - interval.start, interval.motion.epsilon);
        let scale = |i: usize| (2.0 * epsilon * delta).sqrt() * interval.motion.scales[i];
        let force = |walker: &Walker, i: usize| epsilon * interval.motion.scales[i].powi(2) * walker.gradient[i];

        let way = Way { integrator: Integrator::Pair, path: &path, drift: &Shear };
        let mut walker = Walker::at(x);
        walker.step(true, way, interval, noise);
        let back = walker.log_weight;
        let xi = [0, 1].map(|i| (x[i] - walker.x[i] - (walker.drift[i] - force(&walker, i)) * delta) / scale(i));
        walker.step(false, way, interval, Noise { xi: &xi, uniform: 0.5 });
        assert!((0..2).all(|i| (walker.x[i] - x[i]).abs() < 1e-13), "{:?} and {x:?}", walker.x);
        assert!((walker.log_weight - 2.0 * back).abs() < 1e-12, "pair: {} and {back}", walker.log_weight - back);

        // Without transport, so that the place between the two halves of the step is the one before it.
        let way = Way { integrator: Integrator::Split(Map::Euler, Move::Unadjusted), path: &path, drift: &Still };
        let frozen = Interval { start: interval.end, ..interval };
        let mut walker = Walker::at(x);
        walker.step(true, way, interval, noise);
        let mut at_end = Walker { known: false, log_weight: 0.0, ..walker.clone() };
        at_end.step(false, way, Interval { motion: Motion::new(0.0), ..frozen }, STILL);
        let xi = [0, 1].map(|i| (x[i] - walker.x[i] + force(&at_end, i) * delta) / scale(i));
        let back = walker.log_weight;
        walker.step(false, way, interval, Noise { xi: &xi, uniform: 0.5 });
        assert!((0..2).all(|i| (walker.x[i] - x[i]).abs() < 1e-13), "{:?} and {x:?}", walker.x);
        assert!((walker.log_weight - 2.0 * back).abs() < 1e-12, "unadjusted: {} and {back}", walker.log_weight - back);
    }
}

/// No drift.
type Still = nets_kernel::drift::Zero;
#[expect(non_upper_case_globals, reason = "as the other drifts are written")]
const Still: Still = nets_kernel::drift::Zero { dim: 2 };

/// A way to make a step back.
type Scheme<'a> = &'a dyn Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>);

/// Wider than the base density where that matters, so that weights of paths back have moments.
fn wide() -> Moving {
    Moving { mean: vec![0.6, -0.3], sd: vec![1.3, 0.95] }
}

/// What exact samples of the target, carried back, say with the weights `e^−A`: the mean weight over `Z_0 / Z_1`, less 1, and
/// means and variances of the coordinates less those of the base density, each over its standard error.
fn scores(scheme: Scheme<'_>, steps: usize, motion: Motion<'_, f64>) -> Vec<(&'static str, f64)> {
    let path = wide();
    let walkers: Vec<Walker> = (0..20_000)
        .map(|number| {
            let mut stream = Stream::<f64>::new(1, Purpose::Backward, number);
            let mut walker = Walker::default();
            normals(&mut stream, &mut walker.x);
            for (x, (mean, sd)) in walker.x.iter_mut().zip(path.mean.iter().zip(&path.sd)) {
                *x = mean + sd * *x;
            }
            normals(&mut stream, &mut walker.momentum);
            for k in (0..steps).rev() {
                let mut xi = [0.0; 2];
                normals(&mut stream, &mut xi);
                let noise = Noise { xi: &xi, uniform: stream.uniform() };
                let (start, end) = (k as f64 / steps as f64, (k + 1) as f64 / steps as f64);
                scheme(&mut walker, &path, Interval { start, end, motion }, noise);
            }
            walker
        })
        .collect();
    let log_ratio = path.exact_log_z() - Path::<f64>::log_z_base(&path);
    let weights: Vec<f64> = walkers.iter().map(|walker| (log_ratio - walker.log_weight).exp()).collect();
    let (n, total) = (weights.len() as f64, weights.iter().sum::<f64>());
    let variance = weights.iter().map(|w| (w - total / n).powi(2)).sum::<f64>() / (n - 1.0);
    let mut scores = vec![("normaliser", (total / n - 1.0) / (variance / n).sqrt())];
    let coordinates: [fn(&Walker) -> f64; 4] =
        [|walker| walker.x[0], |walker| walker.x[1], |walker| walker.momentum[0], |walker| walker.momentum[1]];
    for coordinate in coordinates {
        let mut score = |what, exact: f64, h: &dyn Fn(f64) -> f64| {
            let values = || walkers.iter().zip(&weights).map(|(walker, w)| (h(coordinate(walker)), w));
            let estimate = values().map(|(h, w)| h * w).sum::<f64>() / total;
            let error = values().map(|(h, w)| (w * (h - estimate)).powi(2)).sum::<f64>().sqrt() / total;
            scores.push((what, (estimate - exact) / error));
        };
        score("mean", 0.0, &|x| x);
        score("variance", 1.0, &|x| x * x);
    }
    scores
}

fn passes(name: &str, scheme: Scheme<'_>, steps: usize, motion: Motion<'_, f64>) {
    verdict::passes(name, scores(scheme, steps, motion));
}

fn fails(name: &str, scheme: Scheme<'_>, steps: usize, motion: Motion<'_, f64>) {
    verdict::fails(name, scores(scheme, steps, motion));
}

/// The kernel's step back with a drift.
fn honest(
    integrator: Integrator,
    drift: impl Drift<f64>,
) -> impl Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>) {
    move |walker, path, interval, noise| {
        walker.step(true, Way { integrator, path, drift: &drift }, interval, noise);
    }
}

/// The kernel's step back, with moves in a metric of the path's.
fn slanted(integrator: Integrator) -> impl Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>) {
    move |walker, path, interval, noise| {
        walker.step(true, Way { integrator, path: &Slanted(path), drift: &Shear }, interval, noise);
    }
}

#[test]
fn exact_samples_return_to_the_base_density() {
    for (steps, epsilon) in [(1, 0.3), (2, 0.5), (3, 0.7)] {
        passes("pair", &honest(Integrator::Pair, Shear), steps, motion(epsilon));
    }
    for map in MAPS {
        for made in MOVES {
            for (steps, epsilon) in [(1, 0.4), (4, 1.0)] {
                let split = Integrator::Split(map, made);
                passes(&format!("{map:?}, {made:?}"), &honest(split, Shear), steps, motion(epsilon));
            }
        }
    }
    for made in MOVES {
        let split = Integrator::Split(Map::Midpoint, made);
        passes(&format!("{made:?} in a metric"), &slanted(split), 4, motion(1.0));
        passes(&format!("{made:?} before a flow"), &honest(split, InTurn(1.0)), 4, motion(1.0));
        passes(&format!("{made:?}, perfect drift"), &honest(split, wide()), 3, motion(1.0));
    }
}

#[test]
fn broken_steps_back_are_noticed() {
    for map in MAPS {
        let split = Integrator::Split(map, Move::Mala);
        fails("a determinant that is left out", &honest(split, WrongDerivatives(0.0)), 4, motion(0.7));
        fails("a determinant of the wrong sign", &honest(split, WrongDerivatives(-1.0)), 4, motion(0.7));
    }
    let split = Integrator::Split(Map::Midpoint, Move::Mala);
    fails("a flow's determinant of the wrong sign", &honest(split, InTurn(-1.0)), 4, motion(0.7));
    // The walker moves with a larger ε than its weight is for.
    for made in [Move::Unadjusted, Move::InertialUnadjusted] {
        fails(
            &format!("{made:?} of the wrong ε"),
            &|walker, path, interval, noise| {
                let way = Way { integrator: Integrator::Split(Map::Midpoint, made), path, drift: &Shear };
                let before = walker.log_weight;
                let mut other = walker.clone();
                other.step(true, way, interval, noise);
                let larger = Motion { epsilon: 1.5 * interval.motion.epsilon, ..interval.motion };
                walker.step(true, way, Interval { motion: larger, ..interval }, noise);
                walker.log_weight = before + (other.log_weight - before);
            },
            4,
            motion(1.0),
        );
    }
    fails(
        "a pair of the wrong ε",
        &|walker, path, interval, noise| {
            let way = Way { integrator: Integrator::Pair, path, drift: &Shear };
            let xi = [1.2 * noise.xi[0], 1.2 * noise.xi[1]];
            walker.step(true, way, interval, Noise { xi: &xi, ..noise });
        },
        3,
        motion(0.7),
    );
    // Every proposal is accepted.
    fails(
        "MALA without its test",
        &|walker, path, interval, noise| {
            let way = Way { integrator: split, path, drift: &Shear };
            walker.step(true, way, interval, Noise { uniform: 1e-300, ..noise });
        },
        4,
        motion(4.0),
    );
}

/// The whole way back with lasting momenta, whose sign matters where trajectories are rejected.
#[test]
fn momenta_that_are_not_turned_round_are_noticed() {
    let lasting = Motion { friction: 0.2, ..motion(40.0) };
    let inertial = Integrator::Split(Map::Midpoint, Move::Inertial);
    passes("inertial, lasting momenta", &honest(inertial, Shear), 30, lasting);
    fails(
        "a rejected trajectory that keeps its momentum",
        &|walker, path, interval, noise| {
            let way = Way { integrator: inertial, path, drift: &Shear };
            if !walker.step(true, way, interval, noise) {
                walker.momentum = walker.momentum.map(|p| -p);
            }
        },
        30,
        lasting,
    );
}
