//! Between a caller's rows, one for each walker, and the kernel's lanes, one value for each coordinate.

use nets_kernel::real::{Real, Scalar};

/// The rows of `rows`, `stride` apart, to the lanes of `to`, one after the other, as many as there are of either.
#[inline(always)]
pub(crate) fn to_lanes<R: Real>(rows: &[R::Scalar], stride: usize, to: &mut [R]) {
    // Rows of few numbers as arrays: a loop over two numbers costs more than the numbers. So does finding the next row
    // of those without gaps.
    match to.len() {
        1 => fixed_to_lanes::<R, 1>(rows, stride, to),
        2 => fixed_to_lanes::<R, 2>(rows, stride, to),
        3 => fixed_to_lanes::<R, 3>(rows, stride, to),
        _ => {
            for (lane, row) in rows.chunks(stride.max(1)).take(R::LANES).enumerate() {
                for (to, &number) in to.iter_mut().zip(row) {
                    to.set_lane(lane, number);
                }
            }
        }
    }
}

#[inline(always)]
fn fixed_to_lanes<R: Real, const D: usize>(rows: &[R::Scalar], stride: usize, to: &mut [R]) {
    let Ok(to) = <&mut [R; D]>::try_from(to) else { return };
    if stride == D {
        for (lane, row) in rows.as_chunks::<D>().0.iter().take(R::LANES).enumerate() {
            for (to, &number) in to.iter_mut().zip(row) {
                to.set_lane(lane, number);
            }
        }
        return;
    }
    for (lane, row) in rows.chunks(stride.max(1)).take(R::LANES).enumerate() {
        if let Some(row) = row.first_chunk::<D>() {
            for (to, &number) in to.iter_mut().zip(row) {
                to.set_lane(lane, number);
            }
        }
    }
}

/// The lanes of `from` to rows, `stride` apart, as many as `rows` has.
#[inline(always)]
pub(crate) fn from_lanes<R: Real>(from: &[R], rows: &mut [R::Scalar], stride: usize) {
    match from.len() {
        1 => fixed_from_lanes::<R, 1>(from, rows, stride),
        2 => fixed_from_lanes::<R, 2>(from, rows, stride),
        3 => fixed_from_lanes::<R, 3>(from, rows, stride),
        _ => {
            for (lane, row) in rows.chunks_mut(stride.max(1)).take(R::LANES).enumerate() {
                for (number, from) in row.iter_mut().zip(from) {
                    *number = from.lane(lane);
                }
            }
        }
    }
}

#[inline(always)]
fn fixed_from_lanes<R: Real, const D: usize>(from: &[R], rows: &mut [R::Scalar], stride: usize) {
    let Ok(from) = <&[R; D]>::try_from(from) else { return };
    if stride == D {
        for (lane, row) in rows.as_chunks_mut::<D>().0.iter_mut().take(R::LANES).enumerate() {
            for (number, from) in row.iter_mut().zip(from) {
                *number = from.lane(lane);
            }
        }
        return;
    }
    for (lane, row) in rows.chunks_mut(stride.max(1)).take(R::LANES).enumerate() {
        if let Some(row) = row.first_chunk_mut::<D>() {
            for (number, from) in row.iter_mut().zip(from) {
                *number = from.lane(lane);
            }
        }
    }
}

/// Whether all `numbers` are finite. Counting takes several at a time.
#[inline(always)]
pub(crate) fn all_finite<S: Scalar>(numbers: &[S]) -> bool {
    numbers.iter().filter(|number| !number.is_finite()).count() == 0
}
