//! Drifts `b_t(x)`: what moves walkers along with the path, so that their weights stay equal.
//!
//! Any drift gives unbiased estimates; a good one gives them a small variance. It is perfect exactly when
//! `∇·b − ∇U·b − ∂_t U` is the same at every `x` (1-dimensional in `t`), namely `−∂_t F_t = ∂_t log Z_t`.

pub mod bytes;
pub mod lattice;
pub mod local_affine;
mod mixture;
pub mod mlp;
pub mod modes;
mod zero;

pub use lattice::LatticeDrift;
pub use local_affine::LocalAffine;
pub use mixture::MixtureTransport;
pub use mlp::{Mlp, MlpGradient};
pub use modes::Modes;
pub use zero::Zero;

use crate::real::{Real, Scalar, Tile};

/// A vector field `b_t(x)` on `R^d` with its derivatives in `x`. All lanes of a call share the time `t`.
///
/// Object safe, so that an engine can be compiled once for all drifts.
pub trait Drift<R: Real> {
    /// The dimension `d`.
    fn dim(&self) -> usize;

    /// The working memory that the evaluations want.
    fn scratch(&self) -> ScratchSize;

    /// Writes `b_t(x)`, length `d`.
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>);

    /// Writes `b_t(x)` and returns `∇·b_t(x) = Σ_i ∂b_i/∂x_i`.
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R;

    /// What the Jacobian looks like, so that its determinant costs no more than it must.
    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Full
    }

    /// Writes `b_t(x)` and its Jacobian: `jacobian[i * d + j] = ∂b_i/∂x_j` if [`JacobianForm::Full`],
    /// `jacobian[i] = ∂b_i/∂x_i` if [`JacobianForm::Diagonal`], `α` and `H` if [`JacobianForm::Subspace`], nothing if
    /// [`JacobianForm::Zero`] or [`JacobianForm::Flow`].
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>);

    /// Writes `y = Φ(x)`, a one-to-one map of the drift's own that follows it over `delta`, with what it is at `t`; returns
    /// `log det ∂Φ/∂x`, NaN where that is not defined. For drifts whose Jacobian is [`JacobianForm::Flow`].
    fn flow(&self, _t: R::Scalar, _delta: R::Scalar, _x: &[R], _y: &mut [R], _scratch: Scratch<'_, R>) -> R {
        R::splat(R::Scalar::NAN)
    }
}

/// The form of a drift's Jacobian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JacobianForm {
    /// It vanishes: the drift does not depend on `x`.
    Zero,
    /// Each component of the drift depends on its own coordinate alone.
    Diagonal,
    /// A general matrix.
    Full,
    /// `α I + Pᵀ V` with a matrix `P` of `rank` rows that is the same at all times and places: outside a subspace the drift
    /// only scales. It is represented by `α` and `H = V Pᵀ` (`rank × rank`, row-major): its trace is `α d + tr H`, products
    /// have the same form, and `det(c I + Pᵀ V) = c^(d − rank) det(c I + H)`.
    Subspace {
        /// The number of rows of `P`.
        rank: usize,
    },
    /// None that is worth writing: the drift is composed of maps that have cheap determinants, and [`Drift::flow`] is what
    /// transports walkers, whichever [`Map`](crate::step::Map) they ask for.
    Flow,
}

impl JacobianForm {
    /// How many numbers represent it in `d` dimensions.
    pub const fn len(self, d: usize) -> usize {
        match self {
            JacobianForm::Zero | JacobianForm::Flow => 0,
            JacobianForm::Diagonal => d,
            JacobianForm::Full => d * d,
            JacobianForm::Subspace { rank } => 1 + rank * rank,
        }
    }
}

/// Three values carried through a network together, a register of walkers each: they share every load of a weight.
pub type Streams<R> = Tile<<R as Real>::Part, 3>;

/// Working memory of a drift; its contents mean nothing between calls.
pub struct Scratch<'a, R: Real> {
    /// Values for all walkers of a call.
    pub values: &'a mut [R],
    /// Triples of values for one part of the walkers.
    pub streams: &'a mut [Streams<R>],
}

impl<R: Real> Scratch<'_, R> {
    /// The same memory, for a call within a call.
    #[inline(always)]
    pub fn reborrow(&mut self) -> Scratch<'_, R> {
        Scratch { values: self.values, streams: self.streams }
    }
}

/// Lengths of a [`Scratch`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScratchSize {
    /// Length of [`Scratch::values`].
    pub values: usize,
    /// Length of [`Scratch::streams`].
    pub streams: usize,
}
