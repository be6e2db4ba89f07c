//! How wide the gates are, and how heavy their tails.

use nets_kernel::math::{exp, ln};

/// A mixture of equal components around modes.
pub(super) struct Gates<'a> {
    /// `1/ν`; 0 for Gaussian components.
    pub(super) tail: f64,
    /// The modes from the origin, row-major.
    pub(super) centres: &'a [f64],
    /// How many coordinates they have.
    pub(super) columns: usize,
}

/// Degrees of freedom that are tried, as `1/ν`, with the density of each at its mode,
/// `Γ((ν + 1)/2) / (√(νπ) Γ(ν/2))`.
pub(super) const TAILS: [(f64, f64); 6] = [
    (0.0, 0.398_942_280_401_432_7),
    (0.1, 0.389_108_383_966_031_1),
    (0.2, 0.379_606_689_822_494_5),
    (1.0 / 3.0, 0.367_552_596_947_861_4),
    (0.5, 0.353_553_390_593_273_8),
    (1.0, std::f64::consts::FRAC_1_PI),
];

impl Gates<'_> {
    /// One iteration of expectation and maximisation for the width, with components at `stretch` times the centres: the next
    /// width, and the mean log-likelihood at this one (without the constant of the density). `cloud` has points with their
    /// weights, whatever these sum to.
    ///
    /// Student components are Gaussian ones whose precision has a gamma distribution; a deviation `u` counts with its
    /// expectation `(ν + 1)/(ν + u²)`.
    pub(super) fn improved(&self, width: f64, stretch: f64, cloud: &[(f64, Vec<f64>)]) -> (f64, f64) {
        let (mut squares, mut levels, mut mass) = (0.0, 0.0, 0.0);
        let (inverse, half_power) = (1.0 / width, 0.5 * (1.0 + 1.0 / self.tail));
        for (weight, point) in cloud {
            // The softmax of the components' logarithms, kept relative to the largest so far.
            let (mut largest, mut sum, mut square) = (f64::NEG_INFINITY, 0.0, 0.0);
            for centre in self.centres.chunks_exact(self.columns) {
                let (mut level, mut own) = (0.0, 0.0);
                for (x, c) in point.iter().zip(centre) {
                    let u = (x - stretch * c) * inverse;
                    if self.tail > 0.0 {
                        let spread = 1.0 + self.tail * u * u;
                        level -= half_power * ln(spread);
                        own += (1.0 + self.tail) * u * u / spread;
                    } else {
                        level -= 0.5 * u * u;
                        own += u * u;
                    }
                }
                let (before, now) =
                    if level > largest { (exp(largest - level), 1.0) } else { (1.0, exp(level - largest)) };
                largest = largest.max(level);
                sum = sum * before + now;
                square = square * before + now * own;
            }
            squares += weight * square / sum;
            levels += weight * (largest + ln(sum) - self.columns as f64 * ln(width));
            mass += weight;
        }
        let next = width * (squares / (mass * self.columns as f64)).sqrt();
        // A cloud of points that lie in their modes has no width; any will do.
        (if next > 0.0 && next.is_finite() { next } else { width }, levels / mass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets_kernel::path::student_from_normal;
    use nets_kernel::rng::{Purpose, Stream, normals};

    /// Two overlapping components of width 1.7 in three dimensions, with 3000 points: the standard error of the width is
    /// about 1.7/√(2 · 9000) = 0.013 for Gaussian ones, and less than twice that for the others.
    fn cloud(heavy: bool) -> Vec<(f64, Vec<f64>)> {
        let mut stream = Stream::new(3, Purpose::Evaluate, 0);
        let points = (0..3000).map(|i| {
            let mut x = vec![0.0; 3];
            normals(&mut stream, &mut x);
            let centre = if i % 2 == 0 { 1.5 } else { -1.5 };
            let x = x.iter().map(|&x: &f64| centre + 1.7 * if heavy { student_from_normal(x) } else { x });
            (1.0 / 3000.0, x.collect())
        });
        points.collect()
    }

    #[test]
    fn width_and_tails_are_found() {
        let centres = [3.0, 3.0, 3.0, -3.0, -3.0, -3.0];
        for (heavy, expected) in [(false, 0.0), (true, 0.5)] {
            let cloud = cloud(heavy);
            let found = TAILS.map(|(tail, peak)| {
                let (gates, mut width, mut level) = (Gates { tail, centres: &centres, columns: 3 }, 1.0, 0.0);
                for _ in 0..100 {
                    (width, level) = gates.improved(width, 0.5, &cloud);
                }
                (level + 3.0 * peak.ln(), tail, width)
            });
            let (_, tail, width) = found.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
            assert!(tail == expected && (width - 1.7).abs() < 0.08, "tail {tail}, width {width}");
        }
    }
}
