//! The caller's workspace, cut into what a step or an evaluation wants.

use crate::arena::{Arena, bytes_of};
use crate::callback::{drift_rows, path_rows};
use crate::drift::AnyDrift;
use crate::path::AnyPath;
use crate::precision::Lane;
use crate::rows::{from_lanes, to_lanes};
use core::ops::Range;
use nets_abi::codes::NETS_ERR_LENGTH;
use nets_abi::error_info::{Failure, Outcome};
use nets_abi::memory::{Rows, product};
use nets_kernel::drift::Streams;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::step::WorkspaceSize;

/// Lengths of the arrays of a [`Room`].
#[derive(Clone, Copy)]
pub(crate) struct Lengths {
    /// Walkers.
    pub n: usize,
    /// Their dimension.
    pub d: usize,
    /// Groups of as many as there are lanes.
    pub groups: usize,
    values: usize,
    streams: usize,
    rows: usize,
    matrices: usize,
}

/// Working memory for `n` walkers in lanes of `R`. Results wait here until every group has succeeded.
pub(crate) struct Room<'a, R: Lane> {
    /// Positions: `d` values for each group.
    pub x: &'a mut [R],
    pub gradient: &'a mut [R],
    pub drift: &'a mut [R],
    pub momentum: &'a mut [R],
    /// One value for each group.
    pub potential: &'a mut [R],
    pub rate: &'a mut [R],
    /// One number for each lane.
    pub log_weights: &'a mut [f64],
    pub accepted: &'a mut [u32],
    /// `d` values.
    pub noise: &'a mut [R],
    /// The kernel's working memory.
    pub values: &'a mut [R],
    pub streams: &'a mut [Streams<R>],
    /// What callbacks work on.
    pub rows: &'a mut [R::Scalar],
    /// Jacobians of an evaluation that can fail.
    pub matrices: &'a mut [R],
    /// A population's log weights and copies.
    pub population: &'a mut [f64],
    pub copies: &'a mut [u32],
}

impl Lengths {
    fn new<R: Lane>(n: usize, d: usize, size: WorkspaceSize, rows: usize) -> Lengths {
        let WorkspaceSize { values, streams } = size;
        Lengths { n, d, groups: n.div_ceil(R::LANES), values, streams, rows, matrices: 0 }
    }

    /// For steps along `path` with `drift`, and for evaluations of either but for Jacobians of callbacks.
    pub fn steps<R: Lane>(path: &AnyPath<'_, R::Scalar>, drift: &AnyDrift<'_, R::Scalar>, n: usize) -> Lengths {
        let d = path.dim();
        let size = WorkspaceSize::new(path.of::<R>(), drift.of::<R>());
        Lengths::new::<R>(n, d, size, path_rows(d).max(drift_rows(d, drift.form())))
    }

    /// For evaluations of `drift`, with its Jacobian or without.
    pub fn evaluations<R: Lane>(drift: &AnyDrift<'_, R::Scalar>, n: usize, jacobian: bool) -> Outcome<Lengths> {
        let (d, form, scratch) = (drift.dim(), drift.form(), drift.of::<R>().scratch());
        let size = WorkspaceSize { values: scratch.values + form.len(d), streams: scratch.streams };
        let lengths = Lengths::new::<R>(n, d, size, drift_rows(d, form));
        let kept = if jacobian && drift.is_callback() { form.len(d) } else { 0 };
        Ok(Lengths { matrices: product(3, lengths.groups, kept)?, ..lengths })
    }

