//! The report of a run: one page that needs no other file and no network.

mod chart;
mod cloud;
mod contour;

use crate::engine::Outcome;
use crate::summary::Summary;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use plotters::drawing::DrawingAreaErrorKind;
use serde::Serialize;
use std::io;

/// What a report shows.
pub struct Report<'a> {
    /// The figures of the run.
    pub summary: &'a Summary,
    /// The command line that makes this run again.
    pub command: &'a str,
    /// `U_1`, for the contours.
    pub potential: &'a dyn Fn(&[f64]) -> f64,
    /// Equally weighted walkers, row-major; some thousand are enough.
    pub points: &'a [f64],
    /// Log weights of all walkers.
    pub log_weights: &'a [f64],
    /// What sampling found.
    pub outcome: &'a Outcome,
    /// Loss against time or iteration; empty without training.
    pub curve: &'a [(f64, f64)],
}

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A plot failed.
    #[error("a plot of the report failed: {0}")]
    Plot(#[from] DrawingAreaErrorKind<io::Error>),
    /// The page failed.
    #[error("the report's page failed: {0}")]
    Page(#[from] minijinja::Error),
}

/// A plot with its words.
#[derive(Serialize)]
struct Figure {
    title: &'static str,
    svg: String,
    /// What the picture shows, for those who cannot see it.
    alt: String,
    /// How to read it.
    caption: &'static str,
}

/// A figure of the first line.
#[derive(Serialize)]
struct Headline {
    name: &'static str,
    value: String,
    note: String,
}

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> Result<String, ReportError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_template("report", include_str!("template.html"))?;
        let page = environment.get_template("report")?.render(context! {
            target => self.summary.target.clone(),
            interrupted => self.summary.interrupted,
            headlines => Value::from(Serde(self.headlines())),
            figures => Value::from(Serde(self.figures()?)),
            rows => Value::from(Serde(self.summary.rows())),
            command => self.command,
            version => env!("CARGO_PKG_VERSION"),
        })?;
        Ok(page)
    }

    fn headlines(&self) -> Vec<Headline> {
        let (summary, outcome) = (self.summary, self.outcome);
        let mut lines = vec![
            Headline {
                name: "Effective sample size",
                value: format!("{:.1} %", 100.0 * outcome.ess),
                note: format!("{:.0} of {} walkers", outcome.ess * outcome.walkers as f64, outcome.walkers),
            },
            Headline {
                name: "log Z",
                value: format!("{:.4} ± {:.4}", outcome.log_z, outcome.log_z_stderr),
                note: summary.log_z_exact.map_or("exact value not known".into(), |exact| format!("exact: {exact:.4}")),
            },
        ];
        lines.extend(summary.coverage.map(|coverage| Headline {
            name: "Modes covered",
            value: format!("{} of {}", coverage.modes, coverage.modes_total),
            note: match coverage.p_value {
                Some(p) => format!("chi-squared test of their weights: p = {p:.3}"),
                None => "no test of their weights: few effective walkers, or resampled ones".into(),
            },
        }));
        lines.extend(summary.w2.map(|w2| Headline {
            name: "W₂ to exact samples",
            value: format!("{w2:.2}"),
            note: summary.w2_floor.map_or(String::new(), |floor| format!("{floor:.2} between two exact clouds")),
        }));
        lines.extend(summary.backward.map(|found| Headline {
            name: "Forward effective sample size",
            value: format!("{:.1} %", 100.0 * found.ess),
            note: match found.lost {
                0 => format!("from {} exact samples carried back to the start", found.samples),
                lost => format!("{lost} of {} exact samples were lost going back", found.samples),
            },
        }));
        let seconds = [summary.base_seconds, summary.train_seconds, summary.scan_seconds, Some(outcome.seconds)];
        let seconds: f64 = seconds.into_iter().flatten().sum();
        lines.push(Headline {
            name: "Time",
            value: format!("{seconds:.1} s"),
            note: "everything before sampling included".into(),
        });
        lines
    }

    fn figures(&self) -> Result<Vec<Figure>, ReportError> {
        let (summary, outcome) = (self.summary, self.outcome);
        let mut figures = vec![self.samples()?];
        figures.push(Figure {
            title: "Effective sample size along the path",
            svg: chart::ess_path(&outcome.times, &outcome.ess_path)?,
            alt: format!("A line from time 0 to 1, which ends at {:.3}.", outcome.ess),
            caption: "Where it falls, the drift does not keep up with the path, or steps are too long.",
        });
        figures.push(Figure {
            title: "Weights",
            svg: chart::weights(self.log_weights)?,
            alt: format!("A histogram; the largest normalised weight is {:.2e}.", outcome.max_weight),
            caption: "Walkers by weight relative to the mean. A perfect drift has all of them at 1; a long tail to the \
                      right means that few walkers carry the estimates.",
        });
        if let Some(scan) = summary.scan.as_ref().filter(|scan| scan.len() > 1) {
            let best = scan.iter().max_by(|a, b| a.ess.total_cmp(&b.ess)).map_or(0.0, |row| row.epsilon);
            figures.push(Figure {
                title: "Choice of the diffusivity",
                svg: chart::scan(scan, summary.epsilon)?,
                alt: format!("Effective sample size and acceptance against epsilon; the first is highest at {best}."),
                caption: "Effective sample size and acceptance of the moves for a small population at each epsilon. \
                          Training does not depend on it; the dashed line is the one used.",
            });
        }
        if self.curve.len() > 1 {
            let slices = summary.objective.as_deref() == Some("least-squares");
            figures.push(Figure {
                title: "Training loss",
                svg: chart::loss(self.curve, if slices { "time t of the slice" } else { "round" })?,
                alt: format!("A curve of {} losses.", self.curve.len()),
                caption: if slices {
                    "What the fit leaves of the variance that the drift should explain, slice by slice in time."
                } else {
                    "The mean loss of each round. It may rise as the interval of times that it covers grows."
                },
            });
        }
        Ok(figures)
    }

    fn samples(&self) -> Result<Figure, ReportError> {
        let dim = self.summary.dim;
        let count = self.points.len() / dim;
        Ok(match dim {
            1 => Figure {
                title: "Samples and the density",
                svg: cloud::histogram(self.points, self.potential)?,
                alt: format!("A histogram of {count} walkers with the curve of the density."),
                caption: "Bars: walkers, resampled to equal weights. Line: the target's density.",
            },
            2 => Figure {
                title: "Samples over the target",
                svg: cloud::scatter(self.points, 2, Some(self.potential))?,
                alt: format!("{count} walkers as points over the contours of the target's density."),
                caption: "Points: walkers, resampled to equal weights. Lines: the target's densest regions of 50, 90 \
                          and 99 % of the mass.",
            },
            _ => Figure {
                title: "Samples: the first two coordinates",
                svg: cloud::scatter(self.points, dim, None)?,
                alt: format!("{count} walkers as points, by their first two coordinates."),
                caption: "Walkers, resampled to equal weights.",
            },
        })
    }
}

#[cfg(test)]
mod tests;
