//! Exported constants are the model's numbers: rustc and a C compiler read back what the model holds, and the kernel a
//! drift in bytes.

mod common;

use common::{Moving, random_drift, random_gradient};
use nets_host::lanes::Lane;
use nets_host::lanes::Precision;
use nets_host::model::{DriftModel, Language, Model, ModelError};
use nets_host::progress::Silent;
use nets_host::target::Target;
use nets_host::train::{Features, GateOptions, LeastSquaresOptions, Method, TrainOptions, train};
use nets_kernel::drift::bytes::{DriftBytes, Family, MlpMemory};
use nets_kernel::drift::{Drift, Scratch, Streams};
use nets_kernel::real::{Real, Scalar};
use std::collections::BTreeMap;
use std::process::Command;

/// A network, and local affine maps.
fn models() -> [Model; 2] {
    let target = Moving::example();
    let features = Features::Gates(GateOptions { gates: 2, block: 2, width: 1.5 });
    let settings = LeastSquaresOptions { walkers: 480, slices: 3, features, ..LeastSquaresOptions::gates(2) };
    let options = TrainOptions { method: Method::LeastSquares(settings), ..TrainOptions::least_squares(&target) };
    [random_drift(&target), train(&target, &options, &Silent).unwrap().model]
}

/// The numbers that have to be found, by the names of their arrays, in double precision.
fn expected(model: &Model) -> BTreeMap<&'static str, Vec<f64>> {
    match &model.drift {
        DriftModel::Features(model) => {
            BTreeMap::from([("times", model.times.clone()), ("numbers", model.numbers.clone())])
        }
        DriftModel::Mlp(model) => {
            // Sizes 3, 16, 16, 2. Canonical order: for each layer weights[input][output], then biases. Exported: for
            // each `tile` outputs, a row of biases and a row for each input.
            let mut rest = &model.theta[..];
            let mut layer = |inputs: usize, outputs: usize, tile: usize| {
                let (weights, after) = rest.split_at(inputs * outputs);
                let (biases, after) = after.split_at(outputs);
                rest = after;
                let mut packed = vec![];
                for first in (0..outputs).step_by(tile) {
                    packed.extend(&biases[first..first + tile]);
                    packed.extend(weights.chunks(outputs).flat_map(|row| &row[first..first + tile]));
                }
                packed
            };
            let hidden = [layer(3, 16, 4), layer(16, 16, 4)].concat();
            BTreeMap::from([
                ("sizes", model.sizes.iter().map(|&size| size as f64).collect()),
                ("hidden", hidden),
                ("output", layer(16, 2, 2)),
                ("center", model.center.clone()),
                ("input_scale", model.input_scale.clone()),
                ("output_scale", model.output_scale.clone()),
            ])
        }
        DriftModel::Zero
        | DriftModel::Exact
        | DriftModel::Lattice(_)
        | DriftModel::Modes(_)
        | DriftModel::MlpGradient(_) => BTreeMap::new(),
    }
}

fn rounded(number: f64, precision: Precision) -> f64 {
    if precision == Precision::F32 { f64::from(number as f32) } else { number }
}

/// The numbers between the brackets of `static NAME: … = [ … ];`.
fn rust_array(text: &str, name: &str) -> Vec<f64> {
    let (_, rest) = text.split_once(&format!("static {}:", name.to_uppercase())).expect("the array is there");
    let (_, rest) = rest.split_once('=').expect("it has a value");
    let (array, _) = rest.split_once(';').expect("it ends");
    let words = array.split(['[', ']', ',']).map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().expect("a number")).collect()
}

#[test]
fn the_rust_module_holds_the_numbers() {
    for (model, precision) in models().iter().flat_map(|model| Precision::ALL.map(|precision| (model, precision))) {
        let text = model.export(Language::Rust, precision).unwrap();
        for (name, numbers) in expected(model) {
            let found = rust_array(&text, name);
            assert_eq!(found.len(), numbers.len(), "{name}");
            for (found, number) in found.into_iter().zip(numbers) {
                let number = rounded(number, precision);
                assert_eq!(rounded(found, precision).to_bits(), number.to_bits(), "{name}: {found} for {number}");
            }
        }
    }
}

#[test]
fn a_c_program_reads_the_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for (model, precision) in models().iter().flat_map(|model| Precision::ALL.map(|precision| (model, precision))) {
        model_in_c(model, precision, folder.path());
    }
}

/// Compiles a program that prints every number with all its digits, and compares.
fn model_in_c(model: &Model, precision: Precision, folder: &std::path::Path) {
    let expected = expected(model);
    let element = if precision == Precision::F32 { "float" } else { "double" };
    let mut program = "#include \"drift.h\"\n#include <stdio.h>\nint main(void) {\n".to_string();
    for name in expected.keys() {
        let (element, array) = (if *name == "sizes" { "size_t" } else { element }, format!("nets_drift_{name}"));
        program += &format!("const {element} *{name} = (const {element} *){array};\n");
        program += &format!("for (size_t i = 0; i < sizeof {array} / sizeof ({element}); i++)\n");
        program += &format!("printf(\"%.17g\\n\", (double){name}[i]);\n");
    }
    program += "return NETS_DRIFT_DIM == 2 ? 0 : 1;\n}\n";
    std::fs::write(folder.join("drift.h"), model.export(Language::C, precision).unwrap()).unwrap();
    std::fs::write(folder.join("drift.c"), program).unwrap();
    let strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
    let compiler = Command::new("gcc").current_dir(folder).args(strict).args(["drift.c", "-o", "drift"]).status();
    assert!(compiler.expect("gcc is installed").success());

    let output = Command::new(folder.join("drift")).output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let found: Vec<f64> = printed.lines().map(|line| line.parse().unwrap()).collect();
    let numbers: Vec<f64> = expected.values().flatten().map(|&number| rounded(number, precision)).collect();
    assert_eq!(found, numbers);
}

