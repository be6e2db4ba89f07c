//! A drift for fields on a periodic lattice that commutes with the lattice's symmetries and with the field's sign.
//!
//! Within a time slice, with a kernel `K` that is even along every axis, the functions `f_a` of a site, the mean
//! `M = Σ_x φ_x / V` and the mean square `q = Σ_x φ_x² / V`,
//!
//! ```text
//! b_x(φ) = Σ_y K(x − y) φ_y + Σ_a d_a f_a(φ_x) + c_0 M³ + c_1 M⁵ + (c_2 M² + c_3 M⁴ + c_4 q) φ_x
//! ```
//!
//! The kernel reaches over the whole lattice: it is given by its spectrum and applied by Hartley transforms. A spectrum that
//! is equal on the momenta that rotations and reflections map onto each other makes the drift commute with those, too. The
//! coefficients are fitted slice by slice, by least squares on [`LatticeDrift::features`].
//!
//! Each of the parts has a map with a determinant that costs no more than the map, so that walkers are transported by their
//! composition ([`Drift::flow`]) with exact weights on lattices of any size, where a general Jacobian would cost `V³`.

mod features;
mod functions;
mod means;

pub use functions::SITE_TERMS;
pub use means::MEAN_TERMS;

use super::{Drift, JacobianForm, Scratch, ScratchSize};
use crate::math::{Hartley, exp, ln};
use crate::real::{Real, Scalar};
use functions::Combination;
use means::{MeanTerms, Means};

/// The drift. `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct LatticeDrift<V> {
    /// The number of sites `V`, a power of the transform's side.
    pub sites: usize,
    /// The transform along the axes.
    pub hartley: Hartley<V>,
    /// Where the slices start, increasing from 0; a slice lasts until the next begins, the last for ever.
    pub times: V,
    /// For each slice [`slice_len`] numbers: the spectrum `λ_k = Σ_r K(r) Π_μ cos(2π k_μ r_μ / N)` at every momentum `k`,
    /// `d_0, …, d_3`, and `c_0, …, c_4`.
    pub numbers: V,
}

/// How many numbers describe a slice for a field of `sites`.
pub const fn slice_len(sites: usize) -> usize {
    sites + SITE_TERMS + MEAN_TERMS
}

/// The numbers of a slice.
struct Slice<'a, S> {
    spectrum: &'a [S],
    site: [S; SITE_TERMS],
    means: MeanTerms<S>,
}

/// Factors whose product is taken before its logarithm: each is near 1.
const FACTORS: usize = 8;

impl<S: Scalar> Slice<'_, S> {
    /// `Σ_k λ_k = V K(0)`
    #[inline(always)]
    fn trace(&self) -> S {
        self.spectrum.iter().fold(S::zero(), |sum, &eigenvalue| sum + eigenvalue)
    }

    /// A step `h` along `dφ_x/dt = g(φ_x)`, `g = Σ_a d_a f_a`, by the midpoint rule, `φ̄ = φ + ½h g(φ)`. Returns
    /// `Σ_x log(1 + h g′(φ̄_x) (1 + ½h g′(φ_x)))`, NaN where a factor is not positive.
    #[inline(always)]
    fn move_sites<R: Real<Scalar = S>>(&self, h: R, field: &mut [R]) -> R {
        let (mut log, mut least, half) = (R::zero(), R::one(), R::c(0.5) * h);
        let g = Combination::new(self.site);
        for sites in field.chunks_mut(FACTORS) {
            let mut product = R::one();
            for phi in sites {
                let (value, inner) = g.at(*phi);
                let (value, slope) = g.at(half.mul_add(value, *phi));
                *phi = h.mul_add(value, *phi);
                let factor = (h * slope).mul_add(half.mul_add(inner, R::one()), R::one());
                product = product * factor;
                least = least.min(factor);
            }
            log = log + ln(product);
        }
        R::select_lt(R::zero(), least, log, R::splat(S::NAN))
    }
}

impl<V> LatticeDrift<V> {
    /// The slice that `t` lies in.
    #[inline(always)]
    fn slice<S: Scalar>(&self, t: S) -> Option<Slice<'_, S>>
    where
        V: AsRef<[S]>,
    {
        let started = self.times.as_ref().partition_point(|&start| start <= t);
        let len = slice_len(self.sites);
        let start = started.saturating_sub(1) * len;
        let (rest, means) = self.numbers.as_ref().get(start..start + len)?.split_last_chunk::<MEAN_TERMS>()?;
        let (spectrum, site) = rest.split_last_chunk::<SITE_TERMS>()?;
        Some(Slice { spectrum, site: *site, means: MeanTerms(*means) })
    }

