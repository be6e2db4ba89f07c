//! The random stream of a walker: ChaCha8 keyed by the seed, stream number = walker number.

use crate::real::{Real, Scalar, Word};

/// What a stream is used for. Streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// The starting point of a walker.
    Base = 0,
    /// The noise of its steps.
    Steps = 1,
    /// Resampling of the population.
    Resample = 2,
    /// Training: times, batches, starting weights.
    Train = 3,
    /// Evaluation of results: reference samples and their order.
    Evaluate = 4,
    /// Seeds of runs that belong to a run.
    Derive = 5,
    /// The noise of steps back.
    Backward = 6,
}

/// A seed for part `label` of a run with seed `seed`: its streams are independent of the run's own and of every other
/// part's.
pub fn derive_seed(seed: u64, label: u64) -> u64 {
    let mut stream = Stream::<f64>::new(seed, Purpose::Derive, label);
    u64::from(stream.word()) << 32 | u64::from(stream.word())
}

/// The streams of `R::LANES` walkers, numbered on from the first, all at the same position.
///
/// Word `i` of walker `w` is word `i` of the ChaCha8 stream with the 256-bit key `[seed low, seed high,
/// purpose, 0, 0, 0, 0, 0]` and stream number `w`: what `rand_chacha::ChaCha8Rng::from_seed(key)` returns after
/// `set_stream(w)` and `set_word_pos(i)`.
#[derive(Clone, Copy)]
pub struct Stream<R: Real> {
    key: [u32; 8],
    walkers: (R::Word, R::Word),
    block: [R::Word; 16],
    /// Position of the next word; the block holds the 16 words around it unless the position is a multiple of 16.
    position: u64,
}

impl<R: Real> Stream<R> {
    /// The streams of walkers `first_walker`, `first_walker + 1`, …, at position 0.
    #[inline(always)]
    pub fn new(seed: u64, purpose: Purpose, first_walker: u64) -> Self {
        Self::of_walkers(seed, purpose, |lane| first_walker.wrapping_add(lane as u64))
    }

    /// The streams of the walkers that `walker` names for each lane, at position 0.
    #[inline(always)]
    pub fn of_walkers(seed: u64, purpose: Purpose, walker: impl Fn(usize) -> u64) -> Self {
        Stream {
            key: [seed as u32, (seed >> 32) as u32, purpose as u32, 0, 0, 0, 0, 0],
            walkers: (
                R::Word::from_lanes(|lane| walker(lane) as u32),
                R::Word::from_lanes(|lane| (walker(lane) >> 32) as u32),
            ),
            block: [R::Word::splat(0); 16],
            position: 0,
        }
    }

    /// Moves to word `position` of the streams.
    #[inline(always)]
    pub fn seek(&mut self, position: u64) {
        if position != self.position {
            self.position = position;
            if !position.is_multiple_of(16) {
                self.refill();
            }
        }
    }

    #[inline(always)]
    fn refill(&mut self) {
        let block = self.position / 16;
        self.block = R::Word::chacha8(&self.key, (block as u32, (block >> 32) as u32), self.walkers);
    }

    /// The next word of every walker.
    #[inline(always)]
    pub fn word(&mut self) -> R::Word {
        let index = (self.position % 16) as usize;
        if index == 0 {
            self.refill();
        }
        self.position = self.position.wrapping_add(1);
        self.block[index]
    }

    /// The next uniform number in `(0, 1]` of every walker: one word in `f32`, two in `f64` (high first).
    #[inline(always)]
    pub fn uniform(&mut self) -> R {
        let high = self.word();
        let low = if R::Scalar::UNIFORM_WORDS == 2 { self.word() } else { high };
        R::uniform(high, low)
    }
}
