//! The network drift against the machine's peak, measured in the same process: `3-128-128-128-2`, dense
//! multiply-adds only, one core.
//!
//! ```text
//! cargo bench -p nets-host --bench network
//! ```

#[path = "common/peak.rs"]
mod peak;

use nets_host::lanes::{Job, Lane, Precision, Width, dispatch};
use nets_host::model::{DriftModel, MlpModel, Model, TrainRecord};
use nets_host::target::Builtin;
use nets_kernel::drift::mlp::layout::parameters;
use nets_kernel::drift::{Scratch, Streams};
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::{Purpose, Stream, normals};
use std::hint::black_box;
use std::time::Instant;

const SIZES: [usize; 5] = [3, 128, 128, 128, 2];

fn model() -> Model {
    let mut theta = vec![0.0; parameters(&SIZES)];
    normals(&mut Stream::new(1, Purpose::Train, 0), &mut theta);
    theta.iter_mut().for_each(|theta| *theta *= 0.1);
    let network = MlpModel {
        sizes: SIZES.to_vec(),
        theta,
        center: vec![0.0; 2],
        input_scale: vec![0.05; 2],
        output_scale: vec![40.0; 2],
    };
    Model {
        target: "gmm40".to_string(),
        dim: 2,
        drift: DriftModel::Mlp(network),
        record: TrainRecord::default(),
        choice: None,
    }
}

/// Nanoseconds a walker for the value, and for value and divergence: medians of 15 runs.
struct Evaluate<'a> {
    target: &'a Builtin,
    model: &'a Model,
}

impl Job for Evaluate<'_> {
    type Output = [f64; 2];

    fn run<R: Lane, const MR: usize>(self) -> [f64; 2] {
        let drift = self.model.drift::<R, Builtin>(self.target).expect("the model is for the target");
        let size = drift.scratch();
        let mut values = vec![R::zero(); size.values];
        let mut streams = vec![Streams::<R>::zero(); size.streams];
        let x = [R::c(3.0), R::c(-2.0)];
        let mut b = [R::zero(); 2];
        let t = R::Scalar::from_f64(0.3);
        let tiles = 1 + 4800 / R::LANES;
        let nanoseconds = |run: &mut dyn FnMut()| {
            let mut times: Vec<f64> = (0..15)
                .map(|_| {
                    let begun = Instant::now();
                    (0..tiles).for_each(|_| run());
                    begun.elapsed().as_secs_f64() * 1e9 / (tiles * R::LANES) as f64
                })
                .collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let value = nanoseconds(&mut || {
            drift.value(t, black_box(&x), &mut b, Scratch { values: &mut values, streams: &mut streams });
        });
        let divergence = nanoseconds(&mut || {
            let scratch = Scratch { values: &mut values, streams: &mut streams };
            black_box(drift.divergence(t, black_box(&x), &mut b, scratch));
        });
        [value, divergence]
    }
}

fn main() {
    let (target, model) = (Builtin::parse("gmm40").expect("a built-in target"), model());
    let multiply_adds: usize = SIZES.windows(2).map(|pair| pair[0] * pair[1]).sum();
    println!("network {SIZES:?}, one core: GF/s (fraction of the peak), ns a walker");
    println!("{:<14} {:>10} {:>24} {:>32}", "", "peak", "forward", "forward + exact divergence");
    for width in Width::ALL.into_iter().filter(|width| width.is_available()) {
        for precision in [Precision::F32, Precision::F64] {
            let peak = peak::peak_flops(width, precision).expect("available");
            let times = dispatch(width, precision, Evaluate { target: &target, model: &model }).expect("available");
            let cells = times.into_iter().zip([1.0, 3.0]).map(|(ns, streams)| {
                let rate = 2.0 * multiply_adds as f64 * streams / ns;
                format!("{rate:6.1} ({:3.0} %) {ns:7.0} ns", 100.0 * rate / peak)
            });
            let cells: Vec<_> = cells.collect();
            println!("{:<14} {peak:>10.1} {:>24} {:>32}", format!("{width} {precision}"), cells[0], cells[1]);
        }
    }
}
