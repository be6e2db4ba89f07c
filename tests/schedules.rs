//! Schedules and grids: values and slopes against closed forms and differences, steps against what they may lose.

use nets_kernel::grid::{next, uniform};
use nets_kernel::path::{Path, Schedule, Table, TableError, Waypoints};
use nets_kernel::potential::Gaussian;
use nets_kernel::weight::conditional_ess;

/// The smallest and the largest loss of the steps to the end, and how many evaluations they took.
fn walk(conditional_ess: impl Fn(f64, f64) -> f64, target: f64) -> (Vec<f64>, f64, u32) {
    let (mut times, mut trials) = (vec![0.0], 0);
    let mut worst: f64 = 0.0;
    let mut length = 1.0;
    while times[times.len() - 1] < 1.0 {
        let t = times[times.len() - 1];
        let to = next(t, length, target, |to| {
            trials += 1;
            conditional_ess(t, to)
        });
        assert!(to > t, "the grid stands still at {t}");
        if to < 1.0 {
            let loss = (1.0 - conditional_ess(t, to)) / (1.0 - target);
            assert!(loss > 0.85, "a step at {t} loses {loss} of what it may");
            worst = worst.max(loss);
        }
        length = to - t;
        times.push(to);
    }
    (times, worst, trials)
}

/// `1/(1 + (δ/s)²)`, a loss with a square law and a scale `s(t)`.
#[test]
fn steps_are_equally_hard() {
    for scale in [|_: f64| 0.3, |t: f64| 0.01 + t, |t: f64| 1e-6 + t * t] {
        let ess = |t: f64, to: f64| 1.0 / (1.0 + ((to - t) / scale(t)).powi(2));
        let (times, worst, trials) = walk(ess, 0.99);
        assert!(worst <= 1.0 + 1e-9, "a step loses {worst} of what it may");
        assert!(f64::from(trials) < 5.0 * times.len() as f64, "{trials} trials for {} steps", times.len());
    }
}

/// A loss that jumps still ends, with steps that keep the target.
#[test]
fn a_jump_is_stepped_over() {
    let ess = |t: f64, to: f64| if (t < 0.5) == (to < 0.5) { 0.995 } else { 0.1 };
    let mut t = 0.0;
    for _ in 0..100 {
        if t < 1.0 {
            t = next(t, 0.2, 0.99, |to| ess(t, to));
        }
    }
    assert!(t > 0.499, "stuck at {t}");
}

#[test]
fn uniform_times_end_at_one() {
    assert_eq!((0..=4).map(|k| uniform(k, 4)).collect::<Vec<f64>>(), [0.0, 0.25, 0.5, 0.75, 1.0]);
}

/// Slopes against central differences, ends against 0 and 1.
#[test]
fn schedules_rise_from_zero_to_one() {
    let table = Table::new(vec![0.0, 0.25, 0.75, 1.0], vec![0.0, 0.1, 0.4, 1.0]).unwrap();
    for schedule in [Schedule::Linear, Schedule::Power(2.5), Schedule::Cosine, Schedule::Tabulated(table)] {
        let beta = |t: f64| schedule.at(t).0;
        assert!(beta(0.0).abs() < 1e-15 && (beta(1.0) - 1.0).abs() < 1e-15, "{schedule:?}");
        for t in [0.03, 0.2, 0.31, 0.5, 0.74, 0.9] {
            let (found, h) = (schedule.at(t).1, 1e-6);
            let expected = (beta(t + h) - beta(t - h)) / (2.0 * h);
            assert!((found - expected).abs() < 1e-8, "{schedule:?} at {t}: {found}, differences {expected}");
            assert!(found > 0.0);
        }
    }
    let table = Table::new(vec![0.0f64, 0.25, 1.0], vec![0.0, 0.5, 1.0]).unwrap();
    assert_eq!(Schedule::Tabulated(table).at(0.25), (0.5, 2.0));
}

