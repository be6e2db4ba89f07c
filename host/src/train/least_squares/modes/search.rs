//! From walkers to modes, and to the subspace that the modes span.

use crate::engine::Batch;
use crate::model::ModesFrame;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use rayon::prelude::*;

/// A walker that went downhill.
pub(super) struct Descent {
    /// Where it came to.
    pub(super) end: Vec<f64>,
    /// `U_1` there.
    pub(super) potential: f64,
    /// How far that is from where it began.
    pub(super) length: f64,
}

/// Steps of a descent. A convex mode is reached in a few dozen.
const STEPS: usize = 250;
/// A mode from which fewer than this fraction of the descents came is none: what heavy tails hold on their way.
const LEAST: f64 = 0.008;
/// Modes nearer to each other than this, in units of the usual length of a descent, are one.
const APART: f64 = 0.5;
/// A direction in which modes differ by less than this, in the same units, is not followed.
const NARROW: f64 = 1e-2;

/// Those of the first `count` walkers that have a weight, at the ends of their descents in `U_1`.
pub(super) fn descended<R: Real>(
    path: &(dyn Path<R> + Send + Sync),
    tiles: &[Batch<R>],
    count: usize,
    weights: &[f64],
) -> Vec<Descent> {
    let groups: Vec<Vec<Descent>> = (0..tiles.len())
        .into_par_iter()
        .take(count.div_ceil(R::LANES))
        .map(|tile| {
            let mut x = tiles[tile].x.clone();
            let potential = descend(path, &mut x);
            let number = |lane: usize| tile * R::LANES + lane;
            let counts = |lane: usize| number(lane) < count && weights.get(number(lane)).is_some_and(|&w| w > 0.0);
            let lanes = (0..R::LANES).filter(|&lane| counts(lane));
            let descent = |lane: usize| {
                let at = |x: &[R]| -> Vec<f64> { x.iter().map(|x| x.lane(lane).to_f64()).collect() };
                let (begin, end) = (at(&tiles[tile].x), at(&x));
                Descent { potential: potential.lane(lane).to_f64(), length: distance(&begin, &end), end }
            };
            lanes.map(descent).filter(|descent| descent.potential.is_finite()).collect()
        })
        .collect();
    groups.into_iter().flatten().collect()
}

/// Gradient descent in `U_1`, the steps of each walker half as long after one that led uphill, a quarter longer after
/// others; returns `U_1` at the end.
fn descend<R: Real>(path: &(dyn Path<R> + Send + Sync), x: &mut [R]) -> R {
    let d = x.len();
    let (mut gradient, mut next, mut ahead) = (vec![R::zero(); d], vec![R::zero(); d], vec![R::zero(); d]);
    let mut scratch = vec![R::zero(); path.scratch()];
    let mut potential = path.potential(R::one(), x, &mut gradient, &mut scratch);
    R::vectorize(
        #[inline(always)]
        || {
            let mut step = R::one();
            for _ in 0..STEPS {
                for ((next, &x), &g) in next.iter_mut().zip(&*x).zip(&gradient) {
                    *next = (-step).mul_add(g, x);
                }
                let there = path.potential(R::one(), &next, &mut ahead, &mut scratch);
                for (to, &from) in x.iter_mut().zip(&next) {
                    *to = R::select_lt(there, potential, from, *to);
                }
                for (to, &from) in gradient.iter_mut().zip(&ahead) {
                    *to = R::select_lt(there, potential, from, *to);
                }
                step = step * R::select_lt(there, potential, R::c(1.25), R::c(0.5));
                potential = R::select_lt(there, potential, there, potential);
            }
        },
    );
    potential
}

/// The median of the descents' lengths: how far walkers lie from their mode.
fn usual_length(descents: &[Descent]) -> f64 {
    let mut lengths: Vec<f64> = descents.iter().map(|descent| descent.length).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.get(lengths.len() / 2).copied().unwrap_or(0.0)
}

/// The frame of the modes that `descents` ended in.
pub(super) fn found(origin: &[f64], descents: &[Descent], most: usize) -> ModesFrame {
    frame_of(origin, &distinct(descents, most), NARROW * usual_length(descents))
}

/// The lowest points of the basins that most descents ended in, `most` of them or fewer.
fn distinct(descents: &[Descent], most: usize) -> Vec<Vec<f64>> {
    let radius = APART * usual_length(descents);
    let mut order: Vec<&Descent> = descents.iter().collect();
    order.sort_by(|a, b| a.potential.total_cmp(&b.potential));

    // The lowest point not near one that is taken is the next.
    let mut basins: Vec<(&[f64], usize)> = vec![];
    for descent in order {
        match basins.iter_mut().find(|(mode, _)| distance(mode, &descent.end) <= radius) {
            Some((_, count)) => *count += 1,
            None => basins.push((&descent.end, 1)),
        }
    }
    basins.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let least = LEAST * descents.len() as f64;
    let largest = basins.first().map_or(0, |&(_, count)| count);
    basins.retain(|&(_, count)| count as f64 > least || count == largest);
    basins.truncate(most);
    basins.into_iter().map(|(mode, _)| mode.to_vec()).collect()
}

/// An orthonormal basis of what the modes span from the origin, and the modes in it: Gram and Schmidt's, the longest
/// remainder first, each row orthogonalised twice.
fn frame_of(origin: &[f64], modes: &[Vec<f64>], least: f64) -> ModesFrame {
    let d = origin.len();
    let arms: Vec<Vec<f64>> = modes.iter().map(|mode| mode.iter().zip(origin).map(|(m, o)| m - o).collect()).collect();
    let mut rests = arms.clone();
    let mut rows: Vec<Vec<f64>> = vec![];
    while rows.len() < d.min(modes.len()) {
        let Some(longest) = rests.iter().max_by(|a, b| norm(a).total_cmp(&norm(b))) else { break };
        if norm(longest) <= least {
            break;
        }
        let mut row = longest.clone();
        for _ in 0..2 {
            remove(&rows, &mut row);
        }
        let length = norm(&row);
        row.iter_mut().for_each(|x| *x /= length);
        for rest in &mut rests {
            remove(std::slice::from_ref(&row), rest);
        }
        rows.push(row);
    }
    let places: Vec<Vec<f64>> = arms.iter().map(|arm| rows.iter().map(|row| dot(row, arm)).collect()).collect();
    let mut numbers = [origin, &rows.concat(), &places.concat()].concat();
    for place in &places {
        numbers.extend((0..d).map(|i| rows.iter().zip(place).map(|(row, w)| row[i] * w).sum::<f64>()));
    }
    ModesFrame { dim: d, rank: rows.len(), modes: modes.len(), tail: 0.0, numbers }
}

/// Takes off `x` what it has along orthonormal rows.
fn remove(rows: &[Vec<f64>], x: &mut [f64]) {
    for row in rows {
        let along = dot(row, x);
        for (x, p) in x.iter_mut().zip(row) {
            *x -= along * p;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}
