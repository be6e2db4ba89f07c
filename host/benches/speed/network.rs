//! The network drift: its multiply-adds, with `silu` and all else for free.

use crate::measure::{Figure, nanoseconds};
use nets_host::lanes::{Job, Lane, Precision, Width, dispatch};
use nets_host::model::{DriftModel, MlpModel, Model, TrainRecord};
use nets_host::progress::Silent;
use nets_host::target::{Builtin, Target};
use nets_host::train::{Method, NetworkOptions, TrainOptions, train};
use nets_kernel::drift::mlp::dense::dense;
use nets_kernel::drift::mlp::layout::{packed_rows, parameters};
use nets_kernel::drift::{Scratch, Streams};
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::log_determinant;
use std::hint::black_box;

const HIDDEN: [usize; 3] = [128; 3];

/// The network of a target, with random parameters.
pub fn model(target: &Builtin) -> Model {
    let d = target.dim();
    let sizes = [&[d + 1], &HIDDEN[..], &[d]].concat();
    let mut theta = vec![0.0; parameters(&sizes)];
    normals(&mut Stream::new(1, Purpose::Train, 0), &mut theta);
    theta.iter_mut().for_each(|theta| *theta *= 0.1);
    let network =
        MlpModel { sizes, theta, center: vec![0.0; d], input_scale: vec![0.05; d], output_scale: vec![1.0; d] };
    let drift = DriftModel::Mlp(network);
    Model { target: target.name(), dim: d, drift, record: TrainRecord::default(), choice: None }
}

fn multiply_adds(d: usize) -> f64 {
    let sizes = [&[d + 1], &HIDDEN[..], &[d]].concat();
    sizes.windows(2).map(|pair| (pair[0] * pair[1]) as f64).sum()
}

pub fn figures(width: Width, precision: Precision, wanted: &impl Fn(&str) -> bool) -> Vec<Figure> {
    let mut figures = vec![];
    if wanted("dense layer 128 x 128") {
        let ns = dispatch(width, precision, DenseLayer).expect("available");
        figures.push(Figure::of_instructions("dense layer 128 x 128", ns, "ns/walker", 128.0 * 128.0));
    }
    let dimensions = [
        (2, ["forward, d = 2", "forward + divergence, d = 2", "Jacobian + determinant, d = 2"]),
        (10, ["forward, d = 10", "forward + divergence, d = 10", "Jacobian + determinant, d = 10"]),
        (50, ["forward, d = 50", "forward + divergence, d = 50", "Jacobian + determinant, d = 50"]),
    ];
    for (d, names) in dimensions {
        let target = Builtin::parse(&format!("gaussian-{d}")).expect("a built-in target");
        let model = model(&target);
        // A value and two tangents a pass.
        let passes = (d as f64 / 2.0).ceil();
        let lu = (d as f64).powi(3) / 3.0;
        let work = [multiply_adds(d), 3.0 * passes * multiply_adds(d), 3.0 * passes * multiply_adds(d) + lu];
        let parts = [Part::Value, Part::Divergence, Part::Determinant];
        for ((name, work), part) in names.into_iter().zip(work).zip(parts) {
            if wanted(name) {
                let ns = dispatch(width, precision, Evaluate { target: &target, model: &model, part });
                figures.push(Figure::of_instructions(name, ns.expect("available"), "ns/walker", work));
            }
        }
    }
    if wanted("training step, d = 2") {
        let ns = training(width, precision, 1);
        // Forward with two tangents, back through the layers, and the outer products: 3 streams each.
        figures.push(Figure::of_instructions("training step, d = 2", ns, "ns/sample", 9.0 * multiply_adds(2)));
        let two = training(width, precision, 2);
        figures.push(Figure {
            name: "training step, two threads over one",
            value: ns / two,
            unit: "x",
            operations: None,
        });
    }
    figures
}

struct DenseLayer;

impl Job for DenseLayer {
    type Output = f64;

    fn run<R: Lane, const MR: usize>(self) -> f64 {
        let rows = vec![[R::Scalar::from_f64(0.01); MR]; packed_rows(128, 128, MR)];
        let (x, mut y) = ([R::c(0.5); 128], vec![R::zero(); 128_usize.next_multiple_of(MR)]);
        let layer = || {
            R::vectorize(
                #[inline(always)]
                || dense(black_box(&rows), black_box(&x), &mut y, R::splat),
            );
        };
        nanoseconds(1 + 9600 / R::LANES, layer) / R::LANES as f64
    }
}

#[derive(Clone, Copy)]
enum Part {
    Value,
    Divergence,
    Determinant,
}

/// Nanoseconds a walker.
struct Evaluate<'a> {
    target: &'a Builtin,
    model: &'a Model,
    part: Part,
}

impl Job for Evaluate<'_> {
    type Output = f64;

    fn run<R: Lane, const MR: usize>(self) -> f64 {
        let drift = self.model.drift::<R, Builtin>(self.target).expect("the model is for the target");
        let (d, size) = (drift.dim(), drift.scratch());
        let (mut values, mut streams) = (vec![R::zero(); size.values], vec![Streams::<R>::zero(); size.streams]);
        let (x, mut b, mut jacobian) = (vec![R::c(0.3); d], vec![R::zero(); d], vec![R::zero(); d * d]);
        let t = R::Scalar::from_f64(0.3);
        let repeats = 1 + 9600 / R::LANES / (1 + d * d / 8);
        let once = || {
            let scratch = Scratch { values: &mut values, streams: &mut streams };
            match self.part {
                Part::Value => drift.value(t, black_box(&x), &mut b, scratch),
                Part::Divergence => {
                    black_box(drift.divergence(t, black_box(&x), &mut b, scratch));
                }
                Part::Determinant => {
                    drift.jacobian(t, black_box(&x), &mut b, &mut jacobian, scratch);
                    for diagonal in jacobian.iter_mut().step_by(d + 1) {
                        *diagonal = *diagonal + R::c(9.0);
                    }
                    black_box(R::vectorize(
                        #[inline(always)]
                        || log_determinant(drift.jacobian_form(), d, &mut jacobian),
                    ));
                }
            }
        };
        nanoseconds(repeats, once) / R::LANES as f64
    }
}

/// Nanoseconds a sample of `nets train gmm40 --drift mlp`, optimiser steps alone: the difference of two trainings.
fn training(width: Width, precision: Precision, threads: usize) -> f64 {
    let target = Builtin::parse("gmm40").expect("a built-in target");
    let seconds = |updates: usize| {
        let options = NetworkOptions { rounds: 1, walkers: 240, slices: 10, updates, ..NetworkOptions::default() };
        let method = Method::Pinn(options);
        let options = TrainOptions { method, width, precision, threads, ..TrainOptions::least_squares(&target) };
        let mut times = [0, 1, 2].map(|_| train(&target, &options, &Silent).expect("trains").model.record.seconds);
        times.sort_by(f64::total_cmp);
        times[1]
    };
    let (few, many) = if matches!(width, Width::W512 | Width::W256) { (4, 64) } else { (1, 2) };
    let batch = NetworkOptions::default().batch.next_multiple_of(192);
    1e9 * (seconds(many) - seconds(few)) / ((many - few) * batch) as f64
}
