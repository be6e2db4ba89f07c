//! Modes in a subspace: what a pilot population finds, the gates' width, and their regressors.

mod search;
mod width;

use super::Family;
use crate::engine::{Batch, Outlined};
use crate::model::ModesFrame;
use crate::target::DriftBox;
use nets_kernel::drift::{Modes, Zero};
use nets_kernel::math::ln;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use search::{descended, found};
use serde::Serialize;
use width::{Gates, TAILS};

/// Settings of a drift of modes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModesOptions {
    /// The most modes that are kept, those that most walkers come from.
    pub modes: usize,
    /// Walkers of the pilot population that are sent down to their modes.
    pub descents: usize,
}

/// The family of [`Modes`].
pub(super) struct ModesFamily {
    dim: usize,
    options: ModesOptions,
    /// What the pilot found; before that there is no drift.
    frame: Option<ModesFrame>,
    /// The gates' width.
    width: f64,
    /// The numbers of the current slice.
    slice: Vec<f64>,
}

/// Rounds in which the width is brought up to date, for each slice and at the pilot's end.
const ROUNDS: usize = 4;
const ROUNDS_AT_END: usize = 30;
/// How many terms a round has at most; of more walkers, every so many-th is taken.
const TERMS: usize = 400_000;

impl ModesFamily {
    pub(super) fn new(dim: usize, options: ModesOptions) -> Self {
        ModesFamily { dim, options, frame: None, width: 1.0, slice: vec![] }
    }

    /// Every so many-th walker in the coordinates of the gates, and their weights.
    fn cloud(
        &self,
        frame: &ModesFrame,
        positions: &dyn Fn(usize, usize) -> f64,
        weights: &[f64],
    ) -> Vec<(f64, Vec<f64>)> {
        let (origin, rest) = frame.numbers.split_at(frame.dim);
        let rows = &rest[..frame.rank * frame.dim];
        let columns = if frame.tail > 0.0 { frame.dim } else { frame.rank };
        let stride = (weights.len() * frame.modes * columns).div_ceil(TERMS).max(1);
        let walkers = (0..weights.len()).step_by(stride).filter(|&walker| weights[walker] > 0.0);
        let point = |walker: usize| -> Vec<f64> {
            let y: Vec<f64> = (0..frame.dim).map(|i| positions(walker, i) - origin[i]).collect();
            if frame.tail > 0.0 { y } else { project(rows, &y) }
        };
        walkers.map(|walker| (weights[walker], point(walker))).collect()
    }
}

/// `P y`
fn project(rows: &[f64], y: &[f64]) -> Vec<f64> {
    rows.chunks_exact(y.len()).map(|row| row.iter().zip(y).map(|(p, y)| p * y).sum()).collect()
}

impl<R: Real> Family<R> for ModesFamily {
    fn coefficients(&self) -> usize {
        self.frame.as_ref().map_or(0, |frame| Modes::<f64, Vec<f64>>::regressors_len(frame.rank, frame.modes))
    }

    fn wants_pilot(&self) -> bool {
        self.frame.is_none()
    }

    /// Sends walkers of the pilot down to their modes, and finds the tails that describe best how walkers lie around them.
    fn explore(
        &mut self,
        path: &(dyn Path<R> + Send + Sync),
        tiles: &[Batch<R>],
        positions: &dyn Fn(usize, usize) -> f64,
        weights: &[f64],
    ) {
        let descents = descended(path, tiles, self.options.descents, weights);
        let mut origin = vec![R::zero(); self.dim];
        path.base(&vec![R::zero(); self.dim], &mut origin);
        let origin: Vec<f64> = origin.iter().map(|x| x.lane(0).to_f64()).collect();
        let mut frame = found(&origin, &descents, self.options.modes);

        // Gates of all coordinates, so that tails can be compared.
        frame.tail = 1.0;
        let cloud = self.cloud(&frame, positions, weights);
        let centres = &frame.numbers[frame.numbers.len() - frame.modes * frame.dim..];
        let mut best = f64::NEG_INFINITY;
        let mut tail_found = 0.0;
        for (tail, peak) in TAILS {
            let gates = Gates { tail, centres, columns: frame.dim };
            let mut width = self.width;
            let mut level = 0.0;
            for _ in 0..ROUNDS_AT_END {
                (width, level) = gates.improved(width, 1.0, &cloud);
            }
            level += frame.dim as f64 * ln(peak);
            if level > best {
                (best, tail_found) = (level, tail);
            }
        }
        frame.tail = tail_found;
        self.frame = Some(frame);
    }

    /// Sets the gates' width.
    fn place(&mut self, t: f64, positions: &dyn Fn(usize, usize) -> f64, weights: &[f64]) {
        let Some(frame) = &self.frame else { return };
        let (dim, rank) = (frame.dim, frame.rank);
        let cloud = self.cloud(frame, positions, weights);
        let (places, modes) = frame.numbers[dim + rank * dim..].split_at(frame.modes * rank);
        let (centres, columns) = if frame.tail > 0.0 { (modes, dim) } else { (places, rank) };
        let gates = Gates { tail: frame.tail, centres, columns };
        if rank > 0 {
            for _ in 0..ROUNDS {
                self.width = gates.improved(self.width, t, &cloud).0;
            }
        }
        self.slice.clear();
        self.slice.extend([1.0 / self.width, t]);
        self.slice.resize(frame.slice_len(), 0.0);
    }

    fn regressors(&self, x: &[R], gradient: &[R], regressors: &mut [R]) {
        let Some(frame) = &self.frame else { return };
        let drift = frame.drift::<R::Scalar>(&[0.0], &self.slice);
        let mut scratch = vec![R::zero(); drift.regressors_scratch()];
        R::vectorize(
            #[inline(always)]
            || drift.regressors(R::Scalar::zero(), x, gradient, regressors, &mut scratch),
        );
    }

    fn set(&mut self, coefficients: &[f64]) {
        self.slice.truncate(2);
        self.slice.extend(coefficients);
    }

    fn numbers(&self) -> &[f64] {
        &self.slice
    }

    fn len(&self) -> usize {
        self.frame.as_ref().map_or(0, ModesFrame::slice_len)
    }

    fn drift(&self) -> DriftBox<'_, R> {
        match &self.frame {
            Some(frame) => Box::new(Outlined(frame.drift::<R::Scalar>(&[0.0], &self.slice))),
            None => Box::new(Outlined(Zero { dim: self.dim })),
        }
    }

    fn memory(&self) -> Vec<f64> {
        let frame = self.frame.as_ref().map_or(vec![], ModesFrame::flat);
        [vec![self.width], frame].concat()
    }

    fn remember(&mut self, memory: &[f64]) {
        if let Some((&width, frame)) = memory.split_first() {
            (self.width, self.frame) = (width, ModesFrame::of_flat(frame));
            self.slice = vec![0.0; self.frame.as_ref().map_or(0, ModesFrame::slice_len)];
        }
    }
}
