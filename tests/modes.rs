//! The drift of modes in a subspace: derivatives, determinants, and that it can be perfect.

mod common;
#[path = "common/moving.rs"]
mod moving;

use common::{Four, assert_close, difference, points, potential_at};
use moving::Moving;
use nets_kernel::drift::modes::{frame_len, slice_len};
use nets_kernel::drift::{Drift, JacobianForm, Modes, Scratch, ScratchSize};
use nets_kernel::path::{GaussianMixture, Path, StudentMixture};
use nets_kernel::real::{Lanes, Real};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::{
    Integrator, Interval, Map, Motion, Move, Noise, State, Workspace, WorkspaceSize, log_determinant,
};
use nets_kernel::weight::WeightSum;

type Drawn = Modes<f64, Vec<f64>>;

/// `(d, r, g, 1/ν)`
const SHAPES: [(usize, usize, usize, f64); 6] =
    [(5, 2, 3, 0.0), (5, 2, 3, 0.5), (4, 1, 1, 0.0), (3, 3, 4, 0.2), (2, 1, 2, 0.0), (3, 0, 1, 0.0)];

fn numbers(count: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut numbers = vec![0.0; count];
    normals(&mut Stream::new(seed, Purpose::Evaluate, 0), &mut numbers);
    numbers.iter().map(|x| scale * x).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Orthonormal rows.
fn rows(rank: usize, dim: usize) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = vec![];
    for k in 0..rank {
        let mut row = numbers(dim, 1.0, 20 + k as u64);
        for other in &rows {
            let along = dot(other, &row);
            row.iter_mut().zip(other).for_each(|(x, p)| *x -= along * p);
        }
        let length = dot(&row, &row).sqrt();
        rows.push(row.iter().map(|x| x / length).collect());
    }
    rows
}

/// Two slices, the second from t = 0.5 on, of random coefficients around random modes.
fn drawn((dim, rank, modes, tail): (usize, usize, usize, f64)) -> Drawn {
    let (rows, places) = (rows(rank, dim), numbers(modes * rank, 1.5, 2));
    let mut frame = numbers(dim, 0.2, 3);
    frame.extend(rows.concat());
    frame.extend(&places);
    for place in places.chunks_exact(rank.max(1)) {
        frame.extend((0..dim).map(|i| rows.iter().zip(place).map(|(row, w)| row[i] * w).sum::<f64>()));
    }
    frame.resize(frame_len(dim, rank, modes), 0.0);
    let mut slices = vec![];
    for k in 0..2 {
        slices.extend([0.8 + 0.3 * f64::from(k), 0.4 + 0.2 * f64::from(k), 0.3 - 0.5 * f64::from(k)]);
        slices.extend(numbers(slice_len(rank, modes) - 3, 0.6, 5 + k as u64));
    }
    Modes { dim, rank, modes, tail, times: vec![0.0, 0.5], frame, numbers: slices }
}

fn scratch<R: Real<Scalar = f64>>(drift: &Drawn) -> Vec<R> {
    vec![R::splat(f64::NAN); Drift::<R>::scratch(drift).values]
}

fn value<R: Real<Scalar = f64>>(drift: &Drawn, t: f64, x: &[R]) -> Vec<R> {
    let mut b = vec![R::splat(f64::NAN); x.len()];
    drift.value(t, x, &mut b, Scratch { values: &mut scratch(drift), streams: &mut [] });
    b
}

fn divergence<R: Real<Scalar = f64>>(drift: &Drawn, t: f64, x: &[R]) -> R {
    let mut b = vec![R::splat(f64::NAN); x.len()];
    drift.divergence(t, x, &mut b, Scratch { values: &mut scratch(drift), streams: &mut [] })
}

/// `∂f_i/∂x_j`, row-major, by differences.
fn derivatives(x: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let d = x.len();
    let entry = |index: usize| {
        let moved = |by: f64| {
            let mut x = x.to_vec();
            x[index % d] += by;
            f(&x)[index / d]
        };
        difference(moved)
    };
    (0..d * d).map(entry).collect()
}

