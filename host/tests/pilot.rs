//! Pilot runs: steps that are equally hard, moves that are accepted as asked, estimates that do not depend on them.

mod common;

use common::{plan, run};
use nets_host::engine::{Error, PilotOptions, Plan, Protocol, pilot};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::{Builtin, Density, OwnDensity, Target};
use nets_kernel::path::Table;
use nets_kernel::real::Real;
use nets_kernel::step::{Integrator, Map, Move};

const SPLIT: Integrator = Integrator::Split(Map::Midpoint, Move::Mala);

fn adapted(plan: &Plan, protocol: Protocol, scales: &[f64]) -> Plan {
    Plan { steps: protocol.epsilons.len(), protocol: Some(protocol), scales: scales.to_vec(), ..plan.clone() }
}

/// Sampling with what a pilot found: acceptance near the one asked for, log Z within four standard errors, for annealed
/// importance sampling and with resampling, with the pilot's number of steps and another. Catches a pilot whose steps
/// or moves are not those that sampling makes.
#[test]
fn what_a_pilot_finds_works_for_other_walkers() {
    for name in ["gaussian-10", "doublewell-4"] {
        let target = Builtin::parse(name).unwrap();
        let model = Model::zero(&target);
        let plan = plan(20_000, 1, 1.0, SPLIT, 2);
        let options = PilotOptions { conditional_ess: 0.99, ..PilotOptions::default() };
        let found = pilot(&target, &model, &plan, &options, &Silent).unwrap();
        assert_eq!(found.protocol(None, 1.0).times, found.times);
        for (steps, resample_below) in [(None, None), (None, Some(0.5)), (Some(3 * found.moves.len()), Some(0.5))] {
            let plan = Plan { resample_below, ..adapted(&plan, found.protocol(steps, 1.0), &found.scales) };
            let (outcome, _) = run(&target, &model, &plan);
            let acceptance = outcome.acceptance.unwrap();
            assert!((acceptance - options.acceptance).abs() < 0.08, "{name}: acceptance {acceptance}");
            let score = (outcome.log_z - target.log_z().unwrap()) / outcome.log_z_stderr;
            assert!(score.abs() < 4.0, "{name}: log Z is {score:.1} standard errors off");
            assert_eq!(outcome.resamplings > 0, resample_below.is_some());
        }
    }
}

/// Every step loses about the same: the ESS of annealed importance sampling on a Gaussian, step by step.
#[test]
fn steps_lose_what_they_may() {
    let target = Builtin::parse("gaussian-10").unwrap();
    let model = Model::zero(&target);
    let kept = 0.98;
    let options = PilotOptions { conditional_ess: kept, ..PilotOptions::default() };
    let base = plan(20_000, 1, 1.0, SPLIT, 3);
    let found = pilot(&target, &model, &base, &options, &Silent).unwrap();
    // Resampled before every step, the ESS after it is its conditional ESS.
    let plan = Plan { resample_below: Some(1.0), ..adapted(&base, found.protocol(None, 1.0), &found.scales) };
    let (outcome, _) = run(&target, &model, &plan);
    // The first step has no resampling before it; the last is what is left over.
    let (_, inner) = outcome.ess_path.split_first().unwrap();
    for (k, ess) in inner[..inner.len() - 1].iter().enumerate() {
        // Blocks resample on their own, so the weights of all walkers differ between blocks too, by little.
        assert!((ess - kept).abs() < 0.012, "step {k} keeps {ess}");
    }
}

#[test]
fn a_pilot_that_cannot_arrive_says_so() {
    let target = Builtin::parse("gmm40").unwrap();
    let model = Model::zero(&target);
    let plan = plan(1000, 1, 1.0, SPLIT, 0);
    let options = PilotOptions { conditional_ess: 0.9999, max_steps: 20, ..PilotOptions::default() };
    let refused = |options: &PilotOptions| match pilot(&target, &model, &plan, options, &Silent) {
        Err(Error::Setting { name, .. }) => assert_eq!(name, "conditional-ess"),
        other => panic!("{other:?}"),
    };
    refused(&options);
    refused(&PilotOptions { conditional_ess: 1.0, ..options.clone() });
    refused(&PilotOptions { conditional_ess: f64::NAN, ..options });
}

/// Walkers that end on the way are weighted samples of the density there: a Gaussian of half the precision.
#[test]
fn a_run_can_end_on_the_way() {
    struct Narrow;
    impl Density for Narrow {
        fn dim(&self) -> usize {
            1
        }
        fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
            gradient[0] = R::c(9.0) * x[0];
            R::c(4.5) * x[0] * x[0]
        }
    }
    let table = Table::new(vec![0.0, 0.3, 1.0], vec![0.0, 0.5, 1.0]).unwrap();
    let target = OwnDensity::new("narrow", Narrow).tabulated(table);
    let model = Model::zero(&target);
    let plan = Plan { until: 0.3, ..plan(20_000, 40, 1.0, SPLIT, 4) };
    let (outcome, walkers) = run(&target, &model, &plan);
    // β = ½: precision (1 + 9)/2.
    let exact = 0.5 * (std::f64::consts::TAU / 5.0).ln();
    assert!(((outcome.log_z - exact) / outcome.log_z_stderr).abs() < 4.0, "log Z {}", outcome.log_z);
    assert_eq!((outcome.times[40], outcome.log_z_path[40]), (0.3, outcome.log_z));
    let weights: Vec<f64> = walkers.log_weights.iter().map(|a| a.exp()).collect();
    let total: f64 = weights.iter().sum();
    let variance = walkers.x.iter().zip(&weights).map(|(x, w)| w * x * x).sum::<f64>() / total;
    // Its standard error is 0.2 √(2/20000 ESS), near 0.003.
    assert!((variance - 0.2).abs() < 0.012, "variance {variance}");
}
