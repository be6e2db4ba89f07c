//! Times `0 = t_0 < … < t_K = 1` at which a path is stepped through.

use crate::real::Scalar;

/// `t_k = k / K`.
pub fn uniform<S: Scalar>(k: usize, steps: usize) -> S {
    S::from_f64(k as f64 / steps as f64)
}

/// Evaluations that [`next`] spends on a step, at most.
const TRIALS: u32 = 60;

/// The time after `t` to which one step keeps the conditional ESS at `target`: what a pilot population is asked for
/// step after step, so that every step of the grid is equally hard (adaptive tempering; A. Jasra et al., 2011).
///
/// `conditional_ess(t′)` is that of a step from `t` to `t′`, as [`crate::weight::conditional_ess`] measures it, and
/// `guess` a length to begin with, such as that of the step before. What a step costs grows as the square of its
/// length while it is small, so a few evaluations do. The result keeps `target` and spends nine tenths of the loss that it
/// allows; it is 1 where a step to the end is short enough, and after `t` in any case.
pub fn next(t: f64, guess: f64, target: f64, mut conditional_ess: impl FnMut(f64) -> f64) -> f64 {
    let (rest, allowed) = (1.0 - t, 1.0 - target);
    // Lengths that are known to be short enough, and too long.
    let (mut short, mut long) = (0.0, f64::INFINITY);
    let mut length = if guess > 0.0 { guess.min(rest) } else { rest };
    for _ in 0..TRIALS {
        let loss = 1.0 - conditional_ess(if length < rest { t + length } else { 1.0 });
        if loss <= allowed {
            short = length;
        } else {
            long = length;
        }
        let enough = short == length && (loss >= 0.9 * allowed || length >= rest);
        if enough || long - short <= 1e-3 * short {
            break;
        }
        let factor = libm::sqrt(0.95 * allowed / loss.max(1e-3 * allowed));
        let aimed = (length * factor).min(rest);
        // Where the square law fails, halving does not.
        length = if short < aimed && aimed < long { aimed } else { 0.5 * (short + long.min(rest)) };
    }
    match short {
        0.0 => t + length,
        short if short < rest => t + short,
        _ => 1.0,
    }
}
