//! The Hartley transform, and the drift of lattice fields that is made of it.

mod common;

use common::{Four, assert_close, difference};
use nets_kernel::drift::lattice::{LatticeDrift, MEAN_TERMS, SITE_TERMS, slice_len};
use nets_kernel::drift::{Drift, JacobianForm, Scratch};
use nets_kernel::math::{Hartley, hartley_table};
use nets_kernel::real::{Lanes, Real};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::log_determinant;

fn numbers(count: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut numbers = vec![0.0; count];
    normals(&mut Stream::new(seed, Purpose::Evaluate, 0), &mut numbers);
    numbers.iter().map(|x| scale * x).collect()
}

fn hartley(side: usize) -> Hartley<Vec<f64>> {
    let mut table = vec![0.0; 2 * side];
    hartley_table(&mut table);
    Hartley { side, table }
}

/// `Σ_j x_j cas(2π jk / N)` along every axis, from the definition.
fn transform_by_definition(side: usize, axes: u32, x: &[f64]) -> Vec<f64> {
    let mut x = x.to_vec();
    for axis in 0..axes {
        let stride = side.pow(axis);
        let line = |place: usize| place / stride % side;
        x = (0..x.len())
            .map(|k| {
                let start = k - line(k) * stride;
                let term = |j: usize| {
                    let angle = std::f64::consts::TAU * (j * line(k) % side) as f64 / side as f64;
                    x[start + j * stride] * (angle.cos() + angle.sin())
                };
                (0..side).map(term).sum()
            })
            .collect();
    }
    x
}

#[test]
fn the_transform_is_its_definition_at_every_length() {
    let cases =
        (1..=34_usize).map(|side| (side, 1)).chain([(48, 1), (64, 1), (4, 2), (5, 2), (6, 2), (20, 2), (3, 3), (6, 3)]);
    for (side, axes) in cases {
        let (sites, transform) = (side.pow(axes), hartley(side));
        let x = numbers(sites, 1.0, side as u64);
        let (mut found, mut scratch) = (x.clone(), vec![f64::NAN; Hartley::<Vec<f64>>::scratch(sites)]);
        transform.transform(&mut found, &mut scratch);
        let expected = transform_by_definition(side, axes, &x);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-12 * sites as f64, "{side}^{axes}: {found} and {expected}");
        }
        transform.transform(&mut found, &mut scratch);
        for (found, x) in found.iter().zip(&x) {
            assert!((found / sites as f64 - x).abs() < 1e-13 * (1.0 + side as f64), "{side}^{axes}: twice is N times");
        }
    }
}

/// A drift on a lattice with random coefficients, and the orbits of momenta on which its spectrum is constant.
struct Random {
    drift: LatticeDrift<Vec<f64>>,
    orbits: Vec<u32>,
    sizes: Vec<u32>,
    /// One for each orbit, then those of the functions at a site and of the terms with the means.
    coefficients: Vec<f64>,
}

fn random(side: usize) -> Random {
    let sites = side * side;
    let mut names = vec![];
    let orbits: Vec<u32> = (0..sites)
        .map(|k| {
            let folded = |k: usize| k.min(side - k);
            let (a, b) = (folded(k / side), folded(k % side));
            let name = (a.min(b), a.max(b));
            let known = names.iter().position(|&known| known == name);
            known.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            }) as u32
        })
        .collect();
    let mut sizes = vec![0; names.len()];
    orbits.iter().for_each(|&orbit| sizes[orbit as usize] += 1);
    let mut coefficients = numbers(sizes.len() + SITE_TERMS + MEAN_TERMS, 0.3, 5);
    let means = coefficients.len() - MEAN_TERMS;
    coefficients[means..].iter_mut().for_each(|c| *c *= 3.0);
    let mut slice: Vec<f64> = orbits.iter().map(|&orbit| coefficients[orbit as usize]).collect();
    slice.extend(&coefficients[sizes.len()..]);
    assert_eq!(slice.len(), slice_len(sites));
    let drift = LatticeDrift { sites, hartley: hartley(side), times: vec![0.0], numbers: slice };
    Random { drift, orbits, sizes, coefficients }
}

