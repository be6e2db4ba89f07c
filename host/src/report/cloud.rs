//! Walkers and the density they sample.

use super::ReportError;
use super::chart::{BLUE, ORANGE, axes, bars, draw, rectangles, short};
use super::contour::Grid;
use plotters::prelude::*;
use std::ops::Range;

/// `U_1` at a point.
type Potential<'a> = &'a dyn Fn(&[f64]) -> f64;

/// Points along a side of the grid under the contours: modes 40 times narrower than the window still look round.
const SIDE: usize = 240;
/// The masses that contours enclose, and how dark they are.
const CONTOURS: [(f64, f64); 3] = [(0.5, 0.9), (0.9, 0.6), (0.99, 0.35)];
const BARS: usize = 60;

/// The first two coordinates of points in `dim ≥ 2` dimensions, over contours of `e^{−U}` if there are but two.
pub(super) fn scatter(points: &[f64], dim: usize, potential: Option<Potential>) -> Result<String, ReportError> {
    let [x, y] = [0, 1].map(|axis| window(points.chunks_exact(dim).map(|point| point[axis])));
    let shown: Vec<(f64, f64)> = points
        .chunks_exact(dim)
        .map(|point| (point[0], point[1]))
        .filter(|point| x.contains(&point.0) && y.contains(&point.1))
        .collect();
    draw((640, 690), |area| {
        let names = ("first coordinate", "second coordinate");
        let mut chart = axes(area, (x.clone(), y.clone()), names, &|x| short(*x), 8)?;
        if let Some(potential) = potential {
            let grid = Grid::new(SIDE, [(x.start, x.end), (y.start, y.end)], |x| -potential(x));
            let levels = grid.levels(&CONTOURS.map(|(mass, _)| mass));
            for (level, (_, darkness)) in levels.into_iter().zip(CONTOURS) {
                let style = ORANGE.mix(darkness).stroke_width(1);
                chart.draw_series(grid.contour(level).into_iter().map(|line| PathElement::new(line, style)))?;
            }
        }
        chart.draw_series(shown.into_iter().map(|point| Circle::new(point, 2, BLUE.mix(0.45).filled())))?;
        Ok(())
    })
}

/// Points on a line against `e^{−U}`, normalised.
pub(super) fn histogram(points: &[f64], potential: Potential) -> Result<String, ReportError> {
    let window = window(points.iter().copied());
    let step = (window.end - window.start) / 400.0;
    let at: Vec<f64> = (0..=400).map(|k| window.start + step * f64::from(k)).collect();
    let logs: Vec<f64> = at.iter().map(|&x| -potential(&[x])).collect();
    let top = logs.iter().copied().filter(|log| log.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    let density: Vec<f64> = logs.iter().map(|log| if log.is_finite() { (log - top).exp() } else { 0.0 }).collect();
    let total = step * density.iter().sum::<f64>();

    let scale = BARS as f64 / ((window.end - window.start) * points.len() as f64);
    let mut bars = bars(points, window.clone(), BARS);
    bars.iter_mut().for_each(|bar| bar.1 *= scale);
    let highest = bars.iter().map(|bar| bar.1).fold(1.0 / total, f64::max);
    draw((640, 690), |area| {
        let mut chart = axes(area, (window, 0.0..1.05 * highest), ("x", "density"), &|x| short(*x), 8)?;
        chart.draw_series(rectangles(&bars))?;
        let curve = at.into_iter().zip(density.into_iter().map(|density| density / total));
        chart.draw_series(LineSeries::new(curve, ORANGE.stroke_width(2)))?;
        Ok(())
    })
}

/// Where nearly all values are, with a margin. Strays beyond would shrink the rest.
fn window(values: impl Iterator<Item = f64>) -> Range<f64> {
    let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let stray = sorted.len() / 1000;
    let inner = sorted.get(stray..sorted.len() - stray).unwrap_or(&[]);
    let (low, high) = (inner.first().copied().unwrap_or(0.0), inner.last().copied().unwrap_or(0.0));
    let margin = if low < high { 0.06 * (high - low) } else { 1.0 };
    low - margin..high + margin
}
