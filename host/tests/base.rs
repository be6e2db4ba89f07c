//! A base for densities of which nothing is known but U and ∇U: far from the origin, with lengths from 1e-3 to 1e3, in
//! pieces, bent, cut off, with heavy tails; and words for those that have none.

mod common;

use common::{Keep, random_drift, run};
use nets_host::engine::{Error, FittedBase, Outcome, Plan, fit_base, sample};
use nets_host::lanes::{Precision, Width};
use nets_host::model::{Model, ModelError};
use nets_host::progress::{Progress, Silent, Status};
use nets_host::target::{BatchDensity, BatchTarget, Density, Frame, OwnDensity, Start, Target};
use nets_host::train::{Features, GateOptions, LeastSquaresOptions, Method, TrainOptions, train};
use nets_kernel::drift::bytes::{DriftBytes, Family, MlpMemory};
use nets_kernel::drift::{Drift, Scratch, Streams};
use nets_kernel::real::Real;
use std::sync::Arc;

/// A density with its potential and gradient, point by point.
struct Points {
    dim: usize,
    potential: fn(&[f64], &mut [f64]) -> f64,
}

impl BatchDensity for Points {
    fn dim(&self) -> usize {
        self.dim
    }
    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String> {
        for ((x, u), gradient) in x.chunks_exact(self.dim).zip(u).zip(gradient.chunks_exact_mut(self.dim)) {
            *u = (self.potential)(x, gradient);
        }
        Ok(())
    }
}

fn target(dim: usize, potential: fn(&[f64], &mut [f64]) -> f64) -> BatchTarget {
    BatchTarget::new("points", Arc::new(Points { dim, potential }), Start::new(dim)).unwrap()
}

fn plan(seed: u64) -> Plan {
    Plan { walkers: 4800, seed, ..Plan::default() }
}

fn fitted(target: &BatchTarget, plan: &Plan) -> Result<FittedBase, Error> {
    fit_base(target.dim(), &|frame| target.framed(frame).unwrap(), plan, &Silent)
}

const MEAN: [f64; 4] = [1000.0, -1000.0, 300.0, 0.0];
const SD: [f64; 4] = [1e-3, 1.0, 1e3, 1e-3];

/// Independent Gaussians far away, with lengths a million apart.
fn shifted(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut u = 0.0;
    for i in 0..4 {
        let z = (x[i] - MEAN[i]) / SD[i];
        gradient[i] = z / SD[i];
        u += 0.5 * z * z;
    }
    u
}

/// The density `shifted` with weight 0.7, and with weight 0.3 once more, ten standard deviations away in three coordinates.
fn two_modes(x: &[f64], gradient: &mut [f64]) -> f64 {
    let away: [f64; 4] = std::array::from_fn(|i| if i == 3 { x[i] } else { x[i] - 10.0 * SD[i] });
    let mut other = [0.0; 4];
    let (first, second) = (shifted(x, gradient) - 0.7_f64.ln(), shifted(&away, &mut other) - 0.3_f64.ln());
    let lower = first.min(second);
    let (a, b) = ((lower - first).exp(), (lower - second).exp());
    for (g, o) in gradient.iter_mut().zip(other) {
        *g = (a * *g + b * o) / (a + b);
    }
    lower - (a + b).ln()
}

/// Two coordinates of lengths 1e-3 and 1e3 with correlation 0.99.
fn correlated(x: &[f64], gradient: &mut [f64]) -> f64 {
    let (a, b, rho) = ((x[0] - 1000.0) / 1e-3, (x[1] - 1000.0) / 1e3, 0.99);
    let precision = 1.0 / (1.0 - rho * rho);
    (gradient[0], gradient[1]) = (precision * (a - rho * b) / 1e-3, precision * (b - rho * a) / 1e3);
    0.5 * precision * (a * a - 2.0 * rho * a * b + b * b)
}

