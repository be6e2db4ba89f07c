//! Every weight, move and resampling scheme passes a check that a deliberately broken variant of it fails.
//!
//! Checks of estimates allow five standard errors, and ask the broken variants for more than eight.

#[path = "common/moving.rs"]
mod moving;
#[path = "common/shear.rs"]
mod shear;
#[path = "common/verdict.rs"]
mod verdict;

use moving::Moving;
use nets_kernel::drift::Drift;
use nets_kernel::path::Path;
use nets_kernel::resample::{Resampling, replace};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::{Increment, Integrator, Interval, Map, Motion, Move, Noise, State, Workspace, WorkspaceSize};
use nets_kernel::weight::WeightSum;
use shear::{InTurn, Shear, Slanted, WrongDerivatives};

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

impl Walker {
    /// A step of the kernel.
    fn step(
        &mut self,
        integrator: Integrator,
        path: &dyn Path<f64>,
        drift: &dyn Drift<f64>,
        interval: Interval<'_, f64>,
        noise: Noise<'_, f64>,
    ) -> Increment<f64> {
        let mut values = vec![0.0; WorkspaceSize::new::<f64>(path, drift).values];
        let mut workspace = Workspace { values: &mut values, streams: &mut [] };
        let mut state = State {
            x: &mut self.x,
            gradient: &mut self.gradient,
            drift: &mut self.drift,
            momentum: &mut self.momentum,
            potential: self.potential,
            known: self.known,
        };
        let increment = integrator.step(path, drift, interval, noise, &mut state, &mut workspace);
        (self.potential, self.known) = (state.potential, state.known);
        increment
    }
}

/// A way to make a step: moves the walker, and adds to its log weight.
type Scheme<'a> = &'a dyn Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>);

/// What a population says: `Ẑ/Z − 1`, and the means and variances of the coordinates less the exact ones, each over its
/// standard error.
fn scores(scheme: Scheme<'_>, steps: usize, motion: Motion<'_, f64>) -> Vec<(&'static str, f64)> {
    let path = Moving::example();
    let walkers: Vec<Walker> = (0..20_000)
        .map(|number| {
            let mut stream = Stream::<f64>::new(1, Purpose::Base, number);
            let mut walker = Walker::default();
            normals(&mut stream, &mut walker.x);
            normals(&mut stream, &mut walker.momentum);
            for k in 0..steps {
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
    let weights: Vec<f64> = walkers.iter().map(|walker| (walker.log_weight - log_ratio).exp()).collect();
    let (n, total) = (weights.len() as f64, weights.iter().sum::<f64>());
    let mean = total / n;
    let variance = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let mut scores = vec![("normaliser", (mean - 1.0) / (variance / n).sqrt())];
    for i in 0..2 {
        let mut score = |what, exact: f64, h: &dyn Fn(f64) -> f64| {
            let values = || walkers.iter().zip(&weights).map(|(walker, w)| (h(walker.x[i]), w));
            let estimate = values().map(|(h, w)| h * w).sum::<f64>() / total;
            let error = values().map(|(h, w)| (w * (h - estimate)).powi(2)).sum::<f64>().sqrt() / total;
            scores.push((what, (estimate - exact) / error));
        };
        let (m, sd) = (path.mean[i], path.sd[i]);
        score("mean", m, &|x| x);
        score("variance", sd * sd, &|x| (x - m).powi(2));
    }
    scores
}

fn passes(name: &str, scheme: Scheme<'_>, steps: usize, motion: Motion<'_, f64>) {
    verdict::passes(name, scores(scheme, steps, motion));
}

fn fails(name: &str, scheme: Scheme<'_>, steps: usize, motion: Motion<'_, f64>) {
    verdict::fails(name, scores(scheme, steps, motion));
}

/// The kernel's step.
fn honest(integrator: Integrator) -> impl Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>) {
    move |walker, path, interval, noise| {
        walker.log_weight += walker.step(integrator, path, &Shear, interval, noise).log_weight;
    }
}

/// The kernel's step with another drift.
fn with_drift(
    integrator: Integrator,
    drift: impl Drift<f64>,
) -> impl Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>) {
    move |walker, path, interval, noise| {
        walker.log_weight += walker.step(integrator, path, &drift, interval, noise).log_weight;
    }
}

/// The kernel's step, with moves in a metric of the path's.
fn slanted(integrator: Integrator) -> impl Fn(&mut Walker, &Moving, Interval<'_, f64>, Noise<'_, f64>) {
    move |walker, path, interval, noise| {
        walker.log_weight += walker.step(integrator, &Slanted(path), &Shear, interval, noise).log_weight;
    }
}

const MAPS: [Map; 2] = [Map::Euler, Map::Midpoint];
const MOVES: [Move; 4] = [Move::Mala, Move::Unadjusted, Move::Inertial, Move::InertialUnadjusted];

fn motion(epsilon: f64) -> Motion<'static, f64> {
    Motion { scales: &[0.8, 1.3], friction: 1.5, leaps: 2, ..Motion::new(epsilon) }
}

