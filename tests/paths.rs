//! Paths against finite differences, and their ends against what they say they start from and end in.

mod common;

use common::{check_path, points, potential, potential_at};
use nets_kernel::math::erfc;
use nets_kernel::math::{Hartley, hartley_table};
use nets_kernel::path::{AtTime, Coupling, GaussianMixture, Geometric, OpeningFunnel, Path, Schedule, StudentMixture};
use nets_kernel::potential::{Coloring, CorrelatedGaussian, FreeField, Funnel, Lattice, Phi4};
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

fn gaussians() -> GaussianMixture<f64, Vec<f64>> {
    let log_weights = vec![0.3f64.ln(), 0.7f64.ln()];
    GaussianMixture { dim: 2, means: vec![3.0, -2.0, -1.0, 4.0], log_weights, base_sd: 2.0, sd: 0.5 }
}

fn students() -> StudentMixture<f64, Vec<f64>> {
    let GaussianMixture { dim, means, log_weights, base_sd, sd } = gaussians();
    StudentMixture { dim, centres: means, log_weights, base_scale: base_sd, scale: sd }
}

/// The free field of a lattice, by sums over its wave vectors.
fn free_field(side: usize, axes: u32, mass_squared: f64) -> FreeField<f64, Vec<f64>> {
    let lattice = Lattice { side, axes };
    let sites = lattice.sites();
    let coordinates = |site: usize| (0..axes).map(move |axis| site / side.pow(axis) % side);
    let wave = |n: usize| TAU * n as f64 / side as f64;
    let precision = |k| 2.0 * (mass_squared + coordinates(k).map(|k| 2.0 - 2.0 * wave(k).cos()).sum::<f64>());
    let root = |x: usize| {
        let phase = |k| coordinates(k).zip(coordinates(x)).map(|(k, x)| wave(k * x)).sum::<f64>();
        (0..sites).map(|k| phase(k).cos() / precision(k).sqrt()).sum::<f64>() / sites as f64
    };
    let log_z = 0.5 * (0..sites).map(|k| (TAU / precision(k)).ln()).sum::<f64>();
    FreeField { lattice, mass_squared, root: (0..sites).map(root).collect(), log_z }
}

/// What turns noise into that field, by transforms.
fn coloring(side: usize, axes: u32, mass_squared: f64) -> Coloring<Vec<f64>> {
    let lattice = Lattice { side, axes };
    let (mut spectrum, mut table) = (vec![0.0; lattice.sites()], vec![0.0; 2 * side]);
    lattice.spectrum(mass_squared, &mut spectrum, &mut vec![0.0; side]);
    hartley_table(&mut table);
    Coloring { hartley: Hartley { side, table }, spectrum }
}

/// `S Sᵀ` is the covariance of the free field, `R²` with the convolution `R` that it is sampled by, and `color_transposed`
/// is the transpose. Catches an amplitude at the wrong momentum, a factor `V`, one map in place of the other.
#[test]
fn noise_is_coloured_by_the_free_fields_covariance() {
    for (side, axes) in [(5, 1), (4, 2), (6, 2), (3, 3)] {
        let (field, coloring) = (free_field(side, axes, 0.3), coloring(side, axes, 0.3));
        let sites = field.lattice.sites();
        let mut scratch = vec![f64::NAN; Coloring::<Vec<f64>>::scratch(sites)];
        let unit = |i: usize| -> Vec<f64> { (0..sites).map(|j| f64::from(i == j)).collect() };
        for i in 0..sites {
            let mut covariance = unit(i);
            coloring.color_transposed(&mut covariance, &mut scratch);
            let transposed = covariance.clone();
            coloring.color(&mut covariance, &mut scratch);
            let (mut once, mut expected) = (vec![0.0; sites], vec![0.0; sites]);
            field.sample(&unit(i), &mut once);
            field.sample(&once, &mut expected);
            for j in 0..sites {
                assert!((covariance[j] - expected[j]).abs() < 1e-13, "{side}^{axes}: {i}, {j}");
                let mut column = unit(j);
                coloring.color(&mut column, &mut scratch);
                assert!((column[i] - transposed[j]).abs() < 1e-13, "{side}^{axes}: the transpose at {i}, {j}");
            }
        }
    }
}