impl Random {
    fn scratch<R: Real<Scalar = f64>>(&self) -> Vec<R> {
        vec![R::splat(f64::NAN); Drift::<R>::scratch(&self.drift).values]
    }

    fn value<R: Real<Scalar = f64>>(&self, x: &[R]) -> Vec<R> {
        let mut b = vec![R::splat(f64::NAN); x.len()];
        self.drift.value(0.5, x, &mut b, Scratch { values: &mut self.scratch(), streams: &mut [] });
        b
    }

    /// `Φ(x)` and its log determinant.
    fn flow<R: Real<Scalar = f64>>(&self, delta: f64, x: &[R]) -> (Vec<R>, R) {
        let mut y = vec![R::splat(f64::NAN); x.len()];
        let scratch = Scratch { values: &mut self.scratch(), streams: &mut [] };
        let log_determinant = self.drift.flow(0.5, delta, x, &mut y, scratch);
        (y, log_determinant)
    }
}

#[test]
fn the_divergence_is_that_of_the_drift() {
    for side in [1, 2, 3, 4, 5, 6] {
        let (random, sites) = (random(side), side * side);
        let x = numbers(sites, 0.8, 1);
        let mut b = vec![0.0; sites];
        let scratch = Scratch { values: &mut random.scratch(), streams: &mut [] };
        let divergence = random.drift.divergence(0.5, &x, &mut b, scratch);
        assert_eq!(b, random.value(&x));
        let trace: f64 = (0..sites).map(|y| difference(|by| random.value(&moved(&x, y, by))[y])).sum();
        assert_close("divergence", divergence, trace, sites as f64);
    }
}

fn moved(x: &[f64], y: usize, by: f64) -> Vec<f64> {
    let mut moved = x.to_vec();
    moved[y] += by;
    moved
}

/// Its determinant against that of the matrix of differences. Catches a factor that is forgotten in any of the maps.
#[test]
fn the_flow_has_the_determinant_that_it_says() {
    for side in [1, 2, 3, 4, 5] {
        let (random, sites) = (random(side), side * side);
        let x = numbers(sites, 0.8, 1);
        for delta in [0.02, 0.1] {
            let flow = |x: &[f64]| random.flow(delta, x);
            let mut matrix: Vec<f64> = vec![0.0; sites * sites];
            for y in 0..sites {
                for row in 0..sites {
                    matrix[row * sites + y] = difference(|by| flow(&moved(&x, y, by)).0[row]);
                }
            }
            let expected = log_determinant(JacobianForm::Full, sites, &mut matrix);
            assert_close("log determinant", flow(&x).1, expected, sites as f64);
        }
    }
}

