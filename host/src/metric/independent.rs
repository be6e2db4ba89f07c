//! How many independent samples a population is worth, seen from outside its weights.

/// Blocks of walkers that know nothing of each other: their weights, and weighted means of coordinates and squares.
#[derive(Clone, Debug)]
pub struct BlockMeans {
    dim: usize,
    /// The first point seen, which the others are measured from: moments about it lose no digits far from zero.
    origin: Option<Vec<f64>>,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Block {
    /// `log Σ w`.
    log_sum: f64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl BlockMeans {
    /// Of points in `dim` dimensions.
    pub fn new(dim: usize) -> BlockMeans {
        BlockMeans { dim, origin: None, blocks: vec![] }
    }

    /// Adds a block: points in rows, and their log weights. One in which all weights are zero counts as empty.
    pub fn add(&mut self, rows: &[f64], log_weights: &[f64]) {
        let d = self.dim;
        let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut mean, mut square, mut sum) = (vec![0.0; d], vec![0.0; d], 0.0);
        for (x, a) in rows.chunks_exact(d).zip(log_weights).filter(|(_, a)| a.is_finite()) {
            let origin = self.origin.get_or_insert_with(|| x.to_vec());
            let w = (a - largest).exp();
            sum += w;
            for i in 0..d {
                let off = x[i] - origin[i];
                mean[i] += w * off;
                square[i] += w * off * off;
            }
        }
        if sum > 0.0 {
            mean.iter_mut().chain(&mut square).for_each(|moment| *moment /= sum);
        }
        let log_sum = if sum > 0.0 { largest + sum.ln() } else { f64::NEG_INFINITY };
        self.blocks.push(Block { log_sum, mean, square });
    }

    /// How many independent samples would give the means of the coordinates the error that they show between blocks:
    ///
    /// ```text
    /// 1 / N = mean_i V_i / σ_i²,   V_i = B / (B − 1) Σ_b p_b² (m_bi − m_i)²,   m_i = Σ_b p_b m_bi
    /// ```
    ///
    /// with the blocks' shares `p_b` of the weight and the coordinates' variances `σ_i²`. It sees what the ESS of the weights
    /// does not: copies, walkers that hardly moved, modes with other weights in every block. It cannot see what is missing
    /// from all blocks. `V_i` of `B` blocks is known to a factor `1 ± √(2/B)`. Where fewer than four blocks carry the weight,
    /// `1 / Σ p_b² < 4`, they cannot tell, and it is this number. `None` for fewer than four blocks, or no spread.
    pub fn effective_samples(&self) -> Option<f64> {
        let count = self.blocks.len();
        let largest = self.blocks.iter().map(|block| block.log_sum).fold(f64::NEG_INFINITY, f64::max);
        if count < 4 || !largest.is_finite() {
            return None;
        }
        let shares: Vec<f64> = self.blocks.iter().map(|block| (block.log_sum - largest).exp()).collect();
        let total: f64 = shares.iter().sum();
        let sharing = total * total / shares.iter().map(|p| p * p).sum::<f64>();
        if sharing < 4.0 {
            return Some(sharing);
        }
        let over = |f: &dyn Fn(f64, &Block) -> f64| -> f64 {
            shares.iter().zip(&self.blocks).map(|(p, block)| f(p / total, block)).sum()
        };
        let mut sum = 0.0;
        for i in 0..self.dim {
            let mean = over(&|p, block| p * block.mean[i]);
            let variance = over(&|p, block| p * block.square[i]) - mean * mean;
            let between = over(&|p, block| (p * (block.mean[i] - mean)).powi(2)) * count as f64 / (count - 1) as f64;
            sum += between / variance;
        }
        let samples = self.dim as f64 / sum;
        (samples.is_finite() && samples > 0.0).then_some(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets_kernel::rng::{Purpose, Stream, normals};

    /// `blocks` blocks of 480 points around `centre` in five dimensions, each point `copies` times.
    fn blocks(blocks: u64, copies: usize, centre: f64) -> BlockMeans {
        let mut means = BlockMeans::new(5);
        for block in 0..blocks {
            let mut points = vec![0.0; 5 * 480 / copies];
            normals(&mut Stream::<f64>::new(1, Purpose::Evaluate, block), &mut points);
            let rows: Vec<f64> =
                points.chunks_exact(5).flat_map(|x| x.repeat(copies)).map(|x| centre + 1e-3 * x).collect();
            means.add(&rows, &vec![-7.0; 480]);
        }
        means
    }

    /// Independent samples are worth their number, and copies a fraction of it, far from zero too. 100 blocks in five
    /// dimensions have a standard error of √(2 / 500) = 6 %.
    #[test]
    fn copies_are_worth_what_they_are_copied_from() {
        for (copies, centre) in [(1, 0.0), (8, 0.0), (8, 1e5)] {
            let (samples, exact) = (blocks(100, copies, centre).effective_samples().unwrap(), 48_000.0 / copies as f64);
            assert!((samples / exact - 1.0).abs() < 4.0 * 0.063, "{copies} copies: {samples}, not {exact}");
        }
    }

    /// A block with all the weight counts as one sample; blocks that are each in a mode of their own as many as they are.
    #[test]
    fn blocks_that_disagree_are_worth_little() {
        let mut means = blocks(8, 1, 0.0);
        means.blocks[3].log_sum += 30.0;
        assert!((means.effective_samples().unwrap() - 1.0).abs() < 1e-9);
        let mut means = BlockMeans::new(1);
        for block in 0..8 {
            // Every block is in one of two modes.
            let mode = if block % 2 == 0 { -5.0 } else { 5.0 };
            means.add(&[mode - 0.1, mode + 0.1], &[0.0, 0.0]);
        }
        let samples = means.effective_samples().unwrap();
        // Σ p² m² · 8/7 = 25/8 · 8/7 against σ² = 25.01: seven samples.
        assert!((samples - 7.0028).abs() < 1e-3, "{samples}");
        assert_eq!(blocks(3, 1, 0.0).effective_samples(), None);
    }
}
