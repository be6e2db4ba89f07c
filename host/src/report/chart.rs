//! Lines and bars, and the look that all plots share.

use super::ReportError;
use crate::engine::ScanPoint;
use crate::metric::relative;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use std::ops::Range;

pub(super) const BLUE: RGBColor = RGBColor(29, 98, 180);
pub(super) const ORANGE: RGBColor = RGBColor(217, 108, 20);
pub(super) const INK: RGBColor = RGBColor(55, 65, 81);
const AXIS: RGBColor = RGBColor(156, 163, 175);
const GRID: RGBColor = RGBColor(236, 239, 243);
/// Pixels of a plot; the page scales it.
const SIZE: (u32, u32) = (560, 270);

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Chart<'a, 'b, X, Y> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<X, Y>>;

/// Draws on an empty sheet and returns the SVG.
pub(super) fn draw(
    size: (u32, u32),
    picture: impl FnOnce(&Area) -> Result<(), ReportError>,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        picture(&area)?;
        area.present()?;
    }
    Ok(svg)
}

/// Axes with their names.
pub(super) fn axes<'a, 'b, X, Y>(
    area: &'a Area<'b>,
    (x, y): (X, Y),
    (x_name, y_name): (&str, &str),
    x_label: &dyn Fn(&f64) -> String,
    x_count: usize,
) -> Result<Chart<'a, 'b, X::CoordDescType, Y::CoordDescType>, ReportError>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let mut chart =
        ChartBuilder::on(area).margin(12).x_label_area_size(44).y_label_area_size(64).build_cartesian_2d(x, y)?;
    let font = ("sans-serif", 15).into_font().color(&INK);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(AXIS)
        .label_style(font.clone())
        .axis_desc_style(font)
        .x_desc(x_name)
        .y_desc(y_name)
        .x_labels(x_count)
        .y_labels(6)
        .x_label_formatter(x_label)
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    Ok(chart)
}

/// A number in few characters.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        "0".to_string()
    } else if (1e-3..1e5).contains(&value.abs()) {
        let digits = (2 - value.abs().log10().floor() as i32).clamp(0, 5) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
    } else {
        format!("{value:.0e}")
    }
}

/// The effective sample size against time.
pub(super) fn ess_path(times: &[f64], ess: &[f64]) -> Result<String, ReportError> {
    draw(SIZE, |area| {
        let mut chart = axes(area, (0.0..1.0, 0.0..1.02), ("time t", "ESS fraction"), &|t| short(*t), 6)?;
        let line: Vec<_> = times.iter().copied().zip(ess.iter().copied()).collect();
        chart.draw_series(AreaSeries::new(line.clone(), 0.0, BLUE.mix(0.08)))?;
        chart.draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?;
        Ok(())
    })
}

/// The loss of training.
pub(super) fn loss(curve: &[(f64, f64)], x_name: &str) -> Result<String, ReportError> {
    // More points than pixels would only make the file large.
    let stride = curve.len().div_ceil(500).max(1);
    let line: Vec<_> = curve.iter().copied().step_by(stride).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let x = range(line.iter().map(|point| point.0));
    let y = range(line.iter().map(|point| point.1));
    let style = BLUE.stroke_width(2);
    let names = (x_name, "loss");
    draw(SIZE, |area| {
        // A loss over several powers of ten shows its end on a logarithmic axis only.
        if line.iter().all(|point| point.1 > 0.0) && y.end > 20.0 * y.start {
            let y = (y.start * 0.8..y.end * 1.25).log_scale();
            axes(area, (x, y), names, &|x| short(*x), 6)?.draw_series(LineSeries::new(line, style))?;
        } else {
            let y = y.start.min(0.0)..y.end + 0.05 * (y.end - y.start);
            axes(area, (x, y), names, &|x| short(*x), 6)?.draw_series(LineSeries::new(line, style))?;
        }
        Ok(())
    })
}

