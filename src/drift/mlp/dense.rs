//! The dense layer: a register tile of outputs accumulated over the inputs in index order.

use crate::real::Real;

/// `y_o = bias(β_o) + Σ_k w_ok x_k`, for outputs in blocks of `MR` and inputs `x` in index order.
///
/// `rows` holds, block by block, the biases of its `MR` outputs and then, for each input, the `MR` weights that
/// multiply it (see [`super::layout::pack`]). `MR` accumulators, `x_k` and one weight fit the registers; each load
/// of a weight serves every register of `V`. Outputs are written in whole blocks: `y` is as long as the blocks.
#[inline(always)]
pub fn dense<V: Real, const MR: usize>(rows: &[[V::Scalar; MR]], x: &[V], y: &mut [V], bias: impl Fn(V::Scalar) -> V) {
    let (tiles, _) = y.as_chunks_mut::<MR>();
    for (block, y) in rows.chunks_exact(x.len() + 1).zip(tiles) {
        let Some((biases, weights)) = block.split_first() else { return };
        // Counted loops over arrays of constant length: the sums stay in registers.
        let mut sums = [V::zero(); MR];
        for o in 0..MR {
            sums[o] = bias(biases[o]);
        }
        for (weights, &x) in weights.iter().zip(x) {
            for o in 0..MR {
                sums[o] = V::splat(weights[o]).mul_add(x, sums[o]);
            }
        }
        *y = sums;
    }
}
