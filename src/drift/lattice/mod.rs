//! A drift for fields on a periodic lattice that commutes with the lattice's symmetries and with the field's sign.
//!
//! Within a time slice, with the functions `f_a` of [`FUNCTIONS`], kernels `K_a` that are even along every axis, the mean
//! `M = Σ_x φ_x / V` and the mean square `q = Σ_x φ_x² / V`,
//!
//! ```text
//! b_x(φ) = Σ_a Σ_y K_a(x − y) f_a(φ_y) + c_0 M³ + c_1 M⁵ + (c_2 M² + c_3 M⁴ + c_4 q) φ_x
//! ```
//!
//! Kernels reach over the whole lattice: they are given by their spectra and applied by Hartley transforms. Spectra that
//! are equal on the momenta that rotations and reflections map onto each other make the drift commute with those, too.
//! The coefficients are fitted slice by slice, by least squares on [`LatticeConvolution::features`].

mod features;
mod functions;

pub use functions::FUNCTIONS;

use super::{Drift, JacobianForm, Scratch, ScratchSize};
use crate::math::Hartley;
use crate::real::{Real, Scalar, norm_squared};
use functions::{function, write_fractions};

/// How many terms depend on the means of the field.
pub const MEAN_TERMS: usize = 5;

/// The drift. `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct LatticeConvolution<V> {
    /// The number of sites `V`, a power of the transform's side.
    pub sites: usize,
    /// The transform along the axes.
    pub hartley: Hartley<V>,
    /// Where the slices start, increasing from 0; a slice lasts until the next begins, the last for ever.
    pub times: V,
    /// For each slice [`slice_len`] numbers: the spectrum of each kernel, `Σ_r K_a(r) Π_μ cos(2π k_μ r_μ / N)` at every
    /// momentum `k`, then `c_0, …, c_4`.
    pub numbers: V,
}

/// How many numbers describe a slice for a field of `sites`.
pub const fn slice_len(sites: usize) -> usize {
    FUNCTIONS * sites + MEAN_TERMS
}

/// The means that the drift depends on.
#[derive(Clone, Copy, Debug)]
struct Means<R> {
    /// `M`
    mean: R,
    /// `q`
    square: R,
}

impl<R: Real> Means<R> {
    #[inline(always)]
    fn of(field: &[R]) -> Self {
        let inverse = R::c(1.0 / field.len() as f64);
        let mut sum = R::zero();
        for &phi in field {
            sum = sum + phi;
        }
        Means { mean: sum * inverse, square: norm_squared(field) * inverse }
    }

    /// `[M³, M⁵]`, what is the same at every site, and `[M², M⁴, q]`, what multiplies the field.
    #[inline(always)]
    fn terms(&self) -> ([R; 2], [R; 3]) {
        let square = self.mean * self.mean;
        let fourth = square * square;
        ([square * self.mean, fourth * self.mean], [square, fourth, self.square])
    }
}

/// The working memory of an evaluation.
struct Work<'a, R> {
    /// `1 / (1 + φ²)`
    fractions: &'a mut [R],
    /// A function of the field, and its transform.
    transformed: &'a mut [R],
    line: &'a mut [R],
}

impl<'a, R: Real> Work<'a, R> {
    #[inline(always)]
    fn cut(sites: usize, values: &'a mut [R]) -> Option<Self> {
        let (fractions, rest) = values.split_at_mut_checked(sites)?;
        let (transformed, line) = rest.split_at_mut_checked(sites)?;
        Some(Work { fractions, transformed, line })
    }
}

/// The numbers of a slice.
struct Slice<'a, S> {
    spectra: &'a [S],
    /// `c_0, …, c_4`
    means: [S; MEAN_TERMS],
}

impl<S: Scalar> Slice<'_, S> {
    /// `c_0 M³ + c_1 M⁵`, and `c_2 M² + c_3 M⁴ + c_4 q`.
    #[inline(always)]
    fn mean_terms<R: Real<Scalar = S>>(&self, means: &Means<R>) -> (R, R) {
        let [c0, c1, c2, c3, c4] = self.means.map(R::splat);
        let ([cube, fifth], [square, fourth, q]) = means.terms();
        (c0.mul_add(cube, c1 * fifth), c2.mul_add(square, c3.mul_add(fourth, c4 * q)))
    }
}

