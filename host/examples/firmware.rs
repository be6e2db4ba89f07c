//! The host's part of `examples/firmware`: trains the models that are exported to devices, and computes the checksums
//! that devices have to show, as a device does and with every width of lanes that this machine has.
//!
//! ```text
//! cargo run --release -p nets-host --example firmware
//! ```

use nets_checksum::{DIM, EPSILON, INTEGRATORS, Population, Ring, SEED, STEPS, WALKERS};
use nets_host::engine::{Outlined, Plan, Sink, sample};
use nets_host::lanes::{Lane, Precision, Width};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::{PathBox, Target};
use nets_host::train::{Features, GateOptions, LeastSquaresOptions, Method, NetworkOptions, TrainOptions, train};
use nets_kernel::path::GaussianMixture;
use nets_kernel::real::Scalar;
use nets_kernel::step::Integrator;
use std::error::Error;
use std::path::Path;

/// The target of [`Ring`].
struct Eight;

impl Eight {
    fn mixture<S: Scalar>() -> GaussianMixture<S, Vec<S>> {
        let ring = Ring::default();
        let GaussianMixture { dim, means, log_weights, base_sd, sd } = ring.path();
        GaussianMixture { dim, means: means.to_vec(), log_weights: log_weights.to_vec(), base_sd, sd }
    }
}

impl Target for Eight {
    fn name(&self) -> String {
        "eight-gaussians".to_string()
    }
    fn dim(&self) -> usize {
        DIM
    }
    fn path<R: Lane>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Self::mixture::<R::Scalar>()))
    }
    fn log_z(&self) -> Option<f64> {
        Some(0.0)
    }
    fn length(&self) -> f64 {
        5.0
    }
}

/// The models, small enough for a microcontroller, with their names.
fn models() -> Result<[(&'static str, Model); 2], Box<dyn Error>> {
    let network = NetworkOptions { hidden: vec![64, 64], rounds: 200, ..NetworkOptions::default() };
    let gates = Features::Gates(GateOptions { gates: 8, block: DIM, width: 1.5 });
    let features = LeastSquaresOptions { slices: 6, features: gates, ..LeastSquaresOptions::gates(DIM) };
    let trained = |method| {
        let options = TrainOptions { method, ..TrainOptions::least_squares(&Eight) };
        train(&Eight, &options, &Silent).map(|trained| trained.model)
    };
    Ok([("mlp", trained(Method::Pinn(network))?), ("features", trained(Method::LeastSquares(features))?)])
}

/// The run of the device, on one walker at a time.
fn as_on_the_device<R: Lane>(model: &Model, integrator: Integrator) -> Result<Population, Box<dyn Error>> {
    let (path, drift) = (Eight.path::<R>(), model.drift::<R, _>(&Eight)?);
    let population = Population::sample(&*path, &*drift, integrator, &mut ());
    population.ok_or_else(|| "the drift wants more memory than the example has".into())
}

/// The same walkers from the engine behind `nets sample`, with lanes.
fn from_the_engine(
    model: &Model,
    integrator: Integrator,
    precision: Precision,
    width: Width,
) -> Result<Population, Box<dyn Error>> {
    struct Keep(Population);
    impl Sink for Keep {
        fn block(&mut self, _first_walker: u64, x: &[f64], log_weights: &[f64]) -> std::io::Result<()> {
            self.0.x.copy_from_slice(x);
            self.0.log_weights.copy_from_slice(log_weights);
            Ok(())
        }
    }
    let (walkers, steps) = (WALKERS as u64, STEPS);
    // The device draws momenta anew at every step.
    let friction = f64::INFINITY;
    let plan = Plan {
        walkers,
        steps,
        epsilon: EPSILON,
        integrator,
        friction,
        seed: SEED,
        precision,
        width,
        ..Plan::default()
    };
    let mut keep = Keep(Population { x: [0.0; DIM * WALKERS], log_weights: [0.0; WALKERS] });
    sample(&Eight, model, &plan, &mut keep, &Silent)?;
    Ok(keep.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let models = models()?;
    if let Some(folder) = std::env::args().nth(1) {
        for (name, model) in &models {
            model.save(&Path::new(&folder).join(name).with_extension("nets"))?;
        }
    }
    for precision in Precision::ALL {
        for (name, model) in &models {
            for (integrator_name, integrator) in INTEGRATORS {
                let expected = match precision {
                    Precision::F32 => as_on_the_device::<f32>(model, integrator)?,
                    Precision::F64 => as_on_the_device::<f64>(model, integrator)?,
                };
                for width in Width::ALL.into_iter().filter(|width| width.is_available()) {
                    if from_the_engine(model, integrator, precision, width)? != expected {
                        return Err(format!("{precision} {name} {integrator_name} differs at width {width}").into());
                    }
                }
                println!("{precision} {name} {integrator_name} {:016x}", expected.checksum());
            }
        }
    }
    Ok(())
}