#[test]
fn what_the_kernel_does_passes() {
    passes("pair", &honest(Integrator::Pair), 4, motion(0.7));
    for map in MAPS {
        for made in MOVES {
            for (steps, epsilon) in [(1, 0.6), (4, 1.2)] {
                passes(&format!("{map:?}, {made:?}"), &honest(Integrator::Split(map, made)), steps, motion(epsilon));
            }
        }
    }
    for made in MOVES {
        let split = Integrator::Split(Map::Midpoint, made);
        passes(&format!("{made:?} in a metric"), &slanted(split), 4, motion(1.2));
        passes(&format!("{made:?} after a flow"), &with_drift(split, InTurn(1.0)), 4, motion(1.2));
    }
    passes("ito", &honest(Integrator::Ito), 400, motion(0.7));
}

#[test]
fn a_pair_with_a_wrong_kernel_is_noticed() {
    // Σ ((x − x′ + (b + ε∇U)Δ)/σ)² / 4εΔ at the new place.
    let back = |from: &[f64; 2], walker: &Walker, interval: &Interval<'_, f64>| -> f64 {
        let (delta, motion) = (interval.end - interval.start, interval.motion);
        let miss = |i: usize| {
            let sd = motion.scales[i];
            let force = motion.epsilon * sd * sd * walker.gradient[i];
            (from[i] - walker.x[i] + (walker.drift[i] + force) * delta) / sd
        };
        (miss(0).powi(2) + miss(1).powi(2)) / (4.0 * motion.epsilon * delta)
    };
    // (A wrong sign of ε∇U in the backward kernel is no error: any normalised kernel gives unbiased weights.)
    fails(
        "a backward kernel of another width",
        &|walker, path, interval, noise| {
            let from = walker.x;
            walker.log_weight += walker.step(Integrator::Pair, path, &Shear, interval, noise).log_weight;
            walker.log_weight -= back(&from, walker, &interval);
        },
        4,
        motion(0.7),
    );
    fails(
        "a forward kernel that is left out",
        &|walker, path, interval, noise| {
            walker.log_weight += walker.step(Integrator::Pair, path, &Shear, interval, noise).log_weight;
            walker.log_weight -= 0.5 * (noise.xi[0].powi(2) + noise.xi[1].powi(2));
        },
        4,
        motion(0.7),
    );
}

#[test]
fn wrong_determinants_and_divergences_are_noticed() {
    for map in MAPS {
        let split = Integrator::Split(map, Move::Mala);
        fails("a determinant that is left out", &with_drift(split, WrongDerivatives(0.0)), 4, motion(0.7));
        fails("a determinant of the wrong sign", &with_drift(split, WrongDerivatives(-1.0)), 4, motion(0.7));
    }
    let split = Integrator::Split(Map::Midpoint, Move::Mala);
    fails("a flow without its determinant", &with_drift(split, InTurn(0.0)), 4, motion(0.7));
    fails("a flow's determinant of the wrong sign", &with_drift(split, InTurn(-1.0)), 4, motion(0.7));
    fails("a divergence of the wrong sign", &with_drift(Integrator::Ito, WrongDerivatives(-1.0)), 400, motion(0.7));
}

