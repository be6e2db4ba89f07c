//! The random streams, word for word, and the normal numbers made of them.

use nets_kernel::real::{Lanes, Scalar, Tile};
use nets_kernel::rng::{Purpose, Stream, normals};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const PURPOSES: [Purpose; 3] = [Purpose::Base, Purpose::Steps, Purpose::Evaluate];

/// The stream that the documentation of [`Stream`] promises, by an independent implementation.
fn reference(seed: u64, purpose: Purpose, walker: u64, position: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..12].copy_from_slice(&(purpose as u32).to_le_bytes());
    let mut reference = ChaCha8Rng::from_seed(key);
    reference.set_stream(walker);
    reference.set_word_pos(u128::from(position));
    reference
}

/// Walkers whose numbers cross 2³², and the end of the numbers.
const WALKERS: [u64; 5] = [0, 1, u32::MAX as u64 - 2, 0x0123_4567_89ab_cdef, u64::MAX - 3];

/// Positions at the ends of blocks, and where the block number crosses 2³².
const POSITIONS: [u64; 7] = [0, 1, 15, 16, 16 * 77 + 5, (16 << 32) - 1, (16 << 40) + 3];

#[test]
fn words_are_those_of_chacha8() {
    for seed in [0, 1, 0xfedc_ba98_7654_3210] {
        for purpose in PURPOSES {
            for walker in WALKERS {
                let mut stream = Stream::<f64>::new(seed, purpose, walker);
                for position in POSITIONS {
                    stream.seek(position);
                    let mut reference = reference(seed, purpose, walker, position);
                    for i in 0..40 {
                        assert_eq!(stream.word(), reference.next_u32(), "walker {walker}, word {position} + {i}");
                    }
                }
            }
        }
    }
}

#[test]
fn words_in_lanes_are_those_of_chacha8() {
    for walker in WALKERS {
        let mut lanes = Stream::<Tile<Lanes<f32, 3>, 2>>::new(9, Purpose::Steps, walker);
        for position in POSITIONS {
            lanes.seek(position);
            let mut references: Vec<_> =
                (0..6).map(|i| reference(9, Purpose::Steps, walker.wrapping_add(i), position)).collect();
            for _ in 0..40 {
                let words: Vec<u32> = lanes.word().0.iter().flat_map(|part| part.0).collect();
                let expected: Vec<u32> = references.iter_mut().map(Rng::next_u32).collect();
                assert_eq!(words, expected, "walkers from {walker}, after {position}");
            }
        }
    }
}

/// Normal numbers, `[walker][index]`.
type Sample = Vec<Vec<f64>>;

const WALKERS_SAMPLED: usize = 1 << 10;
const NUMBERS_EACH: usize = 1 << 10;

fn sample<S: Scalar>() -> Sample {
    let of_walker = |walker| {
        let mut xi = [S::zero(); NUMBERS_EACH];
        normals(&mut Stream::new(20_251_123, Purpose::Steps, walker), &mut xi);
        xi.map(S::to_f64).to_vec()
    };
    (0..WALKERS_SAMPLED as u64).map(of_walker).collect()
}

/// The mean of `terms` over its standard error if they are independent with mean 0 and variance `variance`.
fn score(terms: impl Iterator<Item = f64>, variance: f64) -> f64 {
    let (count, sum) = terms.fold((0.0, 0.0), |(count, sum), term| (count + 1.0, sum + term));
    sum / (count * variance).sqrt()
}

/// Statistics of a sample in units of their standard errors, so each is N(0, 1) if the sample is normal and
/// independent; named after what they would find. A million numbers find a mean of 0.5 %, a variance off by 0.7 %, a
/// correlation of 0.5 %.
fn scores(sample: &Sample) -> Vec<(&'static str, f64)> {
    let all = || sample.iter().flatten().copied();
    let pairs = || sample.iter().flat_map(|of_walker| of_walker.chunks_exact(2)).map(|pair| (pair[0], pair[1]));
    let neighbours = || sample.windows(2).step_by(2).flat_map(|two| two[0].iter().copied().zip(two[1].iter().copied()));
    let successors = || pairs().zip(pairs().skip(1)).step_by(2).map(|((x, _), (y, _))| (x, y));
    let product = |(x, y): (f64, f64)| x * y;
    let product_of_squares = |(x, y): (f64, f64)| (x * x - 1.0) * (y * y - 1.0);
    // Hermite polynomials of a normal number are uncorrelated, with variance n!.
    let beyond_four = libm::erfc(4.0 / 2f64.sqrt());
    vec![
        ("mean", score(all(), 1.0)),
        ("variance", score(all().map(|x| x * x - 1.0), 2.0)),
        ("skewness", score(all().map(|x| x.powi(3) - 3.0 * x), 6.0)),
        ("kurtosis", score(all().map(|x| x.powi(4) - 6.0 * x * x + 3.0), 24.0)),
        ("tails", score(all().map(|x| f64::from(x.abs() > 4.0) - beyond_four), beyond_four)),
        ("correlation in a pair", score(pairs().map(product), 1.0)),
        ("correlation of squares in a pair", score(pairs().map(product_of_squares), 4.0)),
        ("correlation of pairs", score(successors().map(product), 1.0)),
        ("correlation of squares of pairs", score(successors().map(product_of_squares), 4.0)),
        ("correlation of walkers", score(neighbours().map(product), 1.0)),
        ("correlation of squares of walkers", score(neighbours().map(product_of_squares), 4.0)),
    ]
}

