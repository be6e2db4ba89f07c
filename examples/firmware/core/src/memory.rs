//! All memory of a sampler, in arrays.

use super::DIM;
use nets_kernel::drift::Streams;
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream};

/// Enough for the drifts here: `4 d + 3 d²` for the step and the scratch of drift or path (see `WorkspaceSize`).
pub const VALUES: usize = 4 * DIM + 3 * DIM * DIM + STREAMS;
/// Two buffers of activations, 64 wide (see `layout::rows`).
pub const STREAMS: usize = 2 * nets_kernel::drift::mlp::layout::rows(64);

/// `R::LANES` walkers on their way, and room for their steps.
pub struct Memory<R: Real> {
    pub x: [R; DIM],
    pub gradient: [R; DIM],
    pub drift: [R; DIM],
    pub momentum: [R; DIM],
    pub noise: [R; DIM],
    pub stream: Stream<R>,
    pub values: [R; VALUES],
    pub streams: [Streams<R>; STREAMS],
}

impl<R: Real> Memory<R> {
    pub fn new() -> Self {
        let vector = [R::zero(); DIM];
        Memory {
            x: vector,
            gradient: vector,
            drift: vector,
            momentum: vector,
            noise: vector,
            stream: Stream::new(0, Purpose::Steps, 0),
            values: [R::zero(); VALUES],
            streams: [Streams::<R>::zero(); STREAMS],
        }
    }
}
