//! Where the gates stand: weighted k-means over the walkers, carried along from slice to slice.

/// Points with weights that sum to one: row-major, `q` coordinates each.
pub(super) struct Cloud<'a> {
    pub(super) q: usize,
    pub(super) points: &'a [f64],
    pub(super) weights: &'a [f64],
}

impl Cloud<'_> {
    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.points.chunks_exact(self.q).zip(self.weights.iter().copied())
    }

    /// `count` points drawn one after the other, each with probability proportional to weight times squared distance
    /// to those already drawn (D. Arthur and S. Vassilvitskii, 2007). `uniform` gives numbers in `(0, 1]`.
    pub(super) fn seed(&self, count: usize, mut uniform: impl FnMut() -> f64) -> Vec<f64> {
        let mut centres = Vec::with_capacity(count * self.q);
        let mut distances = vec![1.0; self.weights.len()];
        for _ in 0..count {
            let mass: f64 = self.rows().zip(&distances).map(|((_, w), distance)| w * distance).sum();
            let mut rest = uniform() * mass;
            let drawn = self.rows().zip(&distances).position(|((_, w), distance)| {
                rest -= w * distance;
                rest <= 0.0
            });
            // Rounding may leave a little mass beyond the last point.
            let first = drawn.unwrap_or(self.weights.len() - 1) * self.q;
            let centre = &self.points[first..first + self.q];
            for ((point, _), distance) in self.rows().zip(&mut distances) {
                let square = squared_distance(point, centre);
                *distance = if centres.is_empty() { square } else { distance.min(square) };
            }
            centres.extend_from_slice(centre);
        }
        centres
    }

    /// One iteration of S. Lloyd's algorithm: every centre moves to the mean of the points nearest to it; one that
    /// has none stays.
    pub(super) fn lloyd(&self, centres: &mut [f64]) {
        let mut sums = vec![0.0; centres.len()];
        let mut masses = vec![0.0; centres.len() / self.q];
        for (point, w) in self.rows() {
            let (nearest, _) = nearest(point, centres);
            masses[nearest] += w;
            for (sum, x) in sums[nearest * self.q..].iter_mut().zip(point) {
                *sum += w * x;
            }
        }
        let moved = sums.chunks_exact(self.q).zip(masses);
        for (centre, (sum, mass)) in centres.chunks_exact_mut(self.q).zip(moved) {
            if mass > 0.0 {
                for (c, s) in centre.iter_mut().zip(sum) {
                    *c = s / mass;
                }
            }
        }
    }

    /// Root mean square distance to the nearest centre, per coordinate.
    pub(super) fn spacing(&self, centres: &[f64]) -> f64 {
        let mean: f64 = self.rows().map(|(point, w)| w * nearest(point, centres).1).sum();
        (mean / self.q as f64).sqrt()
    }

    /// Mean of each coordinate, and the root mean square deviation from it over all coordinates.
    pub(super) fn moments(&self) -> (Vec<f64>, f64) {
        let mut mean = vec![0.0; self.q];
        for (point, w) in self.rows() {
            for (mean, x) in mean.iter_mut().zip(point) {
                *mean += w * x;
            }
        }
        let variance: f64 = self.rows().map(|(point, w)| w * squared_distance(point, &mean)).sum();
        (mean, (variance / self.q as f64).sqrt())
    }
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The nearest centre and the squared distance to it.
fn nearest(point: &[f64], centres: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (index, centre) in centres.chunks_exact(point.len()).enumerate() {
        let square = squared_distance(point, centre);
        if square < best.1 {
            best = (index, square);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clusters_are_found() {
        let points = [0.0, 0.1, -0.1, 10.0, 10.1, 9.9];
        let cloud = Cloud { q: 1, points: &points, weights: &[1.0 / 6.0; 6] };
        let mut draws = [0.3, 0.9].into_iter();
        let mut centres = cloud.seed(2, || draws.next().unwrap());
        cloud.lloyd(&mut centres);
        centres.sort_by(f64::total_cmp);
        assert!((centres[0]).abs() < 1e-12 && (centres[1] - 10.0).abs() < 1e-12, "{centres:?}");
        assert!((cloud.spacing(&centres) - (0.02f64 / 3.0).sqrt()).abs() < 1e-12);
    }
}
