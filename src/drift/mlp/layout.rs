//! Where a network's parameters lie: the canonical order that optimisers and files use, and the packed order that
//! [`super::dense::dense`] reads.
//!
//! Canonical order, layer by layer from the input: weights row-major `[input][output]`, then biases. `sizes` lists
//! the widths: inputs, hidden layers, outputs.

/// How many outputs of the last layer are computed together.
pub const OUTPUT_TILE: usize = 2;

/// The number of parameters of a network with these `sizes`.
pub fn parameters(sizes: &[usize]) -> usize {
    sizes
        .windows(2)
        .map(|pair| match *pair {
            [inputs, outputs] => (inputs + 1) * outputs,
            _ => 0,
        })
        .sum()
}

/// Rows of `[S; MR]` that the packed form of one layer takes.
pub const fn packed_rows(inputs: usize, outputs: usize, tile: usize) -> usize {
    outputs.div_ceil(tile) * (inputs + 1)
}

/// Length of a buffer of activations `width` wide: layers write it in tiles and transpose it in squares.
pub const fn rows(width: usize) -> usize {
    width.next_multiple_of(16) + 8
}

/// Length of a row of one sample's cotangents, `width` of them: whole lines of the cache, and never a power of two, at which
/// rows would fall on one another.
pub const fn row(width: usize) -> usize {
    width.next_multiple_of(16) + 16
}

/// Packs a layer: `weight(i, o)` multiplies input `i` into output `o`, `bias(o)` is added. Outputs beyond the last
/// are zero.
pub fn pack<S: Copy + Default, const MR: usize>(
    inputs: usize,
    outputs: usize,
    weight: impl Fn(usize, usize) -> S,
    bias: impl Fn(usize) -> S,
    rows: &mut [[S; MR]],
) {
    for (block, rows) in rows.chunks_exact_mut(inputs.saturating_add(1)).enumerate() {
        for (i, row) in rows.iter_mut().enumerate() {
            for (m, entry) in row.iter_mut().enumerate() {
                let output = block * MR + m;
                *entry = match (output < outputs, i) {
                    (false, _) => S::default(),
                    (true, 0) => bias(output),
                    (true, _) => weight(i - 1, output),
                };
            }
        }
    }
}
