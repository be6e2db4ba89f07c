//! Whether the drift was worth its training.

use super::failure::Failure;
use super::progress::Display;
use crate::engine::{BLOCK, Plan, Rival, rival};
use crate::file::SampleFile;
use crate::metric::BlockMeans;
use crate::summary::{Advice, Rate, Summary};
use crate::target::Target;
use std::io;
use std::time::{Duration, Instant};

/// The share of a run's time that the comparison may take, and its least and its most, in seconds.
const SHARE: f64 = 0.1;
const LEAST: f64 = 0.5;
const MOST: f64 = 30.0;

/// Compares a run that took `elapsed` so far with sequential Monte Carlo, and says how many effective samples it takes
/// for the drift to have been worth its training. `None` where that cannot be told in a tenth of the time, or the comparison
/// fails: the run is done, and its results are not to be lost for it.
pub(super) fn advise(
    target: &impl Target,
    plan: &Plan,
    samples: &mut SampleFile,
    summary: &Summary,
    elapsed: Duration,
    display: &Display,
) -> Result<Option<Advice>, Failure> {
    let begun = Instant::now();
    let Some(seconds) = summary.sample_seconds else { return Ok(None) };
    let reading = |error| Failure::computation(format!("cannot read the samples back: {error}"));
    let Some(worth) = worth(samples, target.dim()).map_err(reading)? else { return Ok(None) };
    let before = summary.train_seconds.unwrap_or(0.0) + summary.scan_seconds.unwrap_or(0.0);
    let drift = Rate { seconds_before: before, samples_per_second: worth / seconds };
    let budget = Duration::from_secs_f64((SHARE * elapsed.as_secs_f64()).clamp(LEAST, MOST));
    let Ok(Some(found)) = rival(target, plan, budget, display) else { return Ok(None) };
    let smc = Rate { seconds_before: found.seconds_before, samples_per_second: found.samples_per_second };
    let break_even = break_even(&drift, &smc);
    let text = words(&drift, &smc, break_even, &found);
    Ok(Some(Advice { text, break_even, drift, smc, seconds: begun.elapsed().as_secs_f64() }))
}

/// How many independent samples the walkers are worth, by the same measure as the rival's.
fn worth(samples: &mut SampleFile, dim: usize) -> io::Result<Option<f64>> {
    let log_weights = samples.log_weights().to_vec();
    let (mut means, mut rows, mut block) = (BlockMeans::new(dim), vec![], log_weights.chunks(BLOCK));
    samples.for_each(|x| {
        rows.extend_from_slice(x);
        if rows.len() == dim * BLOCK
            && let Some(log_weights) = block.next()
        {
            means.add(&rows, log_weights);
            rows.clear();
        }
    })?;
    if let Some(log_weights) = block.next() {
        means.add(&rows, log_weights);
    }
    Ok(means.effective_samples().map(|worth| worth.min(log_weights.len() as f64)))
}

/// From how many effective samples on the drift takes less time; `None` if it never does.
fn break_even(drift: &Rate, smc: &Rate) -> Option<f64> {
    let gained = 1.0 / smc.samples_per_second - 1.0 / drift.samples_per_second;
    let samples = (drift.seconds_before - smc.seconds_before) / gained;
    (gained > 0.0).then_some(samples.max(0.0))
}

fn words(drift: &Rate, smc: &Rate, break_even: Option<f64>, found: &Rival) -> String {
    let rate = |rate: &Rate| {
        format!("{} effective samples a second after {:.1} s", about(rate.samples_per_second), rate.seconds_before)
    };
    let (pilot, share) = (found.pilot.walkers, found.pilot.conditional_ess);
    let flags = format!("--method smc --pilot-walkers {pilot} --conditional-ess {share}");
    let both = format!("this drift gives {} of training and scans, SMC {} of pilot", rate(drift), rate(smc));
    match break_even {
        None => format!("the drift is not worth its training: {both}; use {flags}"),
        Some(samples) if samples < 1.0 => format!("the drift is worth its training from the first sample on: {both}"),
        Some(samples) => {
            format!(
                "the drift is worth its training from about {} effective samples on: {both}; for fewer use {flags}",
                about(samples)
            )
        }
    }
}

/// A number above zero, to two digits.
fn about(number: f64) -> String {
    if !(1e-2..1e6).contains(&number) {
        return format!("{number:.1e}");
    }
    let place = 1.0 - number.log10().floor();
    let unit = 10f64.powf(-place);
    format!("{:.*}", place.max(0.0) as usize, (number / unit).round() * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_two_digits() {
        let words = [5432.1, 54.6, 5.46, 0.0546, 99.9, 1.0, 2.34e7].map(about);
        assert_eq!(words, ["5400", "55", "5.5", "0.055", "100", "1.0", "2.3e7"]);
    }

    /// 10 s and 1000 samples a second against 1 s and 100: equal at N/100 + 1 = N/1000 + 10, N = 1000.
    #[test]
    fn the_break_even_is_where_both_take_as_long() {
        let rate = |seconds_before, samples_per_second| Rate { seconds_before, samples_per_second };
        let samples = break_even(&rate(10.0, 1000.0), &rate(1.0, 100.0)).unwrap();
        assert!((samples - 1000.0).abs() < 1e-9, "{samples}");
        assert_eq!(break_even(&rate(10.0, 100.0), &rate(1.0, 1000.0)), None);
        assert_eq!(break_even(&rate(10.0, 100.0), &rate(1.0, 100.0)), None);
        assert_eq!(break_even(&rate(1.0, 1000.0), &rate(10.0, 100.0)), Some(0.0));
    }
}
