//! The machine's peak: fused multiply-adds that never leave the registers. Benchmarks report fractions of it.

use crate::measure::median;
use nets_host::lanes::{Job, Precision, Unavailable, Width, dispatch};
use nets_kernel::real::{Real, Scalar};
use std::hint::black_box;
use std::time::Instant;

/// Independent chains of multiply-adds, three registers each: they cover the latency of two units (ten or so
/// instructions in flight), and with their operands fit a file of sixteen registers.
const CHAINS: usize = 4;

/// Multiply-adds along a chain in one run: about two milliseconds at full width, long against the clock's resolution and
/// short against a change of its frequency.
const LENGTH: usize = 1 << 19;

/// How many runs [`peak_flops`] takes the median of.
const RUNS: usize = 15;

/// Operations a second, in units of 10⁹, that one core does at `width` and `precision`; a multiply-add is two.
///
/// # Errors
///
/// [`Unavailable`] where the machine has no such width.
pub fn peak_flops(width: Width, precision: Precision) -> Result<f64, Unavailable> {
    let rates: Result<Vec<f64>, Unavailable> = (0..RUNS).map(|_| dispatch(width, precision, MultiplyAdds)).collect();
    Ok(2.0 * median(rates?))
}

/// Measures [`multiply_adds_per_nanosecond`] of the lanes that it is dispatched to.
pub struct MultiplyAdds;

impl Job for MultiplyAdds {
    type Output = f64;

    fn run<R: Real, const MR: usize>(self) -> f64 {
        multiply_adds_per_nanosecond::<R>()
    }
}

/// Multiply-adds in a nanosecond, those of all lanes counted.
pub fn multiply_adds_per_nanosecond<R: Real>() -> f64 {
    // Opaque operands, else the compiler could sum the series itself; the chains converge to 1.
    let (factor, term) = black_box((R::Scalar::from_f64(0.999), R::Scalar::from_f64(0.001)));
    let start = Instant::now();
    let ends = R::vectorize(
        #[inline(always)]
        || {
            let (factor, term) = (R::splat(factor), R::splat(term));
            let mut chains = [R::zero(); CHAINS];
            for _ in 0..LENGTH {
                for chain in &mut chains {
                    *chain = chain.mul_add(factor, term);
                }
            }
            chains
        },
    );
    black_box(ends);
    (R::LANES * CHAINS * LENGTH) as f64 / start.elapsed().as_nanos() as f64
}
