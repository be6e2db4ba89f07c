//! Random numbers that are a function of where they stand: any step of any walker can be replayed alone.

use crate::memory::output;
use crate::status::status;
use nets_kernel::rng::{Purpose, Stream, normals};

/// Writes `n` independent standard normal numbers from the stream of `walker`, starting at word `position`.
///
/// The stream is ChaCha8 in D. J. Bernstein's layout (64-bit block counter, 64-bit stream number): key of eight 32-bit
/// words `[seed low, seed high, 1, 0, 0, 0, 0, 0]`, stream number `walker`. It is the stream that the sampler of this
/// project draws the noise of a walker's steps from. Two words `h, l` make a uniform number
/// `u = 1 - floor((2^32 h + l) / 2^12) / 2^52` in (0, 1], high word first; two uniform numbers make two normal ones,
/// `sqrt(-2 ln u1) cos(2 pi u2)` and `sqrt(-2 ln u1) sin(2 pi u2)`.
///
/// `n` numbers take `4 ceil(n / 2)` words, so the next ones start at `position + 4 ceil(n / 2)`, modulo 2^64.
/// If `n` is odd the last sine is passed over. Different seeds, and different walkers of one seed, have independent
/// streams. The numbers are the same, to the last bit, on every machine.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`.
///
/// # Safety
///
/// `out` points to room for `n` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_normals_f64(seed: u64, walker: u64, position: u64, out: *mut f64, n: i64) -> i32 {
    status(|| {
        // SAFETY: promised by the caller.
        let out = unsafe { output(out, n)? };
        let mut stream = Stream::<f64>::new(seed, Purpose::Steps, walker);
        stream.seek(position);
        normals(&mut stream, out);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_OK};
    use nets_kernel::math::{ln, sin_cos_2pi};
    use nets_kernel::real::Word;

    fn draw(seed: u64, walker: u64, position: u64, n: usize) -> Vec<f64> {
        let mut out = vec![f64::NAN; n];
        // SAFETY: a slice.
        assert_eq!(unsafe { nets_normals_f64(seed, walker, position, out.as_mut_ptr(), n as i64) }, NETS_OK);
        out
    }

    /// The documented stream, put together from the cipher's blocks.
    #[test]
    fn the_stream_is_the_one_described() {
        let (seed, walker) = (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210);
        let key = [0x89ab_cdef, 0x0123_4567, 1, 0, 0, 0, 0, 0];
        let words = u32::chacha8(&key, (5, 0), (0x7654_3210, 0xfedc_ba98));
        let uniform = |i: usize| {
            let bits = (u64::from(words[i]) << 32 | u64::from(words[i + 1])) >> 12;
            1.0 - bits as f64 / 2f64.powi(52)
        };
        let expected: Vec<f64> = [0, 4, 8, 12]
            .into_iter()
            .flat_map(|i| {
                let radius = (-2.0 * ln(uniform(i))).sqrt();
                let (sin, cos) = sin_cos_2pi(uniform(i + 2));
                [radius * cos, radius * sin]
            })
            .collect();
        assert_eq!(draw(seed, walker, 5 * 16, 8), expected);
    }

    #[test]
    fn drawing_in_parts_gives_the_same_numbers() {
        let whole = draw(3, 8, 24, 9);
        assert_eq!(draw(3, 8, 24, 5), whole[..5]);
        assert_eq!(draw(3, 8, 24 + 4 * 3, 3), whole[6..]);
    }

    #[test]
    fn seeds_walkers_and_positions_matter() {
        let numbers = draw(3, 8, 0, 4);
        for other in [draw(4, 8, 0, 4), draw(3, 9, 0, 4), draw(3 + (1 << 32), 8, 0, 4), draw(3, 8, u64::MAX - 3, 4)] {
            assert!(other.iter().zip(&numbers).all(|(a, b)| a != b && a.is_finite()));
        }
    }

    #[test]
    fn errors() {
        let mut out = [7.0];
        // SAFETY: null or one number, and counts that are refused.
        unsafe {
            assert_eq!(nets_normals_f64(0, 0, 0, core::ptr::null_mut(), 1), NETS_ERR_NULL);
            assert_eq!(nets_normals_f64(0, 0, 0, out.as_mut_ptr(), 0), NETS_ERR_LENGTH);
            assert_eq!(nets_normals_f64(0, 0, 0, out.as_mut_ptr(), -1), NETS_ERR_LENGTH);
        }
        assert_eq!(out, [7.0]);
    }
}