/// The transport alone, and its weight.
fn transport(walker: &mut Walker, path: &dyn Path<f64>, interval: Interval<'_, f64>, noise: Noise<'_, f64>) {
    let still = Interval { motion: Motion::new(0.0), ..interval };
    let split = Integrator::Split(Map::Midpoint, Move::Mala);
    walker.log_weight += walker.step(split, path, &Shear, still, noise).log_weight;
}

#[test]
fn moves_with_a_wrong_test_are_noticed() {
    for made in [Move::Unadjusted, Move::InertialUnadjusted] {
        fails(
            &format!("{made:?} that is neither tested nor weighted"),
            &|walker, path, interval, noise| {
                let mut moved = walker.clone();
                moved.step(Integrator::Split(Map::Midpoint, made), path, &Shear, interval, noise);
                transport(walker, path, interval, noise);
                *walker = Walker { log_weight: walker.log_weight, ..moved };
            },
            4,
            motion(2.0),
        );
        fails(
            &format!("{made:?} with the wrong sign of its ratio"),
            &|walker, path, interval, noise| {
                let mut moved = walker.clone();
                let all = moved.step(Integrator::Split(Map::Midpoint, made), path, &Shear, interval, noise);
                let before = walker.log_weight;
                transport(walker, path, interval, noise);
                let carried = walker.log_weight - before;
                let log_weight = before + carried - (all.log_weight - carried);
                *walker = Walker { log_weight, ..moved };
            },
            4,
            motion(1.0),
        );
    }
    fails(
        "moves in a metric that are neither tested nor weighted",
        &|walker, path, interval, noise| {
            let mut moved = walker.clone();
            let unadjusted = Integrator::Split(Map::Midpoint, Move::Unadjusted);
            moved.step(unadjusted, &Slanted(path), &Shear, interval, noise);
            transport(walker, path, interval, noise);
            *walker = Walker { log_weight: walker.log_weight, ..moved };
        },
        4,
        motion(4.0),
    );
    fails(
        "MALA that compares potentials alone",
        &|walker, path, interval, noise| {
            transport(walker, path, interval, noise);
            let mut moved = walker.clone();
            let frozen = Interval { start: interval.end, ..interval };
            let step = interval.motion.epsilon * (interval.end - interval.start);
            for i in 0..2 {
                moved.x[i] += (2.0 * step).sqrt() * noise.xi[i] - step * moved.gradient[i];
            }
            moved.known = false;
            let still = Interval { motion: Motion::new(0.0), ..frozen };
            // A step of no length evaluates the potential.
            moved.step(Integrator::Split(Map::Euler, Move::Mala), path, &Shear, still, noise);
            if noise.uniform.ln() < walker.potential - moved.potential {
                *walker = Walker { log_weight: walker.log_weight, ..moved };
            }
        },
        8,
        motion(2.0),
    );
}

/// Momenta that last make rejections matter: without the turn, walkers run on.
#[test]
fn momenta_that_are_not_turned_round_or_refreshed_are_noticed() {
    let lasting = Motion { friction: 0.5, ..motion(30.0) };
    let inertial = Integrator::Split(Map::Midpoint, Move::Inertial);
    passes("inertial, lasting momenta", &honest(inertial), 30, lasting);
    fails(
        "a rejected trajectory that keeps its momentum",
        &|walker, path, interval, noise| {
            let increment = walker.step(inertial, path, &Shear, interval, noise);
            walker.log_weight += increment.log_weight;
            if increment.accepted == 0.0 {
                walker.momentum = walker.momentum.map(|p| -p);
            }
        },
        30,
        lasting,
    );
    fails(
        "a refresh that cools",
        &|walker, path, interval, noise| {
            walker.log_weight += walker.step(inertial, path, &Shear, interval, noise).log_weight;
            walker.momentum = walker.momentum.map(|p| 0.8 * p);
        },
        30,
        lasting,
    );
}

