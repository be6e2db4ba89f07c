//! The way of a population from a guess to where a density is.

use nets_kernel::math::{exp, ln};
use nets_kernel::rng::{Purpose, Stream, normals};
use rayon::prelude::*;

/// Walkers of the population.
pub(super) const WALKERS: usize = 480;
/// Steps that they make.
pub(super) const STEPS: usize = 300;
/// Standard deviations of the guesses that walkers start from, around the origin. What no walker finds is not covered, and
/// walkers that start where the density is zero, or stay behind, do not count.
const GUESSES: [f64; 4] = [1.0, 10.0, 100.0, 1000.0];
/// The step of a walker in units of the coordinates' lengths squared: its first value, its largest one, and its factors
/// after moves that were accepted and rejected. They balance at an acceptance of three quarters.
const FIRST_STEP: f64 = 0.25;
const LARGEST_STEP: f64 = 1.0;
const LONGER: f64 = 1.25;
const SHORTER: f64 = 0.5;
/// Walkers whose potential lies above that of the tenth best of a hundred by this, and this for every coordinate, have
/// stayed behind.
const BEHIND: (f64, f64) = (20.0, 2.0);

/// Points, with potential and gradient.
#[derive(Clone)]
pub(super) struct Cloud {
    /// Rows of `d` coordinates.
    pub x: Vec<f64>,
    pub u: Vec<f64>,
    pub gradient: Vec<f64>,
}

/// Evaluates `U` and `∇U` at the points of a cloud.
pub(super) type Evaluate<'a, E> = dyn FnMut(&mut Cloud) -> Result<(), E> + 'a;

impl Cloud {
    pub fn new(points: usize, d: usize) -> Cloud {
        Cloud { x: vec![0.0; points * d], u: vec![0.0; points], gradient: vec![0.0; points * d] }
    }

    /// The dimension.
    fn dim(&self) -> usize {
        self.x.len() / self.u.len()
    }

    /// Whether potential and gradient of a walker are finite.
    fn is_known(&self, walker: usize) -> bool {
        let d = self.dim();
        self.u[walker].is_finite() && self.gradient[walker * d..][..d].iter().all(|g| g.is_finite())
    }

    /// Walker `to` is where walker `from` of `other` is.
    fn take(&mut self, to: usize, other: &Cloud, from: usize) {
        let d = self.dim();
        self.x[to * d..][..d].copy_from_slice(&other.x[from * d..][..d]);
        self.gradient[to * d..][..d].copy_from_slice(&other.gradient[from * d..][..d]);
        self.u[to] = other.u[from];
    }

    /// Puts the walkers that are not known where others are; returns whether there were others.
    fn gather(&mut self) -> bool {
        let (known, lost): (Vec<usize>, Vec<usize>) = (0..self.u.len()).partition(|&walker| self.is_known(walker));
        let old = self.clone();
        for (&walker, &other) in lost.iter().zip(known.iter().cycle()) {
            self.take(walker, &old, other);
        }
        !known.is_empty()
    }

    /// The median over the walkers that are `known` of how far a number of coordinate `i` is from that of `other`.
    fn change(&self, other: &Cloud, known: &[bool], i: usize, numbers: impl Fn(&Cloud) -> &[f64]) -> f64 {
        let pairs = numbers(self).iter().zip(numbers(other)).skip(i).step_by(self.dim());
        median(pairs.zip(known).filter(|(_, known)| **known).map(|((a, b), _)| (b - a).abs()).collect())
    }

    /// The walkers that have not stayed behind.
    pub fn arrived(&self) -> impl Iterator<Item = &[f64]> {
        let d = self.dim();
        let mut sorted = self.u.clone();
        sorted.sort_by(f64::total_cmp);
        let limit = sorted[sorted.len() / 10] + BEHIND.0 + BEHIND.1 * d as f64;
        self.x.chunks_exact(d).zip(&self.u).filter(move |(_, u)| **u <= limit).map(|(x, _)| x)
    }
}

