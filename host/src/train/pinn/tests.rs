use super::*;
use crate::lanes::{Job, Lane, Precision, Width, dispatch};
use crate::model::{MlpModel, PackedMlp};
use crate::target::{Builtin, PathBox, Target};
use nets_kernel::drift::mlp::layout::parameters;
use nets_kernel::rng::{Purpose, Stream, normals};

const DIM: usize = 3;

/// Samples for a random network.
struct Case {
    model: MlpModel,
    x: Vec<f64>,
    t: Vec<f64>,
    rate: Vec<f64>,
}

fn random(label: u64, length: usize) -> Vec<f64> {
    let mut numbers = vec![0.0; length];
    normals(&mut Stream::new(1, Purpose::Train, label), &mut numbers);
    numbers
}

impl Case {
    fn new(count: usize) -> Case {
        let sizes = vec![DIM + 1, 7, 5, DIM];
        let theta = random(0, parameters(&sizes)).iter().map(|theta| 0.5 * theta).collect();
        let scale = |start: f64| (0..DIM).map(|i| start + 0.3 * i as f64).collect();
        let model = MlpModel { sizes, theta, center: scale(0.1), input_scale: scale(0.7), output_scale: scale(1.2) };
        let t = (0..count).map(|sample| (sample as f64 + 0.5) / count as f64).collect();
        Case { model, x: random(1, count * DIM), t, rate: random(2, count) }
    }

    fn sums(&self, theta: &[f64], form: RateForm, probes: &[f64]) -> Sums<f64> {
        let target = Builtin::parse("doublewell-3").unwrap();
        let path: PathBox<'_, f64> = target.path();
        let mut packed = PackedMlp::<f64, 4>::new(&self.model);
        packed.set(theta);
        Pinn::default().chunk(
            &packed.trainee(),
            &*path,
            form,
            &Samples { x: &self.x, t: &self.t, rate: &self.rate, probes },
        )
    }
}

/// At fixed probes, and without any.
#[test]
fn gradients_agree_with_differences() {
    let case = Case::new(SLICE);
    let signs: Vec<f64> = random(3, 2 * DIM * SLICE).iter().map(|x| x.signum()).collect();
    for form in [RateForm::Learned, RateForm::SliceMean] {
        for probes in [&[][..], &signs] {
            let gradient = case.sums(&case.model.theta, form, probes).gradient;
            let largest = gradient.iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
            for (index, &found) in gradient.iter().enumerate() {
                // Fourth-order central differences: their own error is near 1e-10.
                let at = |shift: f64| {
                    let mut theta = case.model.theta.clone();
                    theta[index] += shift;
                    case.sums(&theta, form, probes).loss
                };
                let h = 1e-3;
                let expected = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                let error = (found - expected).abs();
                assert!(error <= 1e-7 * largest, "{form:?}, parameter {index}: {found:e} instead of {expected:e}");
            }
        }
    }
}

/// The mean over all pairs of probes, 64 of them in three dimensions, is the loss with the exact divergence, and its
/// gradient: not so for the square of one estimate.
#[test]
fn probes_are_unbiased() {
    let case = Case::new(SLICE);
    for form in [RateForm::Learned, RateForm::SliceMean] {
        let exact = case.sums(&case.model.theta, form, &[]);
        let (mut loss, mut gradient) = (0.0, vec![0.0; exact.gradient.len()]);
        for pair in 0..64 {
            let sign = |bit: usize| if pair >> bit & 1 == 1 { 1.0 } else { -1.0 };
            let probes: Vec<f64> = (0..SLICE).flat_map(|_| (0..2 * DIM).map(sign)).collect();
            let sums = case.sums(&case.model.theta, form, &probes);
            loss += sums.loss / 64.0;
            gradient.iter_mut().zip(&sums.gradient).for_each(|(mean, g)| *mean += g / 64.0);
        }
        assert!((loss - exact.loss).abs() < 1e-11 * exact.loss, "{form:?}: {loss} instead of {}", exact.loss);
        let largest = exact.gradient.iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
        for (found, expected) in gradient.iter().zip(&exact.gradient) {
            assert!((found - expected).abs() < 1e-11 * largest, "{form:?}: {found:e} instead of {expected:e}");
        }
    }
}

/// The gradient of a case's loss with the exact divergence.
struct Gradient<'a>(&'a Case, RateForm);

impl Job for Gradient<'_> {
    type Output = Vec<f64>;

    fn run<R: Lane, const MR: usize>(self) -> Vec<f64> {
        let Gradient(case, form) = self;
        let convert = |values: &[f64]| -> Vec<R::Scalar> { values.iter().map(|&x| R::Scalar::from_f64(x)).collect() };
        let (x, t, rate) = (convert(&case.x), convert(&case.t), convert(&case.rate));
        let target = Builtin::parse("doublewell-3").unwrap();
        let path: PathBox<'_, R> = target.path();
        let packed = PackedMlp::<R::Scalar, MR>::new(&case.model);
        let samples = Samples { x: &x, t: &t, rate: &rate, probes: &[] };
        let sums = Pinn::<R>::default().chunk(&packed.trainee(), &*path, form, &samples);
        sums.gradient.iter().map(|g| g.to_f64()).collect()
    }
}

/// Three dimensions take two passes for a divergence: sums run over samples in one order all the same.
#[test]
fn gradients_have_the_same_bits_at_every_width() {
    let case = Case::new(CHUNK);
    for form in [RateForm::Learned, RateForm::SliceMean] {
        for precision in [Precision::F32, Precision::F64] {
            let gradients = [Width::Scalar, Width::Portable, Width::W256, Width::W512]
                .map(|width| dispatch(width, precision, Gradient(&case, form)).ok());
            let mut available = gradients.iter().flatten();
            let first = available.next().expect("some width is available");
            for gradient in available {
                assert_eq!(gradient, first, "{form:?}, {precision:?}");
            }
        }
    }
}
