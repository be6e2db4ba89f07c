//! Bayesian logistic regression on data of the user's.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, normal_base};
use super::parameters::{Parameters, TargetError};
use super::table::Table;
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::LogisticRegression;
use nets_kernel::real::Real;

/// [`LogisticRegression`] on a table with one observation a row, features first, the label 1 or −1 last. Features are
/// standardised (variance over the observations; a feature that does not vary is only centred), an intercept comes
/// before them, and every weight has the prior N(0, 1). Path: the likelihood to the power of `β = t²`, from the prior.
#[derive(Clone, Debug)]
pub struct LogReg {
    data: String,
    dim: usize,
    features: Vec<f64>,
    labels: Vec<f64>,
}

impl LogReg {
    fn new(data: &str) -> Result<LogReg, String> {
        let table = Table::read(data)?;
        let dim = table.columns;
        if dim < 2 {
            return Err(format!("{data} has one column; a row holds features, and the label last"));
        }
        let mut labels = Vec::with_capacity(table.rows().len());
        for (row, values) in table.rows().enumerate() {
            match values[dim - 1] {
                label @ (1.0 | -1.0) => labels.push(label),
                other => {
                    return Err(format!("{}: the label is {other}; labels are 1 and -1", table.place(row, dim - 1)));
                }
            }
        }
        let mut features = vec![1.0; table.values.len()];
        for column in 0..dim - 1 {
            let values = || table.rows().map(|row| row[column]);
            let n = labels.len() as f64;
            let mean = values().sum::<f64>() / n;
            let variance = values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
            let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
            for (row, x) in features.chunks_exact_mut(dim).zip(values()) {
                row[column + 1] = (x - mean) / scale;
            }
        }
        Ok(LogReg { data: data.to_string(), dim, features, labels })
    }
}

impl BuiltinTarget for LogReg {
    const INFO: TargetInfo = TargetInfo {
        name: "logreg:data=FILE.csv",
        example: "logreg:data=FILE.csv",
        dimension: "columns of FILE.csv",
        log_z: "unknown (the evidence)",
        density: "logistic regression, prior N(0, 1) on every weight; a row holds features, then the label 1 or -1",
        source: "data sets: ionosphere and sonar of the UCI repository, also in R's mlbench",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let data = parameters.required_text("data", "the file of observations")?;
        LogReg::new(data).map_err(|problem| parameters.error(problem))
    }

    fn name(&self) -> String {
        format!("logreg:data={}", self.data)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: normal_base::<R>(self.dim, 1.0),
            target: LogisticRegression::<Vec<R::Scalar>> {
                dim: self.dim,
                features: in_precision(&self.features),
                labels: in_precision(&self.labels),
            },
            schedule: Schedule::Power(Real::c(2.0)),
        }))
    }
}