#[test]
fn divergence_and_jacobian_are_those_of_the_drift() {
    for shape @ (d, r, ..) in SHAPES {
        let (drift, rows) = (drawn(shape), rows(r, d));
        for (x, t) in points(d, 1.2).iter().zip([0.2, 0.7].into_iter().cycle()) {
            let dense = derivatives(x, |x| value(&drift, t, x));
            let trace: f64 = dense.iter().step_by(d + 1).sum();
            assert_close("divergence", divergence(&drift, t, x), trace, 1.0);

            let (mut b, mut jacobian) = (vec![0.0; d], vec![f64::NAN; 1 + r * r]);
            drift.jacobian(t, x, &mut b, &mut jacobian, Scratch { values: &mut scratch(&drift), streams: &mut [] });
            assert_eq!(b, value(&drift, t, x));
            // J − αI = Pᵀ V: H is what it is from the subspace to the subspace, and across there is nothing.
            let rest = |i: usize, j: usize| dense[i * d + j] - if i == j { jacobian[0] } else { 0.0 };
            let column =
                |k: usize| -> Vec<f64> { (0..d).map(|i| (0..d).map(|j| rest(i, j) * rows[k][j]).sum()).collect() };
            for k in 0..r {
                for (i, row) in rows.iter().enumerate() {
                    assert_close("H", jacobian[1 + i * r + k], dot(row, &column(k)), 1.0);
                }
            }
            for j in 0..d {
                let image: Vec<f64> = (0..d).map(|i| rest(i, j)).collect();
                let within: Vec<f64> = rows.iter().map(|row| dot(row, &image)).collect();
                for i in 0..d {
                    let back: f64 = rows.iter().zip(&within).map(|(row, w)| row[i] * w).sum();
                    assert_close("across", image[i], back, 1.0);
                }
            }
        }
    }
}

/// Steps without noise, over the border of two slices: what is not potentials in the log weight is the log determinant.
#[test]
fn determinants_of_transport_are_those_of_its_map() {
    for shape @ (d, ..) in SHAPES {
        let drift = drawn(shape);
        let path = Moving { mean: vec![0.3; d], sd: vec![1.1; d] };
        let (start, end) = (0.4, 0.75);
        let mut found = [vec![], vec![]];
        for x in points(d, 1.0) {
            for (map, found) in [Map::Euler, Map::Midpoint].into_iter().zip(&mut found) {
                let transport = |x: &[f64]| -> Vec<f64> {
                    let go = |by: f64, b: &[f64]| -> Vec<f64> { x.iter().zip(b).map(|(x, b)| x + by * b).collect() };
                    let b = value(&drift, start, x);
                    match map {
                        Map::Euler => go(end - start, &b),
                        Map::Midpoint => {
                            let middle = 0.5 * (end - start);
                            go(end - start, &value(&drift, start + middle, &go(middle, &b)))
                        }
                    }
                };
                let mut matrix = derivatives(&x, transport);
                let expected = log_determinant(JacobianForm::Full, d, &mut matrix);
                let (y, log_weight) = stepped(&path, &drift, map, (start, end), &x);
                let (before, after) = (potential_at(&path, start, &x).0, potential_at(&path, end, &y).0);
                let determinant = log_weight - before + after;
                assert!(expected.is_nan() == determinant.is_nan());
                if expected.is_finite() {
                    assert_close("log determinant", determinant, expected, before + after);
                    found.push(determinant);
                }
            }
        }
        assert!(found[0].len() > 8 && found[1].len() > 8, "too many singular maps");
        // What would pass for the other's determinant would show nothing.
        assert!(found[0].iter().zip(&found[1]).any(|(a, b)| (a - b).abs() > 1e-3), "{shape:?}");
    }
}

