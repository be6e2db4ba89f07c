//! What is compiled once for every width, in this crate.
//!
//! A generic function is compiled anew in every program that calls it. The loops of sampling and training are large
//! once everything is inlined into them, so programs reach them through methods of the lanes' types: those are
//! compiled here, and a user's target adds only its own path.

use crate::engine::{AnySampler, Batch, Block, Done, Error};
use crate::model::{FeaturesModel, LatticeModel, MlpModel, ModesModel};
use crate::target::{BatchTarget, Builtin, DriftBox, PathBox};
use crate::train::{Fitted, LeastSquares, NetworkTrained, NetworkTraining, State};
use nets_kernel::path::Path;
use nets_kernel::real::Real;

/// The type that a [`Job`](super::Job) runs with: walkers, in parts that are registers.
pub trait Lane: Real {
    #[doc(hidden)]
    fn builtin_path(target: &Builtin) -> PathBox<'_, Self>;
    #[doc(hidden)]
    fn batch_path(target: &BatchTarget) -> PathBox<'_, Self>;
    #[doc(hidden)]
    fn builtin_drift(target: &Builtin) -> Option<DriftBox<'_, Self>>;
    #[doc(hidden)]
    fn sample_block(block: &Block<'_, Self>, number: u64) -> Done;
    #[doc(hidden)]
    fn back_block(block: &Block<'_, Self>, number: u64, rows: &[f64]) -> Vec<f64>;
    #[doc(hidden)]
    fn step(sampler: &AnySampler<'_, Self>, tiles: &mut [Batch<Self>], k: u64, t: Self::Scalar, next: Self::Scalar);
    #[doc(hidden)]
    fn fit(task: &LeastSquares<'_>, state: Option<State>, path: PathBox<'_, Self>) -> Result<Fitted, Error>;
    #[doc(hidden)]
    fn train_network(
        task: &NetworkTraining<'_>,
        state: Option<State>,
        path: &(dyn Path<Self> + Send + Sync),
    ) -> Result<NetworkTrained, Error>;
    #[doc(hidden)]
    fn features_drift(model: &FeaturesModel) -> DriftBox<'_, Self>;
    #[doc(hidden)]
    fn lattice_drift(model: &LatticeModel) -> DriftBox<'_, Self>;
    #[doc(hidden)]
    fn modes_drift(model: &ModesModel) -> DriftBox<'_, Self>;
    #[doc(hidden)]
    fn mlp_drift(model: &MlpModel) -> DriftBox<'_, Self>;
    #[doc(hidden)]
    fn mlp_gradient_drift(model: &MlpModel) -> DriftBox<'_, Self>;
}

/// Compiles the methods of [`Lane`] for a type, with tiles of `$mr` network outputs.
macro_rules! compile_lane {
    ($type:ty, $mr:literal) => {
        impl crate::lanes::Lane for $type {
            fn builtin_path(target: &crate::target::Builtin) -> crate::target::PathBox<'_, Self> {
                target.any_path()
            }
            fn batch_path(target: &crate::target::BatchTarget) -> crate::target::PathBox<'_, Self> {
                target.any_path()
            }
            fn builtin_drift(target: &crate::target::Builtin) -> Option<crate::target::DriftBox<'_, Self>> {
                target.any_perfect_drift()
            }
            fn sample_block(block: &crate::engine::Block<'_, Self>, number: u64) -> crate::engine::Done {
                block.run(number)
            }
            fn back_block(block: &crate::engine::Block<'_, Self>, number: u64, rows: &[f64]) -> Vec<f64> {
                block.run_back(number, rows)
            }
            fn step(
                sampler: &crate::engine::AnySampler<'_, Self>,
                tiles: &mut [crate::engine::Batch<Self>],
                k: u64,
                t: Self::Scalar,
                next: Self::Scalar,
            ) {
                crate::engine::step(sampler, tiles, k, t, next);
            }
            fn fit(
                task: &crate::train::LeastSquares<'_>,
                state: Option<crate::train::State>,
                path: crate::target::PathBox<'_, Self>,
            ) -> Result<crate::train::Fitted, crate::engine::Error> {
                crate::train::Fit::new(task, path).run(state)
            }
            fn train_network(
                task: &crate::train::NetworkTraining<'_>,
                state: Option<crate::train::State>,
                path: &(dyn nets_kernel::path::Path<Self> + Send + Sync),
            ) -> Result<crate::train::NetworkTrained, crate::engine::Error> {
                task.train::<Self, $mr>(state, path)
            }
            fn features_drift(model: &crate::model::FeaturesModel) -> crate::target::DriftBox<'_, Self> {
                Box::new(crate::engine::Outlined(model.drift::<Self::Scalar>()))
            }
            fn lattice_drift(model: &crate::model::LatticeModel) -> crate::target::DriftBox<'_, Self> {
                Box::new(crate::engine::Outlined(model.drift::<Self::Scalar>()))
            }
            fn modes_drift(model: &crate::model::ModesModel) -> crate::target::DriftBox<'_, Self> {
                Box::new(crate::engine::Outlined(model.drift::<Self::Scalar>()))
            }
            fn mlp_drift(model: &crate::model::MlpModel) -> crate::target::DriftBox<'_, Self> {
                Box::new(crate::engine::Outlined(crate::model::PackedMlp::<Self::Scalar, $mr>::new(model)))
            }
            fn mlp_gradient_drift(model: &crate::model::MlpModel) -> crate::target::DriftBox<'_, Self> {
                let packed = crate::model::PackedMlp::<Self::Scalar, $mr>::new(model);
                Box::new(crate::engine::Outlined(crate::model::PackedGradient(packed)))
            }
        }
    };
}

pub(super) use compile_lane;

#[cfg(not(nets_256_only))]
mod everywhere {
    use nets_kernel::real::Lanes;

    super::compile_lane!(Lanes<f32, 4>, 4);
    super::compile_lane!(Lanes<f64, 2>, 4);
    super::compile_lane!(f32, 4);
}
// Also for points one by one: observables, contours.
compile_lane!(f64, 4);
