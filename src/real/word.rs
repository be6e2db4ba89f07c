//! 32-bit words in lanes: the raw material of the random streams.

/// A 32-bit word, or one for each lane.
pub trait Word: Copy + Send + Sync + 'static {
    /// How many words one value holds.
    const LANES: usize;
    /// The same word in every lane.
    fn splat(word: u32) -> Self;
    /// The value whose lane `i` is `lane(i)`.
    fn from_lanes(lane: impl FnMut(usize) -> u32) -> Self;
    /// Addition modulo 2³².
    fn add(self, other: Self) -> Self;
    /// Exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Rotation to the left by `BITS`.
    fn rotate_left<const BITS: u32>(self) -> Self;

    /// One block of the ChaCha8 stream: 16 words per lane, for the 64-bit block number `block` and a 64-bit
    /// stream number per lane, each as (low, high). Layout of D. J. Bernstein's original cipher (64-bit counter).
    #[inline(always)]
    fn chacha8(key: &[u32; 8], block: (u32, u32), stream: (Self, Self)) -> [Self; 16] {
        let [k0, k1, k2, k3, k4, k5, k6, k7] = key.map(Self::splat);
        let start = [
            Self::splat(0x6170_7865),
            Self::splat(0x3320_646e),
            Self::splat(0x7962_2d32),
            Self::splat(0x6b20_6574),
            k0,
            k1,
            k2,
            k3,
            k4,
            k5,
            k6,
            k7,
            Self::splat(block.0),
            Self::splat(block.1),
            stream.0,
            stream.1,
        ];
        let mut x = start;
        for _ in 0..4 {
            quarter_round(&mut x, 0, 4, 8, 12);
            quarter_round(&mut x, 1, 5, 9, 13);
            quarter_round(&mut x, 2, 6, 10, 14);
            quarter_round(&mut x, 3, 7, 11, 15);
            quarter_round(&mut x, 0, 5, 10, 15);
            quarter_round(&mut x, 1, 6, 11, 12);
            quarter_round(&mut x, 2, 7, 8, 13);
            quarter_round(&mut x, 3, 4, 9, 14);
        }
        for (x, start) in x.iter_mut().zip(start) {
            *x = x.add(start);
        }
        x
    }
}

#[inline(always)]
fn quarter_round<W: Word>(x: &mut [W; 16], a: usize, b: usize, c: usize, d: usize) {
    x[a] = x[a].add(x[b]);
    x[d] = x[d].xor(x[a]).rotate_left::<16>();
    x[c] = x[c].add(x[d]);
    x[b] = x[b].xor(x[c]).rotate_left::<12>();
    x[a] = x[a].add(x[b]);
    x[d] = x[d].xor(x[a]).rotate_left::<8>();
    x[c] = x[c].add(x[d]);
    x[b] = x[b].xor(x[c]).rotate_left::<7>();
}

impl Word for u32 {
    const LANES: usize = 1;

    #[inline(always)]
    fn splat(word: u32) -> u32 {
        word
    }
    #[inline(always)]
    fn from_lanes(mut lane: impl FnMut(usize) -> u32) -> u32 {
        lane(0)
    }
    #[inline(always)]
    fn add(self, other: u32) -> u32 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn xor(self, other: u32) -> u32 {
        self ^ other
    }
    #[inline(always)]
    fn rotate_left<const BITS: u32>(self) -> u32 {
        u32::rotate_left(self, BITS)
    }
}

/// `N` words side by side, in portable code.
#[derive(Clone, Copy, Debug)]
pub struct WordLanes<const N: usize>(pub [u32; N]);

impl<const N: usize> Word for WordLanes<N> {
    const LANES: usize = N;

    #[inline(always)]
    fn splat(word: u32) -> Self {
        WordLanes([word; N])
    }
    #[inline(always)]
    fn from_lanes(lane: impl FnMut(usize) -> u32) -> Self {
        WordLanes(core::array::from_fn(lane))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each!(WordLanes(self.0), word, i => word.wrapping_add(other.0[i]))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        each!(WordLanes(self.0), word, i => word ^ other.0[i])
    }
    #[inline(always)]
    fn rotate_left<const BITS: u32>(self) -> Self {
        each!(WordLanes(self.0), word, i => word.rotate_left(BITS))
    }
}