/// A step of `split` without a move: the new position, and what it adds to the log weight.
fn stepped(path: &Moving, drift: &dyn Drift<f64>, map: Map, (start, end): (f64, f64), x: &[f64]) -> (Vec<f64>, f64) {
    let (mut x, mut gradient, mut b) = (x.to_vec(), vec![0.0; x.len()], vec![0.0; x.len()]);
    let mut values = vec![f64::NAN; WorkspaceSize::new::<f64>(path, drift).values];
    let mut workspace = Workspace { values: &mut values, streams: &mut [] };
    let mut state =
        State { x: &mut x, gradient: &mut gradient, drift: &mut b, momentum: &mut [], potential: 0.0, known: false };
    let interval = Interval { start, end, motion: Motion::new(0.0) };
    let noise = Noise { xi: &[], uniform: 1.0 };
    let integrator = Integrator::Split(map, Move::Mala);
    let increment = integrator.step(path, drift, interval, noise, &mut state, &mut workspace);
    (x, increment.log_weight)
}

#[test]
fn regressors_add_up_to_the_residual_of_the_drift() {
    for shape @ (d, r, g, _) in SHAPES {
        let drift = drawn(shape);
        let count = Drawn::regressors_len(r, g);
        for (x, t) in points(d, 1.2).iter().zip([0.2, 0.7].into_iter().cycle()) {
            let gradient = numbers(d, 1.0, 9);
            let (mut regressors, mut scratch) = (vec![f64::NAN; count], vec![f64::NAN; drift.regressors_scratch()]);
            drift.regressors(t, x, &gradient, &mut regressors, &mut scratch);
            let slice = &drift.numbers[if t < 0.5 { 0 } else { slice_len(r, g) }..];
            let found = dot(&regressors, &slice[2..2 + count]);
            let expected = divergence(&drift, t, x) - dot(&value(&drift, t, x), &gradient);
            assert!((found - expected).abs() < 1e-12 * (10.0 + expected.abs()), "{shape:?}: {found} and {expected}");
        }
    }
}

/// Every lane is the walker on its own, to the last bit.
#[test]
fn lanes_do_not_matter() {
    fn check<R: Real<Scalar = f64>>() {
        for shape @ (d, r, g, _) in SHAPES {
            let (drift, points) = (drawn(shape), points(d, 1.2));
            let x: Vec<R> = (0..d).map(|i| R::from_lanes(|lane| points[lane][i])).collect();
            let (b, div) = (value(&drift, 0.2, &x), divergence(&drift, 0.2, &x));
            let count = Drawn::regressors_len(r, g);
            let (mut all, mut scratch) = (vec![R::zero(); count], vec![R::zero(); drift.regressors_scratch()]);
            drift.regressors(0.2, &x, &x, &mut all, &mut scratch);
            for (lane, x) in points.iter().enumerate().take(R::LANES) {
                let (mut own, mut scratch) = (vec![0.0; count], vec![0.0; drift.regressors_scratch()]);
                drift.regressors(0.2, x, x, &mut own, &mut scratch);
                assert_eq!(b.iter().map(|b| b.lane(lane)).collect::<Vec<f64>>(), value(&drift, 0.2, x));
                assert_eq!(div.lane(lane), divergence(&drift, 0.2, x));
                assert_eq!(all.iter().map(|g| g.lane(lane)).collect::<Vec<f64>>(), own);
            }
        }
    }
    check::<Four>();
    check::<Lanes<f64, 8>>();
}

