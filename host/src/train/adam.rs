//! The optimiser: Adam (D. P. Kingma and J. Ba, 1412.6980) with clipped gradients, and an average of its iterates.

use nets_kernel::real::Scalar;

/// Parameters under optimisation, with their moments and their exponential moving average.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Adam<S> {
    pub(crate) theta: Vec<S>,
    pub(crate) first: Vec<S>,
    pub(crate) second: Vec<S>,
    /// The average of the iterates, what a model is made of.
    pub(crate) average: Vec<S>,
    pub(crate) steps: u64,
}

/// Decay of the first and second moments, and what keeps the division finite.
const BETA: (f64, f64) = (0.9, 0.999);
const TINY: f64 = 1e-8;

impl<S: Scalar> Adam<S> {
    pub(crate) fn new(theta: Vec<S>) -> Self {
        let zeros = vec![S::zero(); theta.len()];
        Adam { first: zeros.clone(), second: zeros, average: theta.clone(), theta, steps: 0 }
    }

    /// One step along `gradient`, scaled down to `max_norm` if it is longer. The average forgets over
    /// `averaging` steps. A gradient that is not finite is left out; returns whether it was taken.
    pub(crate) fn step(&mut self, gradient: &[S], rate: f64, max_norm: f64, averaging: f64) -> bool {
        let norm = gradient.iter().map(|g| g.to_f64() * g.to_f64()).sum::<f64>().sqrt();
        if !norm.is_finite() {
            return false;
        }
        self.steps += 1;
        let correction = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let scale = S::from_f64(if norm > max_norm { max_norm / norm } else { 1.0 });
        let rate = S::from_f64(rate * correction(BETA.1).sqrt() / correction(BETA.0));
        let keep = (S::from_f64(BETA.0), S::from_f64(BETA.1));
        let take = (S::from_f64(1.0 - BETA.0), S::from_f64(1.0 - BETA.1));
        let tiny = S::from_f64(TINY);
        // The average starts as the plain mean of the first iterates.
        let blend = S::from_f64(1.0 / averaging.min(self.steps as f64));
        let moments = self.first.iter_mut().zip(&mut self.second);
        let parameters = self.theta.iter_mut().zip(&mut self.average);
        for ((&g, (first, second)), (theta, average)) in gradient.iter().zip(moments).zip(parameters) {
            let g = g * scale;
            *first = keep.0 * *first + take.0 * g;
            *second = keep.1 * *second + take.1 * (g * g);
            *theta = *theta - rate * *first / (second.sqrt() + tiny);
            *average = *average + blend * (*theta - *average);
        }
        true
    }
}