/// A population of 64 with weights from all over, two of its walkers lost.
fn population() -> Vec<f64> {
    let mut log_weights = vec![0.0; 64];
    normals(&mut Stream::<f64>::new(2, Purpose::Base, 0), &mut log_weights);
    log_weights[7] = f64::NEG_INFINITY;
    log_weights[40] = f64::NAN;
    log_weights[12] += 3.0;
    log_weights
}

/// The largest deviation of a walker's mean number of copies from `n w / Σw`, in standard errors, over 20 000
/// resamplings; infinite if a resampling does not make 64 walkers.
fn copies_score(mut resample: impl FnMut(&[f64], &mut Stream<f64>, &mut [u32])) -> f64 {
    const TRIALS: u32 = 20_000;
    let log_weights = population();
    let log_mean = WeightSum::of(&log_weights).log_mean();
    let mut stream = Stream::new(3, Purpose::Resample, 0);
    let (mut sums, mut squares) = (vec![0.0; 64], vec![0.0; 64]);
    for _ in 0..TRIALS {
        let mut copies = vec![0; 64];
        resample(&log_weights, &mut stream, &mut copies);
        if copies.iter().sum::<u32>() != 64 {
            return f64::INFINITY;
        }
        for ((sum, square), &copies) in sums.iter_mut().zip(&mut squares).zip(&copies) {
            *sum += f64::from(copies);
            *square += f64::from(copies).powi(2);
        }
    }
    let n = f64::from(TRIALS);
    let score = |((sum, square), a): ((&f64, &f64), &f64)| {
        let expected = if a.is_finite() { (a - log_mean).exp() } else { 0.0 };
        let mean = sum / n;
        // A number of copies that is rounded always has the variance of the rounding at least.
        let rounding = (expected - expected.floor()) * (1.0 - (expected - expected.floor()));
        let variance = (square / n - mean * mean).max(rounding);
        if variance > 0.0 { (mean - expected).abs() / (variance / n).sqrt() } else { mean * 1e9 }
    };
    sums.iter().zip(&squares).zip(&log_weights).map(score).fold(0.0, f64::max)
}

const SCHEMES: [Resampling; 4] =
    [Resampling::Systematic, Resampling::Stratified, Resampling::Residual, Resampling::Multinomial];

/// Mean numbers of copies, four schemes of 64 walkers each: the largest of 256 scores is near 3.
#[test]
fn copies_have_the_right_mean() {
    for scheme in SCHEMES {
        let score = copies_score(|a, stream, copies| {
            scheme.resample(a, || stream.uniform(), copies).unwrap();
        });
        assert!(score < 5.0, "{scheme:?}: a walker has {score:.1} standard errors too few or too many copies");
    }
}

#[test]
fn wrong_resampling_is_noticed() {
    let noticed = |name: &str, score: f64| assert!(score > 8.0, "{name} is not noticed: {score:.1}");
    let with = |scheme: Resampling, uniform: &dyn Fn(f64) -> f64| {
        copies_score(|a, stream, copies| {
            scheme.resample(a, || uniform(stream.uniform()), copies).unwrap();
        })
    };
    noticed("a systematic point that is always in the middle", with(Resampling::Systematic, &|_| 0.5));
    noticed("strata sampled in their lower halves", with(Resampling::Stratified, &|u| 0.5 * u));
    noticed("residues drawn by squares", with(Resampling::Residual, &|u| u * u));
    noticed("independent draws that are not uniform", with(Resampling::Multinomial, &|u| u.sqrt()));
    for scheme in SCHEMES {
        let flat = copies_score(|a, stream, copies| {
            let half: Vec<f64> = a.iter().map(|a| 0.5 * a).collect();
            scheme.resample(&half, || stream.uniform(), copies).unwrap();
        });
        noticed("weights that are square roots", flat);
        let short = copies_score(|a, stream, copies| {
            scheme.resample(a, || stream.uniform(), copies).unwrap();
            copies[12] -= 1;
        });
        noticed("a walker that is forgotten", short);
    }
}

