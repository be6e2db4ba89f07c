//! The least-squares drift of modes in a subspace, on mixtures where it can be perfect.

mod common;

use common::{plan, run};
use nets_host::lanes::Precision;
use nets_host::model::{DriftModel, Language, Model, ModesModel};
use nets_host::progress::Silent;
use nets_host::target::{Builtin, Target};
use nets_host::train::{LeastSquaresOptions, Method, TrainOptions, train};
use nets_kernel::step::{Integrator, Map, Move};

const SPLIT: Integrator = Integrator::Split(Map::Midpoint, Move::Mala);

fn fitted(name: &str, walkers: usize) -> (Builtin, Model) {
    let target = Builtin::parse(name).unwrap();
    let method = Method::LeastSquares(LeastSquaresOptions { walkers, slices: 50, ..LeastSquaresOptions::modes() });
    let options = TrainOptions { method, seed: 3, ..TrainOptions::least_squares(&target) };
    let model = train(&target, &options, &Silent).unwrap().model;
    (target, model)
}

fn modes(model: &Model) -> &ModesModel {
    match &model.drift {
        DriftModel::Modes(modes) => modes,
        other => panic!("not a drift of modes: {other:?}"),
    }
}

/// The eight modes are found, and the ESS is that of the perfect drift to two percent; without one it is below a tenth.
#[test]
fn the_drift_of_a_mixture_is_found() {
    let (target, model) = fitted("gmm8-36", 1920);
    let found = modes(&model);
    assert_eq!((found.frame.modes, found.frame.rank, found.frame.tail), (8, 8, 0.0));
    let sampling = plan(1920, 100, 15.0, SPLIT, 11);
    let ess = |model: &Model| run(&target, model, &sampling).0;
    let (fitted, perfect, none) = (ess(&model), ess(&Model::exact(&target).unwrap()), ess(&Model::zero(&target)));
    assert!(fitted.ess > perfect.ess - 0.02, "ESS {}, that of the perfect drift {}", fitted.ess, perfect.ess);
    assert!(none.ess < 0.1, "ESS without a drift {}", none.ess);
    let score = fitted.log_z / fitted.log_z_stderr;
    assert!(score.abs() < 5.0 && fitted.lost_walkers == 0, "{score} standard errors, lost {}", fitted.lost_walkers);
}

/// Heavy tails are recognised. Centres in the plane are as near to each other as their components are wide.
#[test]
fn the_drift_of_a_mixture_with_heavy_tails_is_found() {
    let (target, model) = fitted("mos:d=2", 1920);
    let found = modes(&model);
    assert_eq!((found.frame.rank, found.frame.tail), (2, 0.5), "{} modes", found.frame.modes);
    let sampling = plan(3840, 100, 15.0, SPLIT, 11);
    let (fitted, none) = (run(&target, &model, &sampling).0, run(&target, &Model::zero(&target), &sampling).0);
    assert!(fitted.ess > 0.8 && none.ess < 0.5, "ESS {}, without a drift {}", fitted.ess, none.ess);
    let score = fitted.log_z / fitted.log_z_stderr;
    assert!(score.abs() < 5.0, "{score} standard errors");
}

/// One mode leaves a line, or no subspace at all if it is where walkers start. Then the drift is poor and weights are exact.
#[test]
fn one_mode_is_enough() {
    for (name, rank) in [("gaussian-3", 1), ("phi4:L=2,m2=1,lambda=0", 0)] {
        let (target, model) = fitted(name, 480);
        let found = modes(&model);
        assert_eq!((found.frame.modes, found.frame.rank), (1, rank), "{name}");
        let outcome = run(&target, &model, &plan(3840, 50, 2.0, SPLIT, 11)).0;
        let score = (outcome.log_z - target.log_z().unwrap()) / outcome.log_z_stderr;
        assert!(score.abs() < 4.0 && outcome.ess > 0.15, "{name}: ESS {}, {score} standard errors", outcome.ess);
    }
}

#[test]
fn models_keep_their_modes_and_are_not_exported() {
    let (_, model) = fitted("gmm8-2", 240);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.nets");
    model.save(&path).unwrap();
    assert!(Model::load(&path).unwrap().drift == model.drift);
    for error in [
        model.export(Language::C, Precision::F64).unwrap_err(),
        model.export(Language::Rust, Precision::F32).unwrap_err(),
        model.export_bytes(Precision::F32).unwrap_err(),
    ] {
        assert!(error.to_string().contains("modes"), "{error}");
    }

    // A frame that claims more coordinates than it has numbers for.
    let mut damaged = model.clone();
    let DriftModel::Modes(modes) = &mut damaged.drift else { unreachable!() };
    modes.frame.dim += 1;
    damaged.save(&path).unwrap();
    let error = Model::load(&path).unwrap_err().to_string();
    assert!(error.contains("modes"), "{error}");
}
