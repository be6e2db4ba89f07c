//! The network drift: its multiply-adds, with `silu` and all else for free.

use crate::measure::{Figure, Timing, median, time};
use crate::peak::MultiplyAdds;
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
    Model { target: target.name(), dim: d, frame: None, drift, record: TrainRecord::default(), choice: None }
}

fn multiply_adds(d: usize) -> f64 {
    let sizes = [&[d + 1], &HIDDEN[..], &[d]].concat();
    sizes.windows(2).map(|pair| (pair[0] * pair[1]) as f64).sum()
}

pub fn figures(width: Width, precision: Precision, wanted: &impl Fn(&str) -> bool) -> Vec<Figure> {
    let mut figures = vec![];
    if wanted("dense layer 128 x 128") {
        let timing = dispatch(width, precision, DenseLayer).expect("available");
        figures.push(Figure::of_instructions("dense layer 128 x 128", timing, "ns/walker", 128.0 * 128.0));
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
                let timing = dispatch(width, precision, Evaluate { target: &target, model: &model, part });
                figures.push(Figure::of_instructions(name, timing.expect("available"), "ns/walker", work));
            }
        }
    }
    if wanted("training step, d = 2") {
        let (one, ratio) = training(width, precision);
        // Forward with two tangents, back through the layers, and the outer products: 3 streams each.
        figures.push(Figure::of_instructions("training step, d = 2", one, "ns/sample", 9.0 * multiply_adds(2)));
        figures.push(Figure::plain("training step, two threads over one", ratio, "x"));
    }
    figures
}

struct DenseLayer;

impl Job for DenseLayer {
    type Output = Timing;

    fn run<R: Lane, const MR: usize>(self) -> Timing {
        let rows = vec![[R::Scalar::from_f64(0.01); MR]; packed_rows(128, 128, MR)];
        let (x, mut y) = ([R::c(0.5); 128], vec![R::zero(); 128_usize.next_multiple_of(MR)]);
        let layer = || {
            R::vectorize(
                #[inline(always)]
                || dense(black_box(&rows), black_box(&x), &mut y, R::splat),
            );
        };
        time::<R>(1 + 9600 / R::LANES, layer).each(R::LANES as f64)
    }
}

#[derive(Clone, Copy)]
enum Part {
    Value,
    Divergence,
    Determinant,
}

/// The time of a walker.
struct Evaluate<'a> {
    target: &'a Builtin,
    model: &'a Model,
    part: Part,
}

impl Job for Evaluate<'_> {
    type Output = Timing;

    fn run<R: Lane, const MR: usize>(self) -> Timing {
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
        time::<R>(repeats, once).each(R::LANES as f64)
    }
}

/// The time of a sample of `nets train gmm40 --drift mlp`, optimiser steps alone: the difference of two trainings. And how
/// many times as fast two threads are, of trainings by turns.
fn training(width: Width, precision: Precision) -> (Timing, f64) {
    const RUNS: usize = 5;
    let target = Builtin::parse("gmm40").expect("a built-in target");
    let seconds = |updates: usize, threads: usize| {
        let options = NetworkOptions { rounds: 1, walkers: 240, slices: 10, updates, ..NetworkOptions::default() };
        let method = Method::Pinn(options);
        let options = TrainOptions { method, width, precision, threads, ..TrainOptions::least_squares(&target) };
        train(&target, &options, &Silent).expect("trains").model.record.seconds
    };
    let (few, many) = if matches!(width, Width::W512 | Width::W256) { (4, 36) } else { (1, 2) };
    let samples = (many - few) * NetworkOptions::default().batch.next_multiple_of(192);
    let peak = || dispatch(width, precision, MultiplyAdds).expect("available");
    let step = |threads: usize| 1e9 * (seconds(many, threads) - seconds(few, threads)) / samples as f64;
    let (mut timings, mut ratios) = (vec![], vec![]);
    for _ in 0..RUNS {
        let before = peak();
        let one = step(1);
        timings.push(Timing { nanoseconds: one, multiply_adds: 0.5 * one * (before + peak()) });
        ratios.push(one / step(2));
    }
    (Timing::median(&timings), median(ratios))
}