/// Lets walkers that start from guesses of several widths find the density: each makes Langevin moves with Metropolis'
/// test at the temperature `1/β`,
///
/// ```text
/// x′_i = x_i − h s_i² ∂_iU(x) + √(2h/β) s_i ξ_i
/// ```
///
/// with a step `h` of its own that follows its acceptance. If `cooling` is not 0, it is the part of the steps in which `β`
/// grows to 1, from where `βU` of half of the guesses is no more than the dimension. The lengths `s_i` are those of the
/// population: the root of `|Δx_i| / |Δ∂_iU|`, in the median over the moves just tried, which is `σ_i` for independent
/// Gaussian coordinates however far away the walkers still are; and no more than the walkers' own extent, which bounds them
/// where the gradient is constant. `None` if the potential is finite at no guess.
pub(super) fn relax<E>(d: usize, seed: u64, cooling: f64, evaluate: &mut Evaluate<'_, E>) -> Result<Option<Cloud>, E> {
    let streams = (0..WALKERS as u64).map(|walker| Stream::<f64>::new(seed, Purpose::Base, walker));
    let mut streams: Vec<Stream<f64>> = streams.collect();
    let mut here = Cloud::new(WALKERS, d);
    for (walker, (x, stream)) in here.x.chunks_exact_mut(d).zip(&mut streams).enumerate() {
        normals(stream, x);
        x.iter_mut().for_each(|x| *x *= GUESSES[walker % GUESSES.len()]);
    }
    evaluate(&mut here)?;
    if !here.gather() {
        return Ok(None);
    }

    let of_all = |i: usize, numbers: &[f64]| spread(numbers.iter().skip(i).step_by(d).copied().collect());
    let length = |i| bounded(ratio(of_all(i, &here.x), of_all(i, &here.gradient)), of_all(i, &here.x));
    let mut lengths: Vec<f64> = (0..d).map(length).collect();
    let mut steps = vec![FIRST_STEP; WALKERS];
    let mut there = Cloud::new(WALKERS, d);
    let lowest = here.u.iter().copied().fold(f64::INFINITY, f64::min);
    let hot = if cooling > 0.0 { (d as f64 / (median(here.u.clone()) - lowest)).min(1.0) } else { 1.0 };
    for step in 0..STEPS {
        // From `hot` to 1 in equal factors.
        let beta = exp(ln(hot) * (1.0 - step as f64 / (cooling * STEPS as f64)).max(0.0));
        let rows =
            there.x.par_chunks_exact_mut(d).zip(here.x.par_chunks_exact(d)).zip(here.gradient.par_chunks_exact(d));
        rows.zip(&mut streams).zip(&steps).for_each(|((((to, x), gradient), stream), &h)| {
            normals(stream, to);
            for (to, (x, (g, s))) in to.iter_mut().zip(x.iter().zip(gradient.iter().zip(&lengths))) {
                *to = x - h * s * s * g + (2.0 * h / beta).sqrt() * s * *to;
            }
        });
        evaluate(&mut there)?;

        let known: Vec<bool> = (0..WALKERS).map(|walker| there.is_known(walker)).collect();
        let measured: Vec<f64> = (0..d)
            .map(|i| ratio(here.change(&there, &known, i, |c| &c.x), here.change(&there, &known, i, |c| &c.gradient)))
            .collect();
        for (walker, h) in steps.iter_mut().enumerate() {
            let uniform = streams[walker].uniform();
            let accepted = known[walker] && ln(uniform) < log_ratio(&here, &there, walker, (*h, beta), &lengths);
            if accepted {
                here.take(walker, &there, walker);
            }
            *h = (*h * if accepted { LONGER } else { SHORTER }).min(LARGEST_STEP);
        }
        for (i, (length, measured)) in lengths.iter_mut().zip(measured).enumerate() {
            // Half way, in the logarithm.
            *length = bounded((*length * measured).sqrt(), of_all(i, &here.x) * beta.sqrt());
        }
    }
    Ok(Some(here))
}

/// The length over which a gradient changes by its inverse: infinite if it does not change.
fn ratio(distance: f64, change: f64) -> f64 {
    if change > 0.0 { (distance / change).sqrt() } else { f64::INFINITY }
}

/// No more than `extent`, unless that is nothing.
fn bounded(length: f64, extent: f64) -> f64 {
    let length = if extent > 0.0 { length.min(extent) } else { length };
    if length.is_finite() && length > 0.0 { length } else { 1.0 }
}

/// The logarithm of Metropolis' ratio for the move of a walker from `here` to `there`.
fn log_ratio(here: &Cloud, there: &Cloud, walker: usize, (h, beta): (f64, f64), lengths: &[f64]) -> f64 {
    let d = lengths.len();
    // The exponents of the proposals there and back: β |x′ − x + h s² ∇U|² / (4 h s²).
    let distance = |from: &Cloud, to: &Cloud| -> f64 {
        let at = |i: usize| walker * d + i;
        (0..d)
            .map(|i| {
                let s = lengths[i];
                let z = (to.x[at(i)] - from.x[at(i)]) / s + h * s * from.gradient[at(i)];
                z * z
            })
            .sum::<f64>()
            / (4.0 * h)
    };
    beta * (here.u[walker] - there.u[walker] + distance(here, there) - distance(there, here))
}

/// The median; 0 of nothing.
fn median(mut numbers: Vec<f64>) -> f64 {
    if numbers.is_empty() {
        return 0.0;
    }
    let middle = numbers.len() / 2;
    *numbers.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The median distance from the median.
fn spread(mut numbers: Vec<f64>) -> f64 {
    let centre = median(numbers.clone());
    numbers.iter_mut().for_each(|x| *x = (*x - centre).abs());
    median(numbers)
}