/// The residual `∇·b − ∇U·b − ∂_tU` of a perfect drift is the same everywhere; both paths are normalised, so it is zero.
#[test]
fn mixtures_that_move_out_have_a_perfect_drift() {
    let (dim, rank, modes) = (4, 2, 3);
    for tail in [0.0, 0.5] {
        let mut drift = drawn((dim, rank, modes, tail));
        drift.frame[..dim].fill(0.0);
        let places = dim + rank * dim;
        let centres = drift.frame[places + modes * rank..].to_vec();
        for (x, t) in points(dim, 1.5).iter().zip([0.1, 0.45, 0.9].into_iter().cycle()) {
            let mut slice = vec![1.0, t, 0.0];
            slice.extend([0.0; 4]);
            slice.extend(&drift.frame[places..places + modes * rank]);
            (drift.times, drift.numbers) = (vec![0.0], slice);
            let log_weights = vec![-(modes as f64).ln(); modes];
            let (_, gradient, rate) = if tail == 0.0 {
                let path = GaussianMixture { dim, means: centres.clone(), log_weights, base_sd: 1.0, sd: 1.0 };
                potential_at(&path, t, x)
            } else {
                let path = StudentMixture { dim, centres: centres.clone(), log_weights, base_scale: 1.0, scale: 1.0 };
                potential_at(&path, t, x)
            };
            let residual = divergence(&drift, t, x) - dot(&value(&drift, t, x), &gradient) - rate;
            assert!(residual.abs() < 1e-12, "tail {tail}: {residual}");
            drift.numbers[0] = 1.3;
            let wrong = divergence(&drift, t, x) - dot(&value(&drift, t, x), &gradient) - rate;
            assert!(wrong.abs() > 1e-9, "a wrong width shows");
        }
    }
}

/// The same drift with a wrong `H`.
struct Broken<'a>(&'a Drawn, f64);

impl Drift<f64> for Broken<'_> {
    fn dim(&self) -> usize {
        Drift::<f64>::dim(self.0)
    }
    fn scratch(&self) -> ScratchSize {
        Drift::<f64>::scratch(self.0)
    }
    fn value(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) {
        self.0.value(t, x, b, scratch);
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        self.0.divergence(t, x, b, scratch)
    }
    fn jacobian_form(&self) -> JacobianForm {
        Drift::<f64>::jacobian_form(self.0)
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        self.0.jacobian(t, x, b, jacobian, scratch);
        jacobian[1..].iter_mut().for_each(|entry| *entry *= self.1);
    }
}

/// `E[e^A] = Z_1 / Z_0` for a drift that is wrong, at one, two and three steps: within five standard errors, which are
/// near 0.004, and more than eight away when `H` is left out or halved. (Twice `H` is no test: in one dimension the error is
/// quadratic in the factor, and has a second zero near two.)
#[test]
fn weights_are_exact_at_few_steps() {
    let path = Moving::example();
    for tail in [0.0, 0.5] {
        let mut drift = drawn((2, 1, 2, tail));
        drift.numbers.iter_mut().skip(2).for_each(|c| *c *= 0.5);
        for steps in [1, 2, 3] {
            for (factor, right) in [(1.0, true), (0.0, false), (0.5, false)] {
                let score = score(&path, &Broken(&drift, factor), steps);
                let fits = if right { score.abs() < 5.0 } else { score.abs() > 8.0 };
                assert!(fits, "tail {tail}, {steps} steps, H times {factor}: {score} standard errors");
            }
        }
    }
}

/// `log Ẑ − log Z` over its standard error, of walkers that only follow the drift.
fn score(path: &Moving, drift: &dyn Drift<f64>, steps: usize) -> f64 {
    let time = |k: usize| k as f64 / steps as f64;
    let log_weights: Vec<f64> = (0..60_000)
        .map(|number| {
            let mut x = vec![0.0; 2];
            normals(&mut Stream::<f64>::new(1, Purpose::Base, number), &mut x);
            let mut total = 0.0;
            for k in 0..steps {
                let (y, gain) = stepped(path, drift, Map::Midpoint, (time(k), time(k + 1)), &x);
                (x, total) = (y, total + gain);
            }
            total
        })
        .collect();
    let sums = WeightSum::of(&log_weights);
    (sums.log_mean() + Path::<f64>::log_z_base(path) - path.exact_log_z()) / sums.log_mean_stderr()
}