impl<V> LatticeConvolution<V> {
    /// The slice that `t` lies in.
    #[inline(always)]
    fn slice<S: Scalar>(&self, t: S) -> Option<Slice<'_, S>>
    where
        V: AsRef<[S]>,
    {
        let started = self.times.as_ref().partition_point(|&start| start <= t);
        let len = slice_len(self.sites);
        let start = started.saturating_sub(1) * len;
        let (spectra, means) = self.numbers.as_ref().get(start..start + len)?.split_last_chunk::<MEAN_TERMS>()?;
        Some(Slice { spectra, means: *means })
    }

    /// Working memory in values, for a side of the lattice and its sites.
    pub const fn scratch(side: usize, sites: usize) -> usize {
        // The kernel of the Jacobian beside the work of an evaluation.
        3 * sites + Hartley::<V>::scratch(side)
    }

    /// Writes `b` and leaves `1 / (1 + φ²)` in `work`.
    #[inline(always)]
    fn evaluate<R: Real>(&self, slice: &Slice<'_, R::Scalar>, field: &[R], b: &mut [R], work: &mut Work<'_, R>)
    where
        V: AsRef<[R::Scalar]>,
    {
        b.fill(R::zero());
        // Part by part: what one transform touches stays in the nearest cache.
        for part in 0..R::PARTS {
            write_fractions(part, field, work.fractions);
            for (index, spectrum) in slice.spectra.chunks_exact(self.sites.max(1)).enumerate() {
                for ((f, phi), s) in work.transformed.iter_mut().zip(field).zip(&*work.fractions) {
                    f.set_part(part, function(index, phi.part(part), s.part(part)).0);
                }
                self.hartley.transform_part(part, work.transformed, work.line);
                for ((b, f), &multiplier) in b.iter_mut().zip(&*work.transformed).zip(spectrum) {
                    b.set_part(part, R::Part::splat(multiplier).mul_add(f.part(part), b.part(part)));
                }
            }
            self.hartley.transform_part(part, b, work.line);
        }
        let (same, factor) = slice.mean_terms(&Means::of(field));
        let inverse = R::c(1.0 / self.sites as f64);
        for (b, &phi) in b.iter_mut().zip(field) {
            *b = b.mul_add(inverse, factor.mul_add(phi, same));
        }
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Drift<R> for LatticeConvolution<V> {
    fn dim(&self) -> usize {
        self.sites
    }

    fn scratch(&self) -> ScratchSize {
        ScratchSize { values: Self::scratch(self.hartley.side, self.sites), streams: 0 }
    }

    #[inline(always)]
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        let (Some(slice), Some(mut work)) = (self.slice(t), Work::cut(self.sites, scratch.values)) else { return };
        self.evaluate(&slice, x, b, &mut work);
    }

    /// `∇·b = Σ_a K_a(0) Σ_x f_a′(φ_x) + 3 c_0 M² + 5 c_1 M⁴ + c_2 (V + 2) M² + c_3 (V + 4) M⁴ + c_4 (V + 2) q`, where
    /// `K_a(0)` is the mean of the spectrum.
    #[inline(always)]
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        let (Some(slice), Some(mut work)) = (self.slice(t), Work::cut(self.sites, scratch.values)) else {
            return R::zero();
        };
        self.evaluate(&slice, x, b, &mut work);
        let inverse = R::Scalar::from_f64(1.0 / self.sites as f64);
        let mut divergence = R::zero();
        for (index, spectrum) in slice.spectra.chunks_exact(self.sites.max(1)).enumerate() {
            let trace = spectrum.iter().fold(R::Scalar::zero(), |sum, &multiplier| sum + multiplier) * inverse;
            let mut slopes = R::zero();
            for (&phi, &s) in x.iter().zip(&*work.fractions) {
                slopes = slopes + function(index, phi, s).1;
            }
            divergence = R::splat(trace).mul_add(slopes, divergence);
        }
        let terms = features::mean_divergences(self.sites, &Means::of(x));
        for (&c, term) in slice.means.iter().zip(terms) {
            divergence = R::splat(c).mul_add(term, divergence);
        }
        divergence
    }

