//! The activation of a layer, several units at a time: its operations are one long chain, and processors that find others
//! to overlap with it do so best where they stand side by side.

use crate::math::silu;
use crate::real::{Real, Tile};

/// `φ(z)` of a layer's units, in place; `units` is rounded up to an even number. `MR` tells whether there are registers for
/// two tiles.
#[inline(always)]
pub(super) fn activate_values<V: Real, const MR: usize>(y: &mut [V], units: usize) {
    if MR >= 8 {
        activate_values_by::<V, 2>(y, units);
    } else {
        activate_values_by::<V, 1>(y, units);
    }
}

#[inline(always)]
fn activate_values_by<V: Real, const N: usize>(y: &mut [V], units: usize) {
    let (chunks, _) = y.as_chunks_mut::<N>();
    for y in chunks.iter_mut().take(units.div_ceil(N)) {
        *y = silu(Tile(*y)).value.0;
    }
}

/// `[φ, φ′ ż_a, φ′ ż_b]` of a layer's units `[z, ż_a, ż_b]`, in place; `units` is rounded up to a multiple of eight.
/// `keep` is given the index of each unit and `[φ′, φ″ ż_a, φ″ ż_b]`.
#[inline(always)]
pub(super) fn activate_streams<P: Real<Part = P>, const MR: usize>(
    y: &mut [Tile<P, 3>],
    units: usize,
    keep: impl FnMut(usize, Tile<P, 3>),
) {
    if P::LANES == 1 {
        activate_streams_by::<P, 1>(y, units, keep);
    } else if MR >= 8 {
        activate_streams_by::<P, 8>(y, units, keep);
    } else {
        activate_streams_by::<P, 4>(y, units, keep);
    }
}

#[inline(always)]
fn activate_streams_by<P: Real<Part = P>, const N: usize>(
    y: &mut [Tile<P, 3>],
    units: usize,
    mut keep: impl FnMut(usize, Tile<P, 3>),
) {
    let (chunks, _) = y.as_chunks_mut::<N>();
    for (chunk, y) in chunks.iter_mut().take(units.div_ceil(N)).enumerate() {
        let mut z = [P::zero(); N];
        for (z, y) in z.iter_mut().zip(&*y) {
            *z = y.0[0];
        }
        let phi = silu(Tile(z));
        for (i, y) in y.iter_mut().enumerate() {
            let Tile([_, a, b]) = *y;
            let (first, second) = (phi.first.0[i], phi.second.0[i]);
            keep(chunk * N + i, Tile([first, second * a, second * b]));
            *y = Tile([phi.value.0[i], first * a, first * b]);
        }
    }
}
