//! Random numbers that are a function of where they stand: any step of any walker can be replayed alone.

use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{count, dimension, output, place};
use crate::status::NETS_ERR_RANGE;
use nets_kernel::real::Scalar;
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::sampler::words_per_step;

/// The stream that starting points are made of.
pub const NETS_STREAM_BASE: i32 = 0;
/// The stream of the noise of steps.
pub const NETS_STREAM_STEPS: i32 = 1;
/// The stream that resampling draws from; its "walker" is the number of a population.
pub const NETS_STREAM_RESAMPLE: i32 = 2;

fn stream<S: Scalar>(seed: u64, purpose: i32, walker: u64, position: u64) -> Outcome<Stream<S>> {
    let purpose = match purpose {
        NETS_STREAM_BASE => Purpose::Base,
        NETS_STREAM_STEPS => Purpose::Steps,
        NETS_STREAM_RESAMPLE => Purpose::Resample,
        _ => return Err(Failure::new(NETS_ERR_RANGE, 2).value(f64::from(purpose))),
    };
    let mut stream = Stream::new(seed, purpose, walker);
    stream.seek(position);
    Ok(stream)
}

macro_rules! functions {
    ($S:ty, $uniforms:ident, $normals:ident, $step_position:ident) => {
        /// Writes `n` independent uniform numbers in (0, 1] from a stream of `walker`, starting at word `position`.
        ///
        /// The streams are ChaCha8 in D. J. Bernstein's layout (64-bit block counter, 64-bit stream number): key of eight
        /// 32-bit words `[seed low, seed high, purpose, 0, 0, 0, 0, 0]`, stream number `walker`. They are the streams that
        /// the sampler draws from. A double takes two words `h, l`, high word first:
        /// `u = 1 - floor((2^32 h + l) / 2^12) / 2^52`; a float takes one, `u = k 2^-31 + 2^-32` rounded once, with
        /// `k = floor(h / 2)` rounded to a float. Different seeds, purposes and walkers have independent streams; positions count
        /// modulo 2^64. The numbers are the same, to the last bit, on every machine.
        ///
        /// `purpose` is one of `NETS_STREAM_BASE`, `NETS_STREAM_STEPS` and `NETS_STREAM_RESAMPLE`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`.
        ///
        /// # Safety
        ///
        /// `out` points to room for `n` numbers.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $uniforms(
            seed: u64,
            purpose: i32,
            walker: u64,
            position: u64,
            out: *mut $S,
            n: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                // SAFETY: promised by the caller.
                let out = unsafe { output(5, out, count(6, n)?)? };
                let mut stream = stream::<$S>(seed, purpose, walker, position)?;
                out.iter_mut().for_each(|out| *out = stream.uniform());
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// Writes `n` independent standard normal numbers from a stream of `walker`, starting at word `position`.
        ///
        /// Two uniform numbers make two normal ones, `sqrt(-2 ln u1) cos(2 pi u2)` and `sqrt(-2 ln u1) sin(2 pi u2)`, so
        /// `n` numbers take as many words as `2 ceil(n / 2)` uniform ones, `4 ceil(n / 2)` for doubles and `2 ceil(n / 2)`
        /// for floats; the next ones start there. If `n` is odd the last sine is passed over.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`.
        ///
        /// # Safety
        ///
        /// `out` points to room for `n` numbers.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $normals(
            seed: u64,
            purpose: i32,
            walker: u64,
            position: u64,
            out: *mut $S,
            n: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                // SAFETY: promised by the caller.
                let out = unsafe { output(5, out, count(6, n)?)? };
                normals(&mut stream::<$S>(seed, purpose, walker, position)?, out);
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// Where in the stream `NETS_STREAM_STEPS` of a walker in `d` dimensions step number `step`, counted from 0, lies:
        /// its `d` normal numbers, and after them the uniform one.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (a step that is negative or
        /// beyond the stream's end).
        ///
        /// # Safety
        ///
        /// `position` points to room for one number.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $step_position(d: i64, step: i64, position: *mut u64, info: *mut ErrorInfo) -> i32 {
            let work = || {
                let d = dimension(1, d)?;
                // SAFETY: promised by the caller.
                let place = unsafe { place(3, position)? };
                let start = u64::try_from(step).ok().and_then(|step| step.checked_mul(words_per_step::<$S>(d)));
                place.write(start.ok_or(Failure::new(NETS_ERR_RANGE, 2).value(step as f64))?);
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_uniforms_f64, nets_normals_f64, nets_step_position_f64);
functions!(f32, nets_uniforms_f32, nets_normals_f32, nets_step_position_f32);
