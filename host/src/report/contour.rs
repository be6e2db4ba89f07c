//! Contours of a function on a grid.

use std::collections::BTreeMap;

/// A function on a regular grid.
pub(super) struct Grid {
    /// Points along each side.
    pub side: usize,
    /// Coordinates of the first and last point of each axis.
    pub window: [(f64, f64); 2],
    /// Values, the first axis fastest.
    pub values: Vec<f64>,
}

impl Grid {
    /// Evaluates `f` at every point.
    pub fn new(side: usize, window: [(f64, f64); 2], f: impl Fn(&[f64; 2]) -> f64) -> Grid {
        let mut grid = Grid { side, window, values: Vec::with_capacity(side * side) };
        for j in 0..side {
            for i in 0..side {
                let value = f(&[grid.coordinate(0, i as f64), grid.coordinate(1, j as f64)]);
                grid.values.push(value);
            }
        }
        grid
    }

    fn coordinate(&self, axis: usize, index: f64) -> f64 {
        let (low, high) = self.window[axis];
        low + (high - low) * index / (self.side - 1) as f64
    }

    /// The levels above which a density with these logarithms has the fractions `masses` of its mass on the grid.
    pub fn levels(&self, masses: &[f64]) -> Vec<f64> {
        let mut logs: Vec<f64> = self.values.iter().copied().filter(|value| value.is_finite()).collect();
        logs.sort_by(|a, b| b.total_cmp(a));
        let Some(&top) = logs.first() else { return vec![] };
        let total: f64 = logs.iter().map(|log| (log - top).exp()).sum();
        let level = |mass: &f64| {
            let mut sum = 0.0;
            logs.iter().copied().find(|log| {
                sum += (log - top).exp();
                sum >= mass * total
            })
        };
        masses.iter().filter_map(level).collect()
    }

    /// The lines on which the function has the value `level`: marching squares, with the pieces joined.
    pub fn contour(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let mut links: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for j in 0..self.side - 1 {
            for i in 0..self.side - 1 {
                for (a, b) in self.pieces(i, j, level) {
                    links.entry(a).or_default().push(b);
                    links.entry(b).or_default().push(a);
                }
            }
        }
        // Open lines first, from their ends, then closed ones from anywhere.
        let ends: Vec<usize> = links.iter().filter(|(_, next)| next.len() == 1).map(|(&edge, _)| edge).collect();
        let starts: Vec<usize> = ends.into_iter().chain(links.keys().copied()).collect();
        let mut lines = vec![];
        for start in starts {
            let mut line = vec![self.crossing(start, level)];
            let mut edge = start;
            while let Some(next) = links.get_mut(&edge).and_then(Vec::pop) {
                if let Some(back) = links.get_mut(&next)
                    && let Some(place) = back.iter().position(|&from| from == edge)
                {
                    back.swap_remove(place);
                }
                line.push(self.crossing(next, level));
                edge = next;
            }
            if line.len() > 1 {
                lines.push(line);
            }
        }
        lines
    }

    /// Pieces of the contour in the cell at `(i, j)`, from edge to edge.
    fn pieces(&self, i: usize, j: usize, level: f64) -> Vec<(usize, usize)> {
        let above = |i: usize, j: usize| self.values[j * self.side + i] > level;
        // Twice the number of an edge's first point, plus one if it goes along the second axis.
        let point = |i: usize, j: usize| 2 * (j * self.side + i);
        let (bottom, top) = (point(i, j), point(i, j + 1));
        let (left, right) = (point(i, j) + 1, point(i + 1, j) + 1);
        let corners = [above(i, j), above(i + 1, j), above(i + 1, j + 1), above(i, j + 1)];
        let edges = [bottom, right, top, left];
        let crossed: Vec<usize> = (0..4).filter(|&k| corners[k] != corners[(k + 1) % 4]).map(|k| edges[k]).collect();
        match crossed[..] {
            [a, b] => vec![(a, b)],
            // A saddle: either pairing is a contour at this resolution.
            [a, b, c, d] => vec![(a, b), (c, d)],
            _ => vec![],
        }
    }

    /// Where the contour crosses an edge.
    fn crossing(&self, edge: usize, level: f64) -> (f64, f64) {
        let (point, upward) = (edge / 2, edge % 2 == 1);
        let other = point + if upward { self.side } else { 1 };
        let fraction = (level - self.values[point]) / (self.values[other] - self.values[point]);
        // An infinite value at one end gives no fraction.
        let fraction = if fraction.is_finite() { fraction.clamp(0.0, 1.0) } else { 0.5 };
        let (i, j) = ((point % self.side) as f64, (point / self.side) as f64);
        let (i, j) = if upward { (i, j + fraction) } else { (i + fraction, j) };
        (self.coordinate(0, i), self.coordinate(1, j))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian() -> Grid {
        Grid::new(201, [(-6.0, 6.0), (-6.0, 6.0)], |x| -0.5 * (x[0] * x[0] + x[1] * x[1]))
    }

    #[test]
    fn a_circle_is_one_closed_line() {
        let lines = gaussian().contour(-2.0);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        for (x, y) in &lines[0] {
            assert!((x.hypot(*y) - 2.0).abs() < 1e-3, "({x}, {y}) is not on the circle of radius 2");
        }
    }

    /// A Gaussian in the plane has the mass `1 − e^{−r²/2}` within `r`, so the level of the mass `p` is `log(1 − p)`.
    #[test]
    fn levels_enclose_their_mass() {
        for (level, mass) in gaussian().levels(&[0.5, 0.9]).into_iter().zip([0.5_f64, 0.9]) {
            assert!((level - (1.0 - mass).ln()).abs() < 0.01, "level {level} for the mass {mass}");
        }
    }

    #[test]
    fn a_line_may_leave_the_window() {
        let grid = Grid::new(11, [(0.0, 1.0), (0.0, 1.0)], |x| x[0]);
        let lines = grid.contour(0.55);
        assert_eq!((lines.len(), lines[0].len()), (1, 11));
    }
}