/// `a ~ N(0, 1)`, `b ~ N(a² − 1, ½²)`, in units of 0.1 and 10 around 1000: the valley along the parabola that leads there
/// is a thousand times narrower where walkers begin.
fn banana(x: &[f64], gradient: &mut [f64]) -> f64 {
    let (a, b) = ((x[0] - 1000.0) / 0.1, (x[1] - 1000.0) / 10.0);
    let off = 4.0 * (b - (a * a - 1.0));
    (gradient[0], gradient[1]) = ((a - 2.0 * a * off) / 0.1, off / 10.0);
    0.5 * a * a + 0.125 * off * off
}

/// Student's t with three degrees of freedom and scale 0.1, three times, at 50.
fn heavy(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut u = 0.0;
    for (x, g) in x.iter().zip(gradient) {
        let z = (x - 50.0) / 0.1;
        u += 2.0 * (z * z / 3.0).ln_1p();
        *g = 4.0 * z / (3.0 + z * z) / 0.1;
    }
    u
}

/// The logarithm of a gamma variable of shape 3, twice: its potential overflows where the exponential does.
fn exponential(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut u = 0.0;
    for (x, g) in x.iter().zip(gradient) {
        u += x.exp() - 3.0 * x;
        *g = x.exp() - 3.0;
    }
    u
}

/// N(20, 1) below 21, nothing above.
fn cut(x: &[f64], gradient: &mut [f64]) -> f64 {
    let z = x[0] - 20.0;
    gradient[0] = z;
    if z > 1.0 { f64::INFINITY } else { 0.5 * z * z }
}

type Potential = fn(&[f64], &mut [f64]) -> f64;

const HALF: f64 = 0.918_938_533_204_672_7;

/// A density with its dimension, log Z, means and standard deviations, in closed form.
struct Known {
    name: &'static str,
    potential: Potential,
    log_z: f64,
    mean: Vec<f64>,
    sd: Vec<f64>,
}

impl Known {
    fn list() -> Vec<Known> {
        let (mean, sd) = (vec![1000.0; 2], vec![1e-3, 1e3]);
        let volume = 1e-3_f64.ln();
        // Mean and variance of a mixture of N(0, 1) and N(10, 1) with weights 0.7 and 0.3.
        let between = |i: usize| if i == 3 { 1.0 } else { 22.0_f64.sqrt() };
        vec![
            Known {
                name: "shifted",
                potential: shifted,
                log_z: 4.0 * HALF + volume,
                mean: MEAN.to_vec(),
                sd: SD.to_vec(),
            },
            Known {
                name: "two modes",
                potential: two_modes,
                log_z: 4.0 * HALF + volume,
                mean: (0..4).map(|i| MEAN[i] + if i == 3 { 0.0 } else { 3.0 * SD[i] }).collect(),
                sd: (0..4).map(|i| between(i) * SD[i]).collect(),
            },
            Known {
                name: "correlated",
                potential: correlated,
                log_z: 2.0 * HALF + 0.5 * (1.0 - 0.99_f64.powi(2)).ln(),
                mean: mean.clone(),
                sd: sd.clone(),
            },
            // b has variance 2 + ¼, and its normaliser is ½.
            Known {
                name: "banana",
                potential: banana,
                log_z: 2.0 * HALF + 0.5_f64.ln(),
                mean,
                sd: vec![0.1, 10.0 * 2.25_f64.sqrt()],
            },
            // The digamma and trigamma functions at 3.
            Known {
                name: "exponential",
                potential: exponential,
                log_z: 2.0 * 2.0_f64.ln(),
                mean: vec![0.922_784_335; 2],
                sd: vec![0.394_934_067_f64.sqrt(); 2],
            },
            // With φ(1) / Φ(1) = 0.287600.
            Known {
                name: "cut",
                potential: cut,
                log_z: HALF + 0.841_344_746_f64.ln(),
                mean: vec![19.712_400],
                sd: vec![(1.0_f64 - 0.287_600 - 0.287_600 * 0.287_600).sqrt()],
            },
        ]
    }

    fn target(&self) -> BatchTarget {
        target(self.mean.len(), self.potential)
    }
}

