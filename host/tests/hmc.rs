//! Observables of φ⁴ theory with exact weights, against a hybrid Monte Carlo that shares nothing with the kernel but the
//! random numbers.
//!
//! Both errors are known: that of the Markov chains from independent chains, that of the weighted walkers by the delta
//! method.

mod common;

use common::{Keep, plan, run};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::Builtin;
use nets_host::train::{LeastSquaresOptions, Method, TrainOptions, train};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::{Integrator, Map, Move};

const SIDE: usize = 8;
const SITES: usize = SIDE * SIDE;
const MASS_SQUARED: f64 = -1.0;
/// `|M|`, `V M²`, the action of a site, and the two-point function `φ_x φ_{x+r}` along an axis for `r = 0, …, L/2`.
const OBSERVABLES: usize = 4 + SIDE / 2;

fn neighbours(site: usize) -> [usize; 4] {
    let (row, column) = (site / SIDE, site % SIDE);
    let at = |row: usize, column: usize| (row % SIDE) * SIDE + column % SIDE;
    [at(row + 1, column), at(row + SIDE - 1, column), at(row, column + 1), at(row, column + SIDE - 1)]
}

/// `U = Σ_x [−2 Σ_μ φ_x φ_{x+μ} + (4 + m²) φ² + λ φ⁴]`: each pair of neighbours once, here as half of twice.
fn action(field: &[f64], coupling: f64) -> f64 {
    let site = |(x, &f): (usize, &f64)| {
        let around: f64 = neighbours(x).iter().map(|&y| field[y]).sum();
        f * ((4.0 + MASS_SQUARED) * f - around) + coupling * f.powi(4)
    };
    field.iter().enumerate().map(site).sum()
}

/// `−∂U/∂φ_x`.
fn force(field: &[f64], coupling: f64, x: usize) -> f64 {
    let around: f64 = neighbours(x).iter().map(|&y| field[y]).sum();
    2.0 * around - 2.0 * (4.0 + MASS_SQUARED) * field[x] - 4.0 * coupling * field[x].powi(3)
}

fn observables(field: &[f64], coupling: f64) -> [f64; OBSERVABLES] {
    let volume = SITES as f64;
    let magnetisation = field.iter().sum::<f64>() / volume;
    let mut values = [0.0; OBSERVABLES];
    values[0] = magnetisation.abs();
    values[1] = volume * magnetisation * magnetisation;
    values[2] = action(field, coupling) / volume;
    for (r, value) in values[3..].iter_mut().enumerate() {
        let along = |x: usize| field[x] * field[x / SIDE * SIDE + (x % SIDE + r) % SIDE];
        *value = (0..SITES).map(along).sum::<f64>() / volume;
    }
    values
}

/// A mean and its standard error.
type Measured = [(f64, f64); OBSERVABLES];

