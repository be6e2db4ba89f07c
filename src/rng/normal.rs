//! Standard normal numbers by the transform of G. E. P. Box and M. E. Muller (1958): a fixed number of words
//! for each, the same operations in every lane, no rejection.

use super::Stream;
use crate::math::{ln, sin_cos_2pi};
use crate::real::{Real, Scalar};

/// Two independent N(0, 1) numbers from two uniform ones: `√(−2 ln u₁) (cos 2πu₂, sin 2πu₂)`.
///
/// `u₁ ≥ 2⁻³²` in `f32` and `2⁻⁵²` in `f64`, so numbers reach to 6.6 and 8.4 standard deviations.
#[inline(always)]
pub fn normal_pair<R: Real>(stream: &mut Stream<R>) -> (R, R) {
    let u1 = stream.uniform();
    let u2 = stream.uniform();
    let radius = (ln(u1) * R::c(-2.0)).sqrt();
    let (sin, cos) = sin_cos_2pi(u2);
    (radius * cos, radius * sin)
}

/// Fills `xi` with independent N(0, 1) numbers, [`normals_words`] words further on in the stream.
#[inline(always)]
pub fn normals<R: Real>(stream: &mut Stream<R>, xi: &mut [R]) {
    for pair in xi.chunks_mut(2) {
        let (a, b) = normal_pair(stream);
        if let Some(first) = pair.first_mut() {
            *first = a;
        }
        if let Some(second) = pair.get_mut(1) {
            *second = b;
        }
    }
}

/// How many words of a stream `count` normal numbers take.
pub const fn normals_words<S: Scalar>(count: usize) -> usize {
    count.div_ceil(2) * 2 * S::UNIFORM_WORDS
}