/// Value, divergence and Jacobian at a few points, as bits.
fn bits<S: Real<Scalar = S> + Scalar>(drift: &dyn Drift<S>) -> Vec<u64> {
    let (d, size) = (drift.dim(), drift.scratch());
    let (mut values, mut streams) = (vec![S::zero(); size.values], vec![Streams::<S>::zero(); size.streams]);
    let mut bits = vec![];
    for t in [0.0, 0.1, 0.5, 0.77, 1.0] {
        let x: Vec<S> = (0..d).map(|i| S::from_f64((t - 0.4) * (i as f64 + 1.3))).collect();
        let (mut b, mut jacobian) = (vec![S::zero(); d], vec![S::zero(); drift.jacobian_form().len(d)]);
        let t = S::from_f64(t);
        let scratch = Scratch { values: &mut values, streams: &mut streams };
        let divergence = drift.divergence(t, &x, &mut b, scratch);
        drift.jacobian(t, &x, &mut b, &mut jacobian, Scratch { values: &mut values, streams: &mut streams });
        bits.extend(b.iter().chain(&jacobian).chain([&divergence]).map(|number| number.to_f64().to_bits()));
    }
    bits
}

/// The same of the drift that the kernel makes of the bytes.
fn bits_of_bytes<S: Real<Scalar = S> + Scalar>(bytes: &[u8]) -> Vec<u64> {
    let drift = DriftBytes::new(bytes).unwrap();
    match drift.family() {
        Family::Mlp => {
            let lengths = drift.mlp_lengths::<4>();
            let (mut sizes, mut hidden) = (vec![0; lengths.sizes], vec![[S::NAN; 4]; lengths.hidden]);
            let (mut output, mut scaling) = (vec![[S::NAN; 2]; lengths.output], vec![S::NAN; lengths.scaling]);
            let (sizes, hidden) = (&mut sizes[..], &mut hidden[..]);
            let memory = MlpMemory { sizes, hidden, output: &mut output, scaling: &mut scaling };
            bits::<S>(&drift.mlp::<S, 4>(memory).unwrap())
        }
        Family::LocalAffine => {
            let (times, numbers) = drift.local_affine_lengths();
            let (mut times, mut numbers) = (vec![S::NAN; times], vec![S::NAN; numbers]);
            bits::<S>(&drift.local_affine::<S>(&mut times, &mut numbers).unwrap())
        }
    }
}

fn compare<S: Lane + Real<Scalar = S> + Scalar>(model: &Model, target: &impl Target, precision: Precision) {
    let exported = model.export_bytes(precision).unwrap();
    let host = bits::<S>(&*model.drift::<S, _>(target).unwrap());
    // The bytes may lie anywhere.
    for shift in 0..9 {
        let moved: Vec<u8> = [&vec![0; shift], &exported[..]].concat();
        assert_eq!(bits_of_bytes::<S>(&moved[shift..]), host, "{precision}, {shift} bytes on");
    }
}

#[test]
fn the_kernel_reads_the_bytes() {
    let target = Moving::example();
    for model in models() {
        compare::<f64>(&model, &target, Precision::F64);
        compare::<f32>(&model, &target, Precision::F32);
        // Numbers in double precision are rounded as the host rounds them.
        compare::<f32>(&model, &target, Precision::F64);
    }
}

#[test]
fn damaged_bytes_are_found() {
    for model in models() {
        let bytes = model.export_bytes(Precision::F32).unwrap();
        for length in 0..bytes.len() {
            assert!(DriftBytes::new(&bytes[..length]).is_err(), "{length} bytes of {}", bytes.len());
        }
        let mut damaged = bytes.clone();
        for bit in 0..8 * bytes.len() {
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(DriftBytes::new(&damaged).is_err(), "bit {bit}");
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(DriftBytes::new(&damaged).is_ok());
    }
}

#[test]
fn what_cannot_be_exported_is_said() {
    let target = Moving::example();
    for model in [Model::zero(&target), Model::exact(&target).unwrap()] {
        for error in
            [model.export(Language::C, Precision::F32).unwrap_err(), model.export_bytes(Precision::F32).unwrap_err()]
        {
            assert!(matches!(error, ModelError::NothingToExport { .. }), "{error}");
        }
    }
    let model = random_gradient(&target);
    for error in
        [model.export(Language::C, Precision::F64).unwrap_err(), model.export_bytes(Precision::F64).unwrap_err()]
    {
        assert!(
            matches!(error, ModelError::NotExported { .. }) && error.to_string().contains("mlp-gradient"),
            "{error}"
        );
    }
    let mut model = random_drift(&target);
    let DriftModel::Mlp(network) = &mut model.drift else { unreachable!("a network") };
    network.theta[0] = 1e300;
    assert!(model.export(Language::Rust, Precision::F64).is_ok() && model.export_bytes(Precision::F64).is_ok());
    for error in
        [model.export(Language::Rust, Precision::F32).unwrap_err(), model.export_bytes(Precision::F32).unwrap_err()]
    {
        assert!(matches!(error, ModelError::OutOfRange { precision: Precision::F32 }), "{error}");
    }
}
