//! What several targets need.

use super::builtin::TargetInfo;
use nets_kernel::path::Path;
use nets_kernel::potential::Gaussian;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::{Purpose, Stream, normals};

/// Numbers in the precision of `S`.
pub(crate) fn in_precision<S: Scalar>(values: &[f64]) -> Vec<S> {
    values.iter().map(|&value| S::from_f64(value)).collect()
}

/// `N(0, sd² I)` in `d` dimensions.
pub(super) fn normal_base<R: Real>(d: usize, sd: f64) -> Gaussian<Vec<R::Scalar>> {
    Gaussian { mean: in_precision(&vec![0.0; d]), sd: in_precision(&vec![sd; d]) }
}

/// `n` rows of `d` numbers, each written by `sample` with what it takes from one stream.
pub(super) fn sample_rows(seed: u64, n: usize, d: usize, sample: impl Fn(&mut Stream<f64>, &mut [f64])) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Evaluate, 0);
    let mut rows = vec![0.0; d * n];
    rows.chunks_exact_mut(d).for_each(|row| sample(&mut stream, row));
    rows
}

/// `n` rows of `d` numbers, made by `transport` of independent N(0, 1) numbers.
pub(super) fn transport_rows(seed: u64, n: usize, d: usize, transport: impl Fn(&[f64], &mut [f64])) -> Vec<f64> {
    sample_rows(seed, n, d, |stream, row| {
        let mut xi = vec![0.0; d];
        normals(stream, &mut xi);
        transport(&xi, row);
    })
}

/// Twice the root mean square of the coordinates of samples of the base density.
pub(super) fn base_length(path: &dyn Path<f64>) -> f64 {
    const SAMPLES: usize = 256;
    let mut stream = Stream::new(0, Purpose::Evaluate, 1);
    let (mut xi, mut x) = (vec![0.0; path.dim()], vec![0.0; path.dim()]);
    let mut sum = 0.0;
    for _ in 0..SAMPLES {
        normals(&mut stream, &mut xi);
        path.base(&xi, &mut x);
        sum += x.iter().map(|x| x * x).sum::<f64>();
    }
    2.0 * (sum / (SAMPLES * path.dim()) as f64).sqrt()
}

/// The largest absolute value.
pub(super) fn largest_coordinate(centres: &[f64]) -> f64 {
    centres.iter().fold(0.0, |largest, centre| centre.abs().max(largest))
}

/// The name of a target in `d` dimensions, which it need not say if `d` is what it has unless told.
pub(super) fn name_with_dimension(info: TargetInfo, d: usize, usual: usize) -> String {
    if d == usual { info.family().to_string() } else { format!("{}-{d}", info.family()) }
}