fn agrees(name: &str, outcome: &Outcome, exact: f64) {
    let score = (outcome.log_z - exact) / outcome.log_z_stderr;
    assert!(outcome.log_z_stderr < 0.1, "{name}: the standard error {} says little", outcome.log_z_stderr);
    assert!(score.abs() < 4.0, "{name}: log Z is {} ± {}, exactly {exact}", outcome.log_z, outcome.log_z_stderr);
}

/// The base lies where the density is and is wider, by the 1.3 that it should be and what 480 walkers leave open. Annealed
/// walkers from it give log Z within four of its standard errors, and means of `x` within four of theirs: a base in other
/// coordinates than the walkers', a volume left out of log Z or a sample handed out as `y` would be seen.
#[test]
fn a_base_is_found_for_what_is_known_by_its_potential_alone() {
    for known in Known::list() {
        for seed in 0..3 {
            let (name, plan) = (known.name, Plan { epsilon: 10.0, resample_below: None, ..plan(seed) });
            let found = fitted(&known.target(), &plan).unwrap();
            for (i, (mean, sd)) in known.mean.iter().zip(&known.sd).enumerate() {
                let (off, wide) = ((found.frame.mean()[i] - mean) / sd, found.frame.sd()[i] / sd);
                assert!(off.abs() < 0.5 && (1.0..1.8).contains(&wide), "{name} {seed}, {i}: {off} sd off, {wide} wide");
            }
            let framed = known.target().framed(found.frame).unwrap();
            let (outcome, Keep { x, log_weights }) = run(&framed, &Model::zero(&framed), &plan);
            agrees(name, &outcome, known.log_z);
            let weights: Vec<f64> = log_weights.iter().map(|a| a.exp()).collect();
            let total: f64 = weights.iter().sum();
            for (i, (mean, sd)) in known.mean.iter().zip(&known.sd).enumerate() {
                let offs = x.iter().skip(i).step_by(known.mean.len()).map(|x| (x - mean) / sd);
                let terms: Vec<f64> =
                    offs.zip(&weights).filter(|(_, w)| **w > 0.0).map(|(z, w)| w / total * z).collect();
                let (off, error) = (terms.iter().sum::<f64>(), terms.iter().map(|z| z * z).sum::<f64>().sqrt());
                assert!(off.abs() < 4.0 * error && error < 0.15, "{name} {seed}: mean {i} is {off} ± {error} sd off");
            }
        }
    }
}

/// Student's t with three degrees of freedom: log Z per coordinate log(0.1 · 2.720699), and the width of the middle, which
/// a variance from 480 walkers would not settle to.
#[test]
fn heavy_tails_are_held_back() {
    let heavy = target(3, heavy);
    for seed in 0..3 {
        let plan = Plan { epsilon: 10.0, ..plan(seed) };
        let found = fitted(&heavy, &plan).unwrap();
        assert!(found.frame.mean().iter().all(|mean| (mean - 50.0).abs() < 0.1), "{:?}", found.frame);
        assert!(found.frame.sd().iter().all(|sd| (0.1..0.5).contains(sd)), "{:?}", found.frame);
        let framed = heavy.framed(found.frame).unwrap();
        let (outcome, _) = run(&framed, &Model::zero(&framed), &plan);
        agrees("heavy", &outcome, 3.0 * 0.272_069_905_f64.ln());
    }
}

/// A drift learned in standard coordinates: an ESS near one where the same walkers without it have less than half, and log Z
/// within four standard errors; in single precision too, where the coordinates of the samples, 1000 with deviations of
/// 1e-3, would have no digits left.
#[test]
fn a_drift_is_learned_in_standard_coordinates() {
    let known = &Known::list()[2];
    let plan = Plan { epsilon: 10.0, ..plan(1) };
    let framed = known.target().framed(fitted(&known.target(), &plan).unwrap().frame).unwrap();
    let model = train(&framed, &TrainOptions::least_squares(&framed), &Silent).unwrap().model;
    for precision in Precision::ALL {
        let plan = Plan { precision, ..plan.clone() };
        let (outcome, _) = run(&framed, &model, &plan);
        let (without, _) = run(&framed, &Model::zero(&framed), &plan);
        assert!(outcome.ess > 0.95 && without.ess < 0.6, "{precision}: {} and {}", outcome.ess, without.ess);
        agrees(&format!("{precision}"), &outcome, known.log_z);
    }
}