/// Hybrid Monte Carlo (Duane et al. 1987): fresh momenta, leapfrog steps, accept or reject.
fn hybrid_monte_carlo(coupling: f64) -> Measured {
    const CHAINS: u64 = 48;
    const BURN_IN: usize = 300;
    const TRAJECTORIES: usize = 1500;
    const LEAPS: usize = 8;
    const STEP: f64 = 0.09;
    let mut means = vec![];
    let mut accepted = 0;
    for chain in 0..CHAINS {
        let mut stream = Stream::<f64>::new(17, Purpose::Train, chain);
        let (mut field, mut momentum) = (vec![0.0; SITES], vec![0.0; SITES]);
        normals(&mut stream, &mut field);
        let mut sums = [0.0; OBSERVABLES];
        for trajectory in 0..BURN_IN + TRAJECTORIES {
            normals(&mut stream, &mut momentum);
            let energy = |field: &[f64], momentum: &[f64]| {
                action(field, coupling) + 0.5 * momentum.iter().map(|p| p * p).sum::<f64>()
            };
            let (before, old) = (energy(&field, &momentum), field.clone());
            for leap in 0..=LEAPS {
                let half = if leap == 0 || leap == LEAPS { 0.5 } else { 1.0 };
                for (x, p) in momentum.iter_mut().enumerate() {
                    *p += half * STEP * force(&field, coupling, x);
                }
                if leap < LEAPS {
                    field.iter_mut().zip(&momentum).for_each(|(f, p)| *f += STEP * p);
                }
            }
            let accept = stream.uniform().ln() < before - energy(&field, &momentum);
            if !accept {
                field = old;
            }
            if trajectory >= BURN_IN {
                accepted += usize::from(accept);
                for (sum, value) in sums.iter_mut().zip(observables(&field, coupling)) {
                    *sum += value / TRAJECTORIES as f64;
                }
            }
        }
        means.push(sums);
    }
    let acceptance = accepted as f64 / (CHAINS as usize * TRAJECTORIES) as f64;
    assert!((0.5..0.99).contains(&acceptance), "the chains accept {acceptance}");
    let chains = CHAINS as f64;
    std::array::from_fn(|i| {
        let mean = means.iter().map(|m| m[i]).sum::<f64>() / chains;
        let variance = means.iter().map(|m| (m[i] - mean).powi(2)).sum::<f64>() / (chains - 1.0);
        (mean, (variance / chains).sqrt())
    })
}

/// Means over walkers whose log weights are `log_weight` of theirs.
fn weighted(walkers: &Keep, log_weight: impl Fn(f64) -> f64, coupling: f64) -> Measured {
    let largest = walkers.log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = walkers.log_weights.iter().map(|a| log_weight(a - largest).exp()).collect();
    let values: Vec<_> = walkers.x.chunks_exact(SITES).map(|field| observables(field, coupling)).collect();
    let total: f64 = weights.iter().sum();
    std::array::from_fn(|i| {
        let mean = weights.iter().zip(&values).map(|(w, v)| w * v[i]).sum::<f64>() / total;
        let spread = weights.iter().zip(&values).map(|(w, v)| (w * (v[i] - mean)).powi(2)).sum::<f64>();
        (mean, spread.sqrt() / total)
    })
}

/// The largest difference, in standard errors.
fn largest_score(one: &Measured, other: &Measured) -> f64 {
    one.iter().zip(other).map(|(a, b)| ((a.0 - b.0) / a.1.hypot(b.1)).abs()).fold(0.0, f64::max)
}

#[test]
fn observables_agree_with_hybrid_monte_carlo() {
    for coupling in [0.9, 0.8] {
        let target = Builtin::parse(&format!("phi4:L={SIDE},m2={MASS_SQUARED},lambda={coupling}")).unwrap();
        let settings = LeastSquaresOptions { walkers: 960, slices: 50, ..LeastSquaresOptions::lattice() };
        let options =
            TrainOptions { method: Method::LeastSquares(settings), seed: 3, ..TrainOptions::least_squares(&target) };
        let model = train(&target, &options, &Silent).unwrap().model;
        let plan = plan(4800, 100, 20.0, Integrator::Split(Map::Midpoint, Move::Mala), 11);
        let (outcome, walkers) = run(&target, &model, &plan);
        assert_eq!(outcome.lost_walkers, 0);

        let chains = hybrid_monte_carlo(coupling);
        let exact = weighted(&walkers, |a| a, coupling);
        let score = largest_score(&chains, &exact);
        println!("lambda {coupling}: ESS {}, {score} standard errors\n{chains:?}\n{exact:?}", outcome.ess);
        assert!(score < 4.0, "lambda {coupling}: {score} standard errors\n{chains:?}\n{exact:?}");

        // The comparison has the power to notice wrong weights: annealed walkers without any.
        let (_, walkers) = run(&target, &Model::zero(&target), &plan);
        let unweighted = weighted(&walkers, |_| 0.0, coupling);
        let score = largest_score(&chains, &unweighted);
        assert!(score > 8.0, "lambda {coupling}: without weights only {score} standard errors off");
    }
}
