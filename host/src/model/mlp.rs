//! The network drift: its parameters, and their packed form for a precision and a width.

use crate::file::{Tensor, Tensors, take};
use crate::target::in_precision;
use nets_kernel::drift::mlp::layout::{OUTPUT_TILE, pack, packed_rows, parameters};
use nets_kernel::drift::mlp::{Mlp, MlpGradient, Scaling, Trainee};
use nets_kernel::drift::{Drift, Scratch, ScratchSize};
use nets_kernel::real::{Real, Scalar};

/// A network as [`nets_kernel::drift::mlp`] defines it: `b(t, x)`, or `φ(t, x)` whose gradient is the drift.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpModel {
    /// Widths: `d + 1` inputs, hidden layers, outputs: `d` for `b`, one for `φ`.
    pub sizes: Vec<usize>,
    /// Parameters in the canonical order of [`nets_kernel::drift::mlp::layout`].
    pub theta: Vec<f64>,
    /// Origin of the inputs, one per coordinate.
    pub center: Vec<f64>,
    /// Scale of the inputs.
    pub input_scale: Vec<f64>,
    /// Scale of the outputs, one per output.
    pub output_scale: Vec<f64>,
}

impl MlpModel {
    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        parameters(&self.sizes)
    }

    /// Whether all parts have the lengths that `sizes` says.
    pub(super) fn is_consistent(&self) -> bool {
        let d = self.center.len();
        self.sizes.len() >= 2
            && self.sizes.first() == Some(&(d + 1))
            && self.sizes.last() == Some(&self.output_scale.len())
            && self.sizes.iter().all(|&width| width > 0)
            && self.theta.len() == self.parameters()
            && self.input_scale.len() == d
    }
}

/// A network packed for evaluation in precision `S`, tiles of `MR` outputs.
pub(crate) struct PackedMlp<S, const MR: usize> {
    sizes: Vec<usize>,
    hidden: Vec<[S; MR]>,
    output: Vec<[S; OUTPUT_TILE]>,
    transposed: Vec<[S; MR]>,
    center: Vec<S>,
    input_scale: Vec<S>,
    output_scale: Vec<S>,
}

impl<S: Scalar, const MR: usize> PackedMlp<S, MR> {
    pub(crate) fn new(model: &MlpModel) -> Self {
        let layers = || model.sizes.windows(2).map(|pair| (pair[0], pair[1]));
        let last = model.sizes.len() - 2;
        let zeros = [S::default(); MR];
        let rows = |skip: usize, take: usize, transpose: bool| -> usize {
            let packed = |(i, o)| if transpose { packed_rows(o, i, MR) } else { packed_rows(i, o, MR) };
            layers().skip(skip).take(take).map(packed).sum()
        };
        let (inputs, outputs) = (model.sizes[last], model.sizes[last + 1]);
        let mut packed = PackedMlp {
            sizes: model.sizes.clone(),
            hidden: vec![zeros; rows(0, last, false)],
            output: vec![[S::default(); OUTPUT_TILE]; packed_rows(inputs, outputs, OUTPUT_TILE)],
            transposed: vec![zeros; rows(0, last + 1, true)],
            center: in_precision(&model.center),
            input_scale: in_precision(&model.input_scale),
            output_scale: in_precision(&model.output_scale),
        };
        packed.set(&in_precision::<S>(&model.theta));
        packed
    }

    /// Packs new parameters, in canonical order.
    pub(crate) fn set(&mut self, theta: &[S]) {
        let mut rest = theta;
        let (mut hidden, mut transposed) = (&mut self.hidden[..], &mut self.transposed[..]);
        for (layer, pair) in self.sizes.windows(2).enumerate() {
            let (inputs, outputs) = (pair[0], pair[1]);
            let (weights, after) = rest.split_at(inputs * outputs);
            let (biases, after) = after.split_at(outputs);
            rest = after;
            let weight = |i: usize, o: usize| weights[i * outputs + o];
            let bias = |o: usize| biases[o];
            if layer + 2 == self.sizes.len() {
                pack(inputs, outputs, weight, bias, &mut self.output);
            } else {
                let (own, after) = hidden.split_at_mut(packed_rows(inputs, outputs, MR));
                pack(inputs, outputs, weight, bias, own);
                hidden = after;
            }
            let (own, after) = transposed.split_at_mut(packed_rows(outputs, inputs, MR));
            pack(outputs, inputs, |o, i| weight(i, o), |_| S::default(), own);
            transposed = after;
        }
    }