#[test]
fn tables_that_do_not_rise_are_refused() {
    let table = |times: &[f64], values: &[f64]| Table::new(times.to_vec(), values.to_vec()).err();
    assert_eq!(table(&[0.0, 1.0], &[0.0, 1.0]), None);
    assert_eq!(table(&[0.0, 1.0], &[0.0, 0.5, 1.0]), Some(TableError::Length));
    assert_eq!(table(&[0.0], &[0.0]), Some(TableError::Length));
    assert_eq!(table(&[0.0, 0.5, 0.5, 1.0], &[0.0, 0.1, 0.2, 1.0]), Some(TableError::Times));
    assert_eq!(table(&[0.1, 1.0], &[0.0, 1.0]), Some(TableError::Times));
    assert_eq!(table(&[0.0, 0.5, 1.0], &[0.0, f64::NAN, 1.0]), Some(TableError::Values));
    assert_eq!(table(&[0.0, 0.5, 1.0], &[0.0, 1.0, 0.5]), Some(TableError::Values));
}

/// Against the definition, with weights that differ and a walker that is lost.
#[test]
fn conditional_ess_is_that_of_the_increments() {
    assert_eq!(conditional_ess(&[0.0, 1.0, -3.0], &[700.0; 3]), 1.0);
    let (before, after) = ([0.3f64, -1.0, 0.7, f64::NEG_INFINITY], [0.1f64, 0.5, -0.4, 9.0]);
    let total: f64 = before.iter().map(|a| a.exp()).sum();
    let moment =
        |power: f64| -> f64 { before.iter().zip(&after).map(|(a, step)| a.exp() / total * (power * step).exp()).sum() };
    let expected = moment(1.0).powi(2) / moment(2.0);
    assert!((conditional_ess(&before, &after) - expected).abs() < 1e-14);
    // A walker that the step loses takes its weight with it.
    let lost = conditional_ess(&[0.0, 0.0], &[0.0, f64::NEG_INFINITY]);
    assert!((lost - 0.5).abs() < 1e-15, "{lost}");
    assert_eq!(conditional_ess(&[f64::NEG_INFINITY; 2], &[0.0; 2]), 0.0);
}

/// Gradient and rate against differences, and the densities themselves at their times.
#[test]
fn waypoints_are_passed() {
    let gaussian = |mean: f64, sd: f64| Gaussian { mean: [mean, -mean], sd: [sd, 1.0] };
    let densities = [gaussian(1.0, 0.5), gaussian(-2.0, 2.0), gaussian(0.5, 0.7)];
    let path = Waypoints { base: gaussian(0.0, 1.0), densities: &densities };
    let x = [0.3, -1.1];
    let at = |t: f64, x: [f64; 2]| {
        let (mut gradient, mut scratch) = ([0.0; 2], [0.0; 2]);
        let (u, rate) = path.potential_and_rate(t, &x, &mut gradient, &mut scratch);
        (u, gradient, rate)
    };
    let exact = |mean: f64, sd: f64| ((x[0] - mean) / sd).powi(2) / 2.0 + (x[1] + mean).powi(2) / 2.0;
    for (m, (mean, sd)) in [(0.0, 1.0), (1.0, 0.5), (-2.0, 2.0), (0.5, 0.7)].into_iter().enumerate() {
        let t = if m == 0 { 0.0 } else { path.time(m) };
        assert!((at(t, x).0 - exact(mean, sd)).abs() < 1e-13);
    }
    let h = 1e-6;
    for t in [0.1, 0.4, 0.6, 0.9] {
        let (_, gradient, rate) = at(t, x);
        assert!((rate - (at(t + h, x).0 - at(t - h, x).0) / (2.0 * h)).abs() < 1e-7, "rate at {t}");
        for i in 0..2 {
            let shifted = |by: f64| {
                let mut x = x;
                x[i] += by;
                at(t, x).0
            };
            assert!((gradient[i] - (shifted(h) - shifted(-h)) / (2.0 * h)).abs() < 1e-7, "gradient at {t}");
        }
    }
    // At a density the rate is that of the segment that begins there; at the end, of the last one.
    let third = path.time(1);
    assert!((at(third, x).2 - 3.0 * (exact(-2.0, 2.0) - exact(1.0, 0.5))).abs() < 1e-12);
    assert!((at(0.0, x).2 - 3.0 * (exact(1.0, 0.5) - exact(0.0, 1.0))).abs() < 1e-12);
    assert!((at(1.0, x).2 - 3.0 * (exact(0.5, 0.7) - exact(-2.0, 2.0))).abs() < 1e-12);
}