#[test]
fn gradients_and_rates_agree_with_differences() {
    check_path("Gaussian mixture", &gaussians(), 4.0);
    check_path("Student mixture", &students(), 4.0);
    check_path("opening funnel", &OpeningFunnel(Funnel { dim: 2, sd: 3.0 }), 1.5);
    let base = CorrelatedGaussian { mean: vec![0.5, -1.0], factor: vec![1.2, 0.0, -0.7, 0.5] };
    let schedule = Schedule::Power(2.0);
    check_path(
        "geometric, funnel",
        &Geometric { base: base.clone(), target: Funnel { dim: 2, sd: 3.0 }, schedule },
        1.5,
    );
    let target = AtTime { path: students(), t: 1.0 };
    check_path("geometric, Student mixture", &Geometric { base, target, schedule }, 4.0);
    for (side, axes) in [(5, 1), (4, 2), (3, 3)] {
        let (base, metric) = (free_field(side, axes, 0.3), coloring(side, axes, 0.3));
        check_path("coupling", &Coupling { base, metric, mass_squared: -1.0, coupling: 0.9, schedule }, 1.0);
    }
}

/// The free field's samples and normaliser against its action, whose matrix is read off from gradients: `R A R = 1` and
/// `log Z = ½ V log 2π − ½ log det A`. Catches a neighbour that is the wrong one, a convolution that does not wrap
/// round or mixes up axes, and a wrong factor in any of them.
#[test]
fn the_free_field_is_that_of_its_action() {
    for (side, axes) in [(6, 1), (5, 2), (3, 3), (2, 2)] {
        let field = free_field(side, axes, 0.3);
        let v = field.lattice.sites();
        let action = Phi4 { lattice: field.lattice, mass_squared: 0.3, coupling: 0.0 };
        let unit = |j: usize| (0..v).map(|i| f64::from(u8::from(i == j))).collect::<Vec<_>>();
        let root = |xi: &[f64]| {
            let mut x = vec![0.0; v];
            field.sample(xi, &mut x);
            x
        };
        for j in 0..v {
            let identity = root(&potential(&action, &root(&unit(j))).1);
            for (found, expected) in identity.iter().zip(unit(j)) {
                assert!((found - expected).abs() < 1e-12, "{side}^{axes}: {found} and {expected}");
            }
        }
        let mut matrix: Vec<Vec<f64>> = (0..v).map(|j| potential(&action, &unit(j)).1).collect();
        let expected = 0.5 * v as f64 * TAU.ln() - 0.5 * log_determinant(&mut matrix);
        assert!((field.log_z - expected).abs() < 1e-11, "{side}^{axes}: {} and {expected}", field.log_z);
    }
}

/// By elimination; the matrix is positive definite.
fn log_determinant(matrix: &mut [Vec<f64>]) -> f64 {
    let Some((pivot, rest)) = matrix.split_first_mut() else { return 0.0 };
    for row in rest.iter_mut() {
        let factor = row[0] / pivot[0];
        for (entry, &above) in row.iter_mut().zip(pivot.iter()) {
            *entry -= factor * above;
        }
        row.remove(0);
    }
    pivot[0].ln() + log_determinant(rest)
}

/// A path from the free field to φ⁴ theory has both at its ends.
#[test]
fn the_coupling_path_ends_in_its_target() {
    let (base, metric) = (free_field(4, 2, 0.3), coloring(4, 2, 0.3));
    let path = Coupling { base, metric, mass_squared: -1.0, coupling: 0.9, schedule: Schedule::Linear };
    let lattice = path.base.lattice;
    for x in points(16, 1.0) {
        for (t, mass_squared, coupling) in [(0.0, 0.3, 0.0), (1.0, -1.0, 0.9)] {
            let expected = potential(&Phi4 { lattice, mass_squared, coupling }, &x);
            let (u, gradient, _) = potential_at(&path, t, &x);
            assert!((u - expected.0).abs() < 1e-13 * (1.0 + u.abs()));
            assert!(gradient.iter().zip(expected.1).all(|(g, e)| (g - e).abs() < 1e-13 * (1.0 + e.abs())));
        }
    }
}

/// The base of the Student mixture has its distribution function, tails included: at `x(ξ)` it is `Φ(ξ)`, to 1e−13 of
/// what lies beyond. Catches a tail that is cut off or a scale that is forgotten.
#[test]
fn the_student_base_has_students_tails() {
    for xi in [0.01, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0] {
        let mut x = [0.0_f64; 2];
        students().base(&[xi, -xi], &mut x);
        assert_eq!(x[0], -x[1]);
        let z = x[0] / 2.0;
        let radius = (2.0 + z * z).sqrt();
        // ½ (1 − z / √(2 + z²))
        let beyond = 1.0 / (radius * (radius + z));
        let expected = 0.5 * erfc(xi * FRAC_1_SQRT_2);
        assert!((beyond / expected - 1.0).abs() < 1e-13, "{xi}: {beyond:e} and {expected:e}");
    }
}