    pub(crate) fn network(&self) -> Mlp<'_, S, MR> {
        Mlp {
            sizes: &self.sizes,
            hidden: &self.hidden,
            output: &self.output,
            scaling: Scaling { center: &self.center, input: &self.input_scale, output: &self.output_scale },
        }
    }

    /// The gradient of the network, if it has one output.
    pub(crate) fn gradient(&self) -> MlpGradient<'_, S, MR> {
        MlpGradient { network: self.network(), transposed: &self.transposed }
    }

    pub(crate) fn trainee(&self) -> Trainee<'_, S, MR> {
        Trainee { network: self.network(), transposed: &self.transposed }
    }
}

impl<S: Scalar, R: Real<Scalar = S>, const MR: usize> Drift<R> for PackedMlp<S, MR> {
    fn dim(&self) -> usize {
        self.center.len()
    }
    fn scratch(&self) -> ScratchSize {
        Drift::<R>::scratch(&self.network())
    }
    #[inline(always)]
    fn value(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        self.network().value(t, x, b, scratch);
    }
    #[inline(always)]
    fn divergence(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        self.network().divergence(t, x, b, scratch)
    }
    #[inline(always)]
    fn jacobian(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        self.network().jacobian(t, x, b, jacobian, scratch);
    }
}

/// The gradient of a packed network with one output.
pub(crate) struct PackedGradient<S, const MR: usize>(pub(crate) PackedMlp<S, MR>);

impl<S: Scalar, R: Real<Scalar = S>, const MR: usize> Drift<R> for PackedGradient<S, MR> {
    fn dim(&self) -> usize {
        self.0.center.len()
    }
    fn scratch(&self) -> ScratchSize {
        Drift::<R>::scratch(&self.0.gradient())
    }
    #[inline(always)]
    fn value(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        self.0.gradient().value(t, x, b, scratch);
    }
    #[inline(always)]
    fn divergence(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        self.0.gradient().divergence(t, x, b, scratch)
    }
    #[inline(always)]
    fn jacobian(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        self.0.gradient().jacobian(t, x, b, jacobian, scratch);
    }
}

impl MlpModel {
    pub(super) fn tensors(&self) -> Tensors {
        let d = self.center.len();
        let mut tensors = Tensors::from([
            ("scale.center".to_string(), Tensor::new(&[d], &self.center)),
            ("scale.input".to_string(), Tensor::new(&[d], &self.input_scale)),
            ("scale.output".to_string(), Tensor::vector(&self.output_scale)),
        ]);
        let mut rest = &self.theta[..];
        for (layer, pair) in self.sizes.windows(2).enumerate() {
            let (weights, after) = rest.split_at(pair[0] * pair[1]);
            let (biases, after) = after.split_at(pair[1]);
            rest = after;
            tensors.insert(format!("layer{layer}.weight"), Tensor::new(pair, weights));
            tensors.insert(format!("layer{layer}.bias"), Tensor::new(&pair[1..], biases));
        }
        tensors
    }

    /// A network with an output for each coordinate, or with one.
    pub(super) fn from_tensors(mut tensors: Tensors, scalar: bool) -> Result<MlpModel, String> {
        let mut scale = |name: &str| take(&mut tensors, name).map(|tensor| tensor.values);
        let (center, input_scale) = (scale("scale.center")?, scale("scale.input")?);
        let output_scale = scale("scale.output")?;
        let mut model = MlpModel { sizes: vec![], theta: vec![], center, input_scale, output_scale };
        for layer in 0.. {
            let Ok(weight) = take(&mut tensors, &format!("layer{layer}.weight")) else { break };
            let bias = take(&mut tensors, &format!("layer{layer}.bias"))?;
            let &[inputs, outputs] = &weight.shape[..] else {
                return Err(format!("layer {layer} has weights of shape {:?}, not inputs by outputs", weight.shape));
            };
            if model.sizes.last().is_some_and(|&width| width != inputs) || bias.values.len() != outputs {
                return Err(format!("layer {layer} does not fit the one before it, or its biases"));
            }
            if layer == 0 {
                model.sizes.push(inputs);
            }
            model.sizes.push(outputs);
            model.theta.extend(weight.values);
            model.theta.extend(bias.values);
        }
        let outputs = if scalar { 1 } else { model.center.len() };
        if !model.is_consistent() || model.output_scale.len() != outputs {
            return Err("its layers and scales do not fit together".to_string());
        }
        Ok(model)
    }
}
