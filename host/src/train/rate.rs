//! The learned `∂_tF_t`: a piecewise linear function of time.

/// Values at equally spaced nodes on `[0, 1]`.
///
/// Given the drift, the objective is quadratic in them, with a minimiser that is a mean: each step moves a node
/// part of the way to it, whatever the scale of `F`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) nodes: Vec<f64>,
}

/// The part of the way that a node moves.
const STEP: f64 = 0.1;

impl Rate {
    pub(crate) fn new(nodes: usize) -> Self {
        Rate { nodes: vec![0.0; nodes] }
    }

    /// The node before `t`, and how far `t` is on the way to the next.
    fn place(&self, t: f64) -> (usize, f64) {
        let position = t.clamp(0.0, 1.0) * (self.nodes.len() - 1) as f64;
        let node = (position as usize).min(self.nodes.len() - 2);
        (node, position - node as f64)
    }

    /// `∂_tF` at `t`.
    pub(crate) fn at(&self, t: f64) -> f64 {
        let (node, fraction) = self.place(t);
        self.nodes[node] + fraction * (self.nodes[node + 1] - self.nodes[node])
    }

    /// Learns from pairs of a time and the residual `r + ∂_tF` there.
    pub(crate) fn learn(&mut self, samples: impl Iterator<Item = (f64, f64)>) {
        let mut sums = vec![(0.0, 0.0); self.nodes.len()];
        for (t, residual) in samples {
            let (node, fraction) = self.place(t);
            for (node, share) in [(node, 1.0 - fraction), (node + 1, fraction)] {
                sums[node].0 += share * residual;
                sums[node].1 += share;
            }
        }
        for (node, (residual, weight)) in self.nodes.iter_mut().zip(sums) {
            if weight > 0.0 {
                *node -= STEP * residual / weight;
            }
        }
    }
}