    /// Bytes of the workspace.
    pub fn bytes<R: Lane>(&self) -> Outcome<usize> {
        let vectors = bytes_of::<R>(product(3, self.groups, self.d)?)?;
        let lanes = product(3, self.groups, R::LANES)?;
        let parts = [
            vectors.saturating_mul(4),
            bytes_of::<R>(self.groups)?.saturating_mul(2),
            bytes_of::<f64>(lanes)?,
            bytes_of::<u32>(lanes)?,
            bytes_of::<R>(self.d)?,
            bytes_of::<R>(self.values)?,
            bytes_of::<Streams<R>>(self.streams)?,
            bytes_of::<R::Scalar>(self.rows)?,
            bytes_of::<R>(self.matrices)?,
            bytes_of::<f64>(self.n)?,
            bytes_of::<u32>(self.n)?,
        ];
        let bytes = parts.iter().fold(0usize, |sum, &part| sum.saturating_add(part));
        if isize::try_from(bytes).is_ok() { Ok(bytes) } else { Err(Failure::new(NETS_ERR_LENGTH, 3)) }
    }

    /// The arrays, from memory of [`Lengths::bytes`].
    pub fn cut<'a, R: Lane>(&self, arena: &mut Arena<'a>) -> Outcome<Room<'a, R>> {
        let (vectors, lanes) = (self.groups * self.d, self.groups * R::LANES);
        Ok(Room {
            x: arena.take(vectors)?,
            gradient: arena.take(vectors)?,
            drift: arena.take(vectors)?,
            momentum: arena.take(vectors)?,
            potential: arena.take(self.groups)?,
            rate: arena.take(self.groups)?,
            log_weights: arena.take(lanes)?,
            accepted: arena.take(lanes)?,
            noise: arena.take(self.d)?,
            values: arena.take(self.values)?,
            streams: arena.take(self.streams)?,
            rows: arena.take(self.rows)?,
            matrices: arena.take(self.matrices)?,
            population: arena.take(self.n)?,
            copies: arena.take(self.n)?,
        })
    }
}

/// Walkers of a group.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// Its number.
    pub number: usize,
    /// Its first walker.
    pub first: usize,
    /// How many walkers it has; the other lanes are padding.
    pub count: usize,
}

/// The groups of `n` walkers in lanes of `R`.
pub(crate) fn groups<R: Real>(n: usize) -> impl Iterator<Item = Group> {
    (0..n.div_ceil(R::LANES)).map(move |number| {
        let first = number * R::LANES;
        Group { number, first, count: R::LANES.min(n - first) }
    })
}

impl Group {
    /// The group's share of an array with `each` values for every group.
    #[inline(always)]
    pub fn of<'s, T>(&self, values: &'s mut [T], each: usize) -> &'s mut [T] {
        let start = self.number * each;
        values.get_mut(start..).and_then(|rest| rest.get_mut(..each)).unwrap_or_default()
    }

    /// Its rows of `data` to the lanes of `to`; padding is NaN.
    #[inline(always)]
    pub fn load<R: Real>(&self, rows: Rows, data: &[R::Scalar], to: &mut [R]) {
        if self.count < R::LANES {
            to.fill(R::splat(R::Scalar::NAN));
        }
        to_lanes(data.get(self.span(rows)).unwrap_or_default(), rows.stride, to);
    }

    /// Lanes to rows.
    #[inline(always)]
    pub fn store<R: Real>(&self, rows: Rows, from: &[R], data: &mut [R::Scalar]) {
        from_lanes(from, data.get_mut(self.span(rows)).unwrap_or_default(), rows.stride);
    }

    /// Where its rows are, from the first number of the first to the last of the last.
    #[inline(always)]
    fn span(&self, rows: Rows) -> Range<usize> {
        let start = self.first * rows.stride;
        start..start + (self.count - 1) * rows.stride + rows.d
    }

    /// The group's share of an array with one element for each walker.
    #[inline(always)]
    pub fn own<'s, T>(&self, data: &'s [T]) -> &'s [T] {
        data.get(self.first..).and_then(|rest| rest.get(..self.count)).unwrap_or_default()
    }

    /// The same, to write.
    #[inline(always)]
    pub fn own_mut<'s, T>(&self, data: &'s mut [T]) -> &'s mut [T] {
        data.get_mut(self.first..).and_then(|rest| rest.get_mut(..self.count)).unwrap_or_default()
    }
}