    /// `∂b_x/∂φ_y = Σ_a K_a(x − y) f_a′(φ_y) + (3 c_0 M² + 5 c_1 M⁴) / V + [2 c_2 M + 4 c_3 M³ + 2 c_4 φ_y] φ_x / V`, and on
    /// the diagonal `c_2 M² + c_3 M⁴ + c_4 q` besides.
    #[inline(always)]
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        let Some((kernel, rest)) = scratch.values.split_at_mut_checked(self.sites) else { return };
        let (Some(slice), Some(mut work)) = (self.slice(t), Work::cut(self.sites, rest)) else { return };
        self.evaluate(&slice, x, b, &mut work);
        let sites = self.sites.max(1);
        let means = Means::of(x);
        let inverse = R::c(1.0 / sites as f64);
        let [c0, c1, c2, c3, c4] = slice.means.map(R::splat);
        let ([cube, _], [square, fourth, _]) = means.terms();
        let same = (R::c(3.0) * c0).mul_add(square, R::c(5.0) * c1 * fourth) * inverse;
        let along = (R::c(2.0) * c2).mul_add(means.mean, R::c(4.0) * c3 * cube) * inverse;
        let both = R::c(2.0) * c4 * inverse;
        for (row, &here) in jacobian.chunks_exact_mut(sites).zip(x) {
            for (entry, &there) in row.iter_mut().zip(x) {
                *entry = both.mul_add(there, along).mul_add(here, same);
            }
        }
        let factor = slice.mean_terms(&means).1;
        for entry in jacobian.iter_mut().step_by(sites + 1) {
            *entry = *entry + factor;
        }
        for (index, spectrum) in slice.spectra.chunks_exact(sites).enumerate() {
            for (kernel, &multiplier) in kernel.iter_mut().zip(spectrum) {
                *kernel = R::splat(multiplier) * inverse;
            }
            self.hartley.transform(kernel, work.line);
            for ((slope, &phi), &s) in work.transformed.iter_mut().zip(x).zip(&*work.fractions) {
                *slope = function(index, phi, s).1;
            }
            self.add_convolution(kernel, work.transformed, jacobian);
        }
    }

    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Full
    }
}

impl<V> LatticeConvolution<V> {
    /// `matrix[x][y] += kernel(x − y) slopes[y]`.
    #[inline(always)]
    fn add_convolution<R: Real>(&self, kernel: &[R], slopes: &[R], matrix: &mut [R]) {
        let side = self.hartley.side.max(1);
        for (x, row) in matrix.chunks_exact_mut(self.sites.max(1)).enumerate() {
            let lines = row.chunks_exact_mut(side).zip(slopes.chunks_exact(side));
            for (line, (row, slopes)) in lines.enumerate() {
                let Some(kernel) = kernel.chunks_exact(side).nth(difference(side, x / side, line)) else { return };
                // K(x − y) = K(y − x): from y = 0 on, the kernel from N − x on, and round.
                let Some((start, end)) = kernel.split_at_checked(side - x % side) else { return };
                for ((entry, &slope), &k) in row.iter_mut().zip(slopes).zip(end.iter().chain(start)) {
                    *entry = k.mul_add(slope, *entry);
                }
            }
        }
    }
}

/// The number of the line that lies as far from line 0 as line `a` does from line `b`, axis by axis.
#[inline(always)]
const fn difference(side: usize, mut a: usize, mut b: usize) -> usize {
    let (mut number, mut stride) = (0, 1);
    while a > 0 || b > 0 {
        number += (a % side + side - b % side) % side * stride;
        (a, b, stride) = (a / side, b / side, stride * side);
        if side == 1 {
            break;
        }
    }
    number
}