/// To second order: halving the step takes an eighth of the difference to the path `dx/dt = b(x)`, here by the classical
/// Runge–Kutta method. Catches a part that is left out, halves in the wrong order.
#[test]
fn the_flow_follows_the_drift() {
    let random = random(4);
    let x = numbers(16, 0.8, 1);
    let miss = |delta: f64| {
        let step = |x: &[f64], k: &[f64], h: f64| -> Vec<f64> { x.iter().zip(k).map(|(x, k)| x + h * k).collect() };
        let k1 = random.value(&x);
        let k2 = random.value(&step(&x, &k1, 0.5 * delta));
        let k3 = random.value(&step(&x, &k2, 0.5 * delta));
        let k4 = random.value(&step(&x, &k3, delta));
        let end = (0..16).map(|i| x[i] + delta / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
        end.zip(random.flow(delta, &x).0).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    let ratio = miss(0.02) / miss(0.01);
    assert!((7.0..9.0).contains(&ratio), "the error falls {ratio} times");
}

#[test]
fn a_flow_that_is_not_one_to_one_says_so() {
    let random = random(4);
    let log_determinant = random.flow(1e3, &numbers(16, 0.8, 1)).1;
    assert!(!log_determinant.is_finite(), "{log_determinant}");
}

#[test]
fn features_times_coefficients_are_the_residual() {
    for side in [3, 4, 6, 10] {
        let (random, sites) = (random(side), side * side);
        let (x, gradient) = (numbers(sites, 0.8, 1), numbers(sites, 1.3, 2));
        let mut features = vec![f64::NAN; random.coefficients.len()];
        let mut scratch = vec![f64::NAN; LatticeDrift::<Vec<f64>>::features_scratch(sites)];
        random.drift.features(&x, &gradient, (&random.orbits, &random.sizes), &mut features, &mut scratch);
        let found: f64 = features.iter().zip(&random.coefficients).map(|(g, c)| g * c).sum();

        let mut b = vec![0.0; sites];
        let scratch = Scratch { values: &mut random.scratch(), streams: &mut [] };
        let divergence = random.drift.divergence(0.5, &x, &mut b, scratch);
        let along: f64 = b.iter().zip(&gradient).map(|(b, g)| b * g).sum();
        assert_close("residual", found, divergence - along, sites as f64);
    }
}

#[test]
fn the_drift_commutes_with_the_symmetries() {
    let side = 6;
    let random = random(side);
    let x = numbers(side * side, 0.8, 1);
    let b = random.value(&x);
    let place = |i: usize, j: usize| i % side * side + j % side;
    type Site = (usize, usize);
    let maps: [(&str, &dyn Fn(Site) -> usize); 4] = [
        ("translation", &|(i, j)| place(i + 2, j + 5)),
        ("rotation", &|(i, j)| place(j, side - i)),
        ("reflection", &|(i, j)| place(i, side - j)),
        ("exchange of axes", &|(i, j)| place(j, i)),
    ];
    for (name, map) in maps {
        let moved =
            |field: &[f64]| -> Vec<f64> { (0..side * side).map(|k| field[map((k / side, k % side))]).collect() };
        for (found, expected) in random.value(&moved(&x)).into_iter().zip(moved(&b)) {
            assert!((found - expected).abs() < 1e-12, "{name}: {found} and {expected}");
        }
    }
    let (y, log_determinant) = random.flow(0.05, &x);
    for (name, map) in maps {
        let moved =
            |field: &[f64]| -> Vec<f64> { (0..side * side).map(|k| field[map((k / side, k % side))]).collect() };
        let (found, same) = random.flow(0.05, &moved(&x));
        assert!((same - log_determinant).abs() < 1e-12, "{name}: {same} and {log_determinant}");
        assert!(found.iter().zip(moved(&y)).all(|(a, b)| (a - b).abs() < 1e-12), "{name}");
    }
    let negative: Vec<f64> = x.iter().map(|x| -x).collect();
    for (found, expected) in random.value(&negative).into_iter().zip(&b) {
        assert!((found + expected).abs() < 1e-14, "sign: {found} and {expected}");
    }
}

#[test]
fn walkers_in_lanes_are_walkers_alone() {
    let random = random(6);
    let alone: Vec<Vec<f64>> = (0..Four::LANES).map(|walker| numbers(36, 0.7, 10 + walker as u64)).collect();
    let together: Vec<Four> = (0..36).map(|i| Lanes(std::array::from_fn(|walker| alone[walker][i]))).collect();
    let (found, flow) = (random.value(&together), random.flow(0.05, &together));
    for (walker, x) in alone.iter().enumerate() {
        let (expected, own) = (random.value(x), random.flow(0.05, x));
        assert!(found.iter().zip(&expected).all(|(found, &expected)| found.lane(walker) == expected));
        assert!(flow.0.iter().zip(&own.0).all(|(found, &expected)| found.lane(walker) == expected));
        assert_eq!(flow.1.lane(walker), own.1);
    }
}