/// Words for what has no base.
#[test]
fn what_has_no_base_is_told_why() {
    let problem = |potential: Potential| match fitted(&target(2, potential), &plan(0)) {
        Err(error @ Error::Base { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    for (potential, words) in [
        ((|_, _| f64::INFINITY) as Potential, "not finite at any of 480 points"),
        (
            |_, gradient| {
                gradient.fill(0.0);
                0.0
            },
            "no normaliser",
        ),
        (
            |x, gradient| {
                (gradient[0], gradient[1]) = (-x[0], x[1]);
                0.5 * (x[1] * x[1] - x[0] * x[0])
            },
            "no normaliser",
        ),
    ] {
        let message = problem(potential);
        assert!(message.contains(words) && message.contains("--base-sd"), "`{words}` is not in {message}");
    }
}

/// The base has the same bits on one thread and two, in lanes and without; and another seed's is another.
#[test]
fn threads_and_lanes_change_no_bits() {
    let known = &Known::list()[1];
    let found = |seed, width, threads| fitted(&known.target(), &Plan { width, threads, ..plan(seed) }).unwrap();
    let first = found(1, Width::detect(), 2);
    for width in Width::ALL.into_iter().filter(|width| width.is_available()) {
        for threads in [1, 3] {
            let other = found(1, width, threads);
            assert_eq!((&first.frame, first.passes), (&other.frame, other.passes), "{width:?}, {threads} threads");
        }
    }
    assert!(first.frame != found(2, Width::detect(), 2).frame);
}

/// Stops after so many reports.
struct Impatient(std::sync::atomic::AtomicUsize);

impl Progress for Impatient {
    fn report(&self, status: &Status) -> bool {
        assert!(status.done <= status.total, "{status:?}");
        self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) > 1
    }
}

#[test]
fn a_fit_stops_when_it_is_asked_to() {
    let known = target(4, shifted);
    let framed = |frame| known.framed(frame).unwrap();
    for patience in [1, 200, 310] {
        let result = fit_base(4, &framed, &plan(0), &Impatient(patience.into()));
        assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
    }
}

/// `shifted` as a trait: at any precision and width.
struct Trait;

impl Density for Trait {
    fn dim(&self) -> usize {
        4
    }
    fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
        let mut u = R::zero();
        for i in 0..4 {
            let z = (x[i] - R::c(MEAN[i])) / R::c(SD[i]);
            gradient[i] = z / R::c(SD[i]);
            u = (R::c(0.5) * z).mul_add(z, u);
        }
        u
    }
}

#[test]
fn a_trait_gets_a_base_too() {
    let plan = Plan { epsilon: 10.0, ..plan(1) };
    let own = OwnDensity::new("trait", Trait).fitted(&plan, &Silent).unwrap();
    let frame = own.frame().unwrap();
    assert!(
        frame.mean().iter().zip(MEAN).zip(SD).all(|((mean, exact), sd)| (mean - exact).abs() < 0.5 * sd),
        "{frame:?}"
    );
    let (outcome, _) = run(&own, &Model::zero(&own), &plan);
    agrees("trait", &outcome, Known::list()[0].log_z);
    // The potential of a point is that of the point, not of its standard coordinates.
    assert!((own.potential(&[1000.001, -1000.0, 300.0, 0.0]) - 0.5).abs() < 1e-6);
}

fn framed(potential: Potential, mean: &[f64], sd: &[f64]) -> BatchTarget {
    target(mean.len(), potential).framed(Frame::new(mean.to_vec(), sd.to_vec()).unwrap()).unwrap()
}

/// A small fit, with gates in `block` coordinates.
fn gates(target: &BatchTarget, block: usize) -> Model {
    let features = Features::Gates(GateOptions { gates: 2, block, width: 1.5 });
    let settings = LeastSquaresOptions { walkers: 480, slices: 3, features, ..LeastSquaresOptions::gates(2) };
    let options = TrainOptions { method: Method::LeastSquares(settings), ..TrainOptions::least_squares(target) };
    train(target, &options, &Silent).unwrap().model
}

/// A model file remembers the base, and is refused by a target with another one.
#[test]
fn a_model_remembers_its_base() {
    let target = framed(exponential, &[0.9, 7.0 / 9.0], &[2.0 / 3.0, 0.7]);
    let model = gates(&target, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.nets");
    model.save(&path).unwrap();
    let read = Model::load(&path).unwrap();
    assert!(read.drift == model.drift);
    assert_eq!(read.frame.as_ref(), target.frame());
    let other = framed(exponential, &[0.9, 7.0 / 9.0], &[2.0 / 3.0, 0.7 + 1e-15]);
    for stranger in [other, self::target(2, exponential)] {
        let result = sample(&stranger, &read, &plan(0), &mut Keep::default(), &Silent);
        assert!(matches!(result, Err(Error::Model(ModelError::OtherBase { .. }))), "{result:?}");
    }
}

/// `b` at a point.
fn value(drift: &dyn Drift<f64>, t: f64, x: &[f64]) -> Vec<f64> {
    let size = drift.scratch();
    let (mut values, mut streams) = (vec![0.0; size.values], vec![Streams::<f64>::zero(); size.streams]);
    let mut b = vec![0.0; x.len()];
    drift.value(t, x, &mut b, Scratch { values: &mut values, streams: &mut streams });
    b
}

/// `b` of the bytes that a model is exported as.
fn exported(model: &Model, t: f64, x: &[f64]) -> Vec<f64> {
    let bytes = model.export_bytes(Precision::F64).unwrap();
    let drift = DriftBytes::new(&bytes).unwrap();
    match drift.family() {
        Family::Mlp => {
            let lengths = drift.mlp_lengths::<4>();
            let (mut sizes, mut hidden) = (vec![0; lengths.sizes], vec![[0.0; 4]; lengths.hidden]);
            let (mut output, mut scaling) = (vec![[0.0; 2]; lengths.output], vec![0.0; lengths.scaling]);
            let (sizes, hidden) = (&mut sizes[..], &mut hidden[..]);
            let memory = MlpMemory { sizes, hidden, output: &mut output, scaling: &mut scaling };
            value(&drift.mlp::<f64, 4>(memory).unwrap(), t, x)
        }
        Family::LocalAffine => {
            let (times, numbers) = drift.local_affine_lengths();
            let (mut times, mut numbers) = (vec![0.0; times], vec![0.0; numbers]);
            value(&drift.local_affine::<f64>(&mut times, &mut numbers).unwrap(), t, x)
        }
    }
}

/// Exported drifts are in the samples' coordinates: `b_x(x) = sd · b_y((x − mean) / sd)`.
#[test]
fn exported_drifts_are_in_the_coordinates_of_the_samples() {
    let lengths = framed(exponential, &[0.9, 1.0], &[0.7, 0.9]);
    let round = framed(exponential, &[0.9, 1.0], &[0.8, 0.8]);
    let network = Model { frame: lengths.frame().cloned(), ..random_drift(&lengths) };
    for (target, model) in [(&lengths, network), (&lengths, gates(&lengths, 1)), (&round, gates(&round, 2))] {
        let (frame, drift) = (target.frame().unwrap(), model.drift::<f64, _>(target).unwrap());
        for (t, y) in [(0.1, [0.5, -1.0]), (0.5, [0.0, 0.1]), (0.9, [-2.0, 1.5])] {
            let mut x = y.to_vec();
            frame.place(&mut x);
            let (own, other) = (value(&*drift, t, &y), exported(&model, t, &x));
            for ((own, other), sd) in own.iter().zip(&other).zip(frame.sd()) {
                assert!((own * sd - other).abs() < 1e-11 * (1.0 + own.abs()), "{own} times {sd} is {other}");
            }
        }
    }
    let result = gates(&lengths, 2).export_bytes(Precision::F64);
    assert!(matches!(result, Err(ModelError::FrameNotExported)), "{result:?}");
}