/// `Ẑ/Z − 1` over its standard error, for 300 populations that are resampled at every step.
fn resampled_score(scheme: Resampling, keeps_log_z: bool) -> f64 {
    let path = Moving::example();
    let log_ratio = path.exact_log_z() - Path::<f64>::log_z_base(&path);
    let estimate = |population: u64| -> f64 {
        let mut uniforms = Stream::<f64>::new(4, Purpose::Resample, population);
        let mut streams: Vec<Stream<f64>> =
            (0..64).map(|number| Stream::new(4, Purpose::Base, 64 * population + number)).collect();
        let mut walkers = vec![Walker::default(); 64];
        for (walker, stream) in walkers.iter_mut().zip(&mut streams) {
            normals(stream, &mut walker.x);
        }
        let mut log_z = 0.0;
        for k in 0..4 {
            for (walker, stream) in walkers.iter_mut().zip(&mut streams) {
                let mut xi = [0.0; 2];
                normals(stream, &mut xi);
                let noise = Noise { xi: &xi, uniform: stream.uniform() };
                let interval = Interval { start: 0.25 * k as f64, end: 0.25 * (k + 1) as f64, motion: motion(0.7) };
                honest(Integrator::Split(Map::Midpoint, Move::Mala))(walker, &path, interval, noise);
            }
            let log_weights: Vec<f64> = walkers.iter().map(|walker| walker.log_weight).collect();
            let mut copies = [0; 64];
            let sums = scheme.resample(&log_weights, || uniforms.uniform(), &mut copies).unwrap();
            if keeps_log_z || k == 3 {
                log_z += sums.log_mean();
            }
            replace(&copies, |from, to| walkers[to] = walkers[from].clone());
            walkers.iter_mut().for_each(|walker| walker.log_weight = 0.0);
        }
        (log_z - log_ratio).exp()
    };
    let estimates: Vec<f64> = (0..300).map(estimate).collect();
    let mean = estimates.iter().sum::<f64>() / 300.0;
    let variance = estimates.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / 299.0;
    (mean - 1.0) / (variance / 300.0).sqrt()
}

#[test]
fn the_normaliser_survives_resampling() {
    for scheme in SCHEMES {
        let score = resampled_score(scheme, true);
        assert!(score.abs() < 4.0, "{scheme:?}: Z is {score:.1} standard errors off");
        let score = resampled_score(scheme, false);
        assert!(score.abs() > 8.0, "{scheme:?}: stages whose log Z is left out are not noticed, {score:.1}");
    }
}

/// With one leap and momenta drawn anew, inertial moves are MALA, up to rounding.
#[test]
fn an_inertial_move_of_one_leap_is_mala() {
    let motion = Motion { scales: &[0.8, 1.3], ..Motion::new(1.5) };
    let path = Moving::example();
    let mut differ: f64 = 0.0;
    for number in 0..200 {
        let mut stream = Stream::<f64>::new(6, Purpose::Base, number);
        let mut mala = Walker::default();
        normals(&mut stream, &mut mala.x);
        let mut inertial = mala.clone();
        for k in 0..5 {
            let mut xi = [0.0; 2];
            normals(&mut stream, &mut xi);
            let noise = Noise { xi: &xi, uniform: stream.uniform() };
            let interval = Interval { start: 0.2 * k as f64, end: 0.2 * (k + 1) as f64, motion };
            honest(Integrator::Split(Map::Euler, Move::Mala))(&mut mala, &path, interval, noise);
            honest(Integrator::Split(Map::Euler, Move::Inertial))(&mut inertial, &path, interval, noise);
        }
        for (a, b) in mala.x.iter().zip(&inertial.x) {
            differ = differ.max((a - b).abs());
        }
        differ = differ.max((mala.log_weight - inertial.log_weight).abs());
    }
    assert!(differ < 1e-12, "they differ by {differ}");
}