    /// Working memory in values, for a field of `sites`.
    pub const fn scratch(sites: usize) -> usize {
        Hartley::<V>::scratch(sites)
    }

    /// Writes `b`; returns `Σ_x g′(φ_x)`.
    #[inline(always)]
    fn evaluate<R: Real>(&self, slice: &Slice<'_, R::Scalar>, field: &[R], b: &mut [R], scratch: &mut [R]) -> R
    where
        V: AsRef<[R::Scalar]>,
    {
        for (b, &phi) in b.iter_mut().zip(field) {
            *b = phi;
        }
        self.convolve(slice.spectrum, |eigenvalue| eigenvalue, b, scratch);
        let (same, factor) = slice.means.at(&Means::of(field));
        let (mut slopes, g) = (R::zero(), Combination::new(slice.site));
        for (b, &phi) in b.iter_mut().zip(field) {
            let (value, slope) = g.at(phi);
            *b = *b + (factor.mul_add(phi, same) + value);
            slopes = slopes + slope;
        }
        slopes
    }

    /// Multiplies the amplitude of every momentum by `multiplier(λ_k)`.
    #[inline(always)]
    fn convolve<R: Real>(
        &self,
        spectrum: &[R::Scalar],
        multiplier: impl Fn(R::Scalar) -> R::Scalar,
        field: &mut [R],
        scratch: &mut [R],
    ) where
        V: AsRef<[R::Scalar]>,
    {
        let inverse = R::Scalar::from_f64(1.0 / self.sites as f64);
        self.hartley.transform(field, scratch);
        for (amplitude, &eigenvalue) in field.iter_mut().zip(spectrum) {
            *amplitude = *amplitude * R::splat(multiplier(eigenvalue) * inverse);
        }
        self.hartley.transform(field, scratch);
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Drift<R> for LatticeDrift<V> {
    fn dim(&self) -> usize {
        self.sites
    }

    fn scratch(&self) -> ScratchSize {
        ScratchSize { values: Self::scratch(self.sites), streams: 0 }
    }

    #[inline(always)]
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        let Some(slice) = self.slice(t) else { return };
        self.evaluate(&slice, x, b, scratch.values);
    }

    /// `∇·b = Σ_k λ_k + Σ_x g′(φ_x) + 3 c_0 M² + 5 c_1 M⁴ + c_2 (V + 2) M² + c_3 (V + 4) M⁴ + c_4 (V + 2) q`
    #[inline(always)]
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        let Some(slice) = self.slice(t) else { return R::zero() };
        let slopes = self.evaluate(&slice, x, b, scratch.values);
        let mut divergence = slopes + R::splat(slice.trace());
        for (&c, term) in slice.means.0.iter().zip(Means::of(x).divergences(self.sites)) {
            divergence = R::splat(c).mul_add(term, divergence);
        }
        divergence
    }

    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Flow
    }

    #[inline(always)]
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], _jacobian: &mut [R], scratch: Scratch<'_, R>) {
        self.value(t, x, b, scratch);
    }

    /// Half a step of the sites' functions and of the terms with the means, a step of the kernel, `e^{Δλ_k}` at every
    /// momentum, and the halves in reverse order: second-order accurate, like the midpoint map.
    #[inline(always)]
    fn flow(&self, t: R::Scalar, delta: R::Scalar, x: &[R], y: &mut [R], scratch: Scratch<'_, R>) -> R {
        let Some(slice) = self.slice(t) else { return R::splat(R::Scalar::NAN) };
        let half = R::splat(R::Scalar::c(0.5) * delta);
        for (y, &phi) in y.iter_mut().zip(x) {
            *y = phi;
        }
        let mut log = slice.move_sites(half, y);
        log = log + slice.means.shift(half, y);
        log = log + slice.means.stretch(half, y);
        self.convolve(slice.spectrum, |eigenvalue| exp(delta * eigenvalue), y, scratch.values);
        log = log + R::splat(delta * slice.trace());
        log = log + slice.means.stretch(half, y);
        log = log + slice.means.shift(half, y);
        log + slice.move_sites(half, y)
    }
}