/// The histogram of weights relative to their mean.
pub(super) fn weights(log_weights: &[f64]) -> Result<String, ReportError> {
    let weights = relative(log_weights);
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    let mut logs: Vec<f64> = weights.iter().filter(|&&w| w > 0.0).map(|w| (w / mean).log10()).collect();
    logs.sort_by(f64::total_cmp);
    // The lightest thousandth would stretch the axis, and does not matter.
    let low = logs.get(logs.len() / 1000).copied().unwrap_or(0.0).min(-0.1);
    let high = logs.last().copied().unwrap_or(0.0).max(0.1);
    let bars = bars(&logs, low..high, 50);
    let top = 1.05 * bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    draw(SIZE, |area| {
        let names = ("weight / mean weight", "walkers");
        let ratio = |log: &f64| match 10_f64.powf(*log) {
            small if small < 0.1 => format!("{small:.0e}"),
            ratio => short((ratio * 100.0).round() / 100.0),
        };
        let mut chart = axes(area, (low..high, 0.0..top), names, &ratio, 7)?;
        chart.draw_series(rectangles(&bars))?;
        let mean = [(0.0, 0.0), (0.0, top)];
        chart.draw_series(DashedLineSeries::new(mean, 5, 4, INK.stroke_width(1)))?;
        Ok(())
    })
}

/// Bars of a histogram: their sides, and how many values lie between. Values beyond the ends count at the ends.
pub(super) fn bars(values: &[f64], range: Range<f64>, count: usize) -> Vec<(Range<f64>, f64)> {
    let width = (range.end - range.start) / count as f64;
    let side = |k: usize| range.start + width * k as f64;
    let mut bars: Vec<_> = (0..count).map(|k| (side(k)..side(k + 1), 0.0)).collect();
    for value in values {
        let place = ((value - range.start) / width).max(0.0) as usize;
        bars[place.min(count - 1)].1 += 1.0;
    }
    bars
}

/// Bars as shapes.
pub(super) fn rectangles(bars: &[(Range<f64>, f64)]) -> impl Iterator<Item = Rectangle<(f64, f64)>> {
    let style = BLUE.mix(0.55).filled();
    let bar =
        move |(sides, height): &(Range<f64>, f64)| Rectangle::new([(sides.start, 0.0), (sides.end, *height)], style);
    bars.iter().filter(|bar| bar.1 > 0.0).map(bar)
}

/// ESS and acceptance against the diffusivity, at even distances whatever its values. A dashed line is at the one
/// that was `chosen`.
pub(super) fn scan(rows: &[ScanPoint], chosen: Option<f64>) -> Result<String, ReportError> {
    let last = (rows.len() - 1) as f64;
    let name = |x: &f64| {
        let row = rows.get(x.round() as usize).filter(|_| (x - x.round()).abs() < 1e-6 && *x >= 0.0);
        row.map_or(String::new(), |row| short(row.epsilon))
    };
    let line = |value: &dyn Fn(&ScanPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        rows.iter().enumerate().filter_map(|(i, row)| value(row).map(|value| (i as f64, value))).collect()
    };
    let lines =
        [("ESS fraction", BLUE, line(&|row| Some(row.ess))), ("acceptance", ORANGE, line(&|row| row.acceptance))];
    draw(SIZE, |area| {
        let x = -0.3..last + 0.3;
        let mut chart = axes(area, (x, 0.0..1.05), ("epsilon", "fraction"), &name, rows.len())?;
        if let Some(place) = rows.iter().position(|row| Some(row.epsilon) == chosen) {
            let line = [(place as f64, 0.0), (place as f64, 1.05)];
            chart.draw_series(DashedLineSeries::new(line, 5, 4, INK.stroke_width(1)))?;
        }
        for (name, color, line) in lines.into_iter().filter(|(_, _, line)| !line.is_empty()) {
            chart.draw_series(line.iter().map(|&point| Circle::new(point, 4, color.filled())))?;
            chart
                .draw_series(LineSeries::new(line, color.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE.mix(0.85))
            .label_font(("sans-serif", 14).into_font().color(&INK))
            .draw()?;
        Ok(())
    })
}

/// The least range that holds all values, never empty.
pub(super) fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low < high {
        low..high
    } else if low.is_finite() {
        low - 0.5..low + 0.5
    } else {
        0.0..1.0
    }
}