/// The distance of A. N. Kolmogorov and N. V. Smirnov between the distribution of a sample and the normal one, times
/// the square root of its size: above 1.95 with probability 0.001.
fn distance(sample: &Sample) -> f64 {
    let mut all: Vec<f64> = sample.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let count = all.len() as f64;
    let below = |x: f64| 0.5 * libm::erfc(-x / 2f64.sqrt());
    let largest = all.iter().enumerate().map(|(i, &x)| {
        let expected = below(x);
        (expected - i as f64 / count).max((i + 1) as f64 / count - expected)
    });
    largest.fold(0.0, f64::max) * count.sqrt()
}

fn assert_normal(sample: &Sample) {
    for (name, score) in scores(sample) {
        println!("{name}: {score:.2} standard errors");
        assert!(score.abs() < 4.0, "{name} is {score:.2} standard errors off");
    }
    let distance = distance(sample);
    println!("distance: {distance:.3}");
    assert!(distance < 1.95, "distance is {distance}");
}

#[test]
fn single_precision_numbers_are_normal() {
    assert_normal(&sample::<f32>());
}

#[test]
fn double_precision_numbers_are_normal() {
    assert_normal(&sample::<f64>());
}

/// Proof that the statistics above would find a fault: each of these has one, of the size they claim to see.
#[test]
fn planted_faults_are_found() {
    let found = |name: &str, sample: Sample| {
        let scores = scores(&sample);
        let (_, score) = scores.iter().find(|(known, _)| *known == name).expect("a statistic");
        assert!(score.abs() > 5.0, "{name} is only {score:.2} standard errors off");
    };
    let good = sample::<f64>();
    let each = |f: &dyn Fn(f64) -> f64| -> Sample {
        good.iter().map(|of_walker| of_walker.iter().map(|&x| f(x)).collect()).collect()
    };
    found("mean", each(&|x| x + 0.007));
    found("variance", each(&|x| x * 1.006));
    found("skewness", each(&|x| if x > 0.0 { x * 1.02 } else { x }));
    found("kurtosis", each(&|x| x.clamp(-3.3, 3.3)));
    found("tails", each(&|x| x.clamp(-3.99, 3.99)));
    assert!(distance(&each(&|x| if x.abs() < 0.005 { 0.0 } else { x })) > 1.95, "a gap in the middle");

    let in_blocks = |size, f: &dyn Fn(&mut [f64])| -> Sample {
        let mut sample = good.clone();
        sample.iter_mut().for_each(|of_walker| of_walker.chunks_exact_mut(size).for_each(f));
        sample
    };
    let twice_in_a_pair = in_blocks(2, &|pair| pair[1] = pair[0]);
    found("correlation in a pair", twice_in_a_pair.clone());
    found("correlation of squares in a pair", twice_in_a_pair);
    found("correlation of pairs", in_blocks(4, &|pairs| pairs[2] = pairs[0]));
    let one_radius_for_two_pairs = in_blocks(4, &|pairs| {
        let scale = pairs[0].hypot(pairs[1]) / pairs[2].hypot(pairs[3]);
        pairs[2] *= scale;
    });
    found("correlation of squares of pairs", one_radius_for_two_pairs);
    let mut one_stream_for_two_walkers = good.clone();
    one_stream_for_two_walkers.chunks_exact_mut(2).for_each(|two| two[1] = two[0].clone());
    found("correlation of walkers", one_stream_for_two_walkers.clone());
    found("correlation of squares of walkers", one_stream_for_two_walkers);
}
