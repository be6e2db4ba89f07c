//! The log-Gaussian Cox process on points of the user's.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::cholesky::cholesky;
use super::common::{in_precision, normal_base};
use super::parameters::{Parameters, TargetError};
use super::table::Table;
use crate::engine::Outlined;
use nets_kernel::math::exp;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::CoxProcess;
use nets_kernel::real::Real;

/// [`CoxProcess`] for `n` points in the unit square, counted in `M × M` cells, `M = 40` unless told. The prior of the log
/// intensity has the mean `log n − σ²/2` and the covariance `σ² e^{−|i − j| / Mβ}` between cells `i` and `j` of the grid,
/// with `σ² = 1.91` and `β = 1/33`. Coordinates are the whitened ones, and cell `(i, j)` is number `i M + j`, `i` along the
/// first column of the file; a point on the upper edge belongs to the last cell. Path: the likelihood to the power of
/// `β = t²`, from the prior.
#[derive(Clone, Debug)]
pub struct Lgcp {
    data: String,
    cells: usize,
    mean: f64,
    factor: Vec<f64>,
    counts: Vec<f64>,
}

const CELLS: usize = 40;
/// Beyond it the factor of the covariance would take 800 MB.
const MOST_CELLS: usize = 100;
const VARIANCE: f64 = 1.91;
const RANGE: f64 = 1.0 / 33.0;

impl Lgcp {
    fn new(data: &str, cells: usize) -> Result<Lgcp, String> {
        let table = Table::read(data)?;
        if table.columns != 2 {
            return Err(format!("{data} has {} columns; a row holds the two coordinates of a point", table.columns));
        }
        let mut counts = vec![0.0; cells * cells];
        for (row, point) in table.rows().enumerate() {
            if let Some(column) = point.iter().position(|x| !(0.0..=1.0).contains(x)) {
                return Err(format!("{}: {} is not from 0 to 1", table.place(row, column), point[column]));
            }
            let [i, j] = [point[0], point[1]].map(|x| ((x * cells as f64) as usize).min(cells - 1));
            counts[i * cells + j] += 1.0;
        }
        let mean = nets_kernel::math::ln(table.rows().len() as f64) - 0.5 * VARIANCE;
        let mut factor = covariance(cells);
        cholesky(&mut factor, cells * cells).ok_or("the covariance of the prior is not positive definite")?;
        Ok(Lgcp { data: data.to_string(), cells, mean, factor, counts })
    }
}

/// The prior's covariance between the cells, row-major.
fn covariance(cells: usize) -> Vec<f64> {
    let of_offset = |i: usize, j: usize| {
        let distance = ((i * i + j * j) as f64).sqrt();
        VARIANCE * exp(-distance / (cells as f64 * RANGE))
    };
    let table: Vec<f64> = (0..cells * cells).map(|cell| of_offset(cell / cells, cell % cells)).collect();
    let cell = |a: usize, b: usize| table[(a / cells).abs_diff(b / cells) * cells + (a % cells).abs_diff(b % cells)];
    let d = cells * cells;
    (0..d * d).map(|entry| cell(entry / d, entry % d)).collect()
}

impl BuiltinTarget for Lgcp {
    const INFO: TargetInfo = TargetInfo {
        name: "lgcp:data=FILE.csv",
        example: "lgcp:data=FILE.csv",
        dimension: "1600, or the square of cells",
        log_z: "unknown (the evidence)",
        density: "log-Gaussian Cox process on a 40 x 40 grid, whitened; a row holds a point of the unit square",
        source: "Moeller et al. 1998; data set: Finnish pines, finpines of R's spatstat.data",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let wanted = format!("a number of cells along an axis, from 1 to {MOST_CELLS}");
        let cells = parameters.number("cells", Some(CELLS), wanted, |cells| (1..=MOST_CELLS).contains(&cells))?;
        let data = parameters.required_text("data", "the file of points")?;
        Lgcp::new(data, cells).map_err(|problem| parameters.error(problem))
    }

    fn name(&self) -> String {
        let cells = if self.cells == CELLS { String::new() } else { format!(",cells={}", self.cells) };
        format!("lgcp:data={}{cells}", self.data)
    }

    fn dim(&self) -> usize {
        self.counts.len()
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: normal_base::<R>(self.dim(), 1.0),
            target: CoxProcess::<R::Scalar, Vec<R::Scalar>> {
                mean: Real::c(self.mean),
                factor: in_precision(&self.factor),
                counts: in_precision(&self.counts),
                area: Real::c(1.0 / self.dim() as f64),
            },
            schedule: Schedule::Power(Real::c(2.0)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Lgcp, covariance};
    use std::io::Write;

    #[test]
    fn points_are_counted_in_their_cells() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"x,y\n0.1,0.9\n0.5,0\n1,1\n0.99,0.7\n").unwrap();
        let target = Lgcp::new(file.path().to_str().unwrap(), 3).unwrap();
        assert_eq!(target.counts, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0]);
    }

    #[test]
    fn the_covariance_falls_with_the_distance() {
        let covariance = covariance(3);
        // Cells (0, 1) and (2, 2), √5 apart.
        let expected = 1.91 * (-5f64.sqrt() / 3.0 * 33.0).exp();
        assert!((covariance[9 + 8] - expected).abs() < 1e-15);
        assert_eq!(covariance[9 + 8], covariance[8 * 9 + 1]);
        assert_eq!(covariance[4 * 9 + 4], 1.91);
    }
}
