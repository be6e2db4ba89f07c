//! φ⁴ theory on a periodic lattice, and the free field that it starts from.

use super::Potential;
use crate::math::{Hartley, ln, sin_cos_2pi};
use crate::real::{Real, Scalar};

/// A periodic lattice of `side^dim` sites in 1, 2 or 3 dimensions; site `(i, j, k)` is number `(i L + j) L + k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lattice {
    /// Sites `L` along every axis.
    pub side: usize,
    /// The number of axes.
    pub axes: u32,
}

impl Lattice {
    /// The number of sites `V = L^axes`.
    pub const fn sites(&self) -> usize {
        self.side.saturating_pow(self.axes)
    }
}

/// What the action of a field is made of.
#[derive(Clone, Copy, Debug)]
pub struct Action<R> {
    /// `Σ_x Σ_μ (φ_{x+μ} − φ_x)² + m² φ_x² + λ φ_x⁴`.
    pub value: R,
    /// `Σ_x φ_x²`, the derivative with respect to `m²`.
    pub squares: R,
    /// `Σ_x φ_x⁴`, the derivative with respect to `λ`.
    pub fourth_powers: R,
}

impl Lattice {
    /// The action of `field` for couplings `m²` and `λ`, and its gradient
    /// `2 Σ_μ (2 φ_x − φ_{x+μ} − φ_{x−μ}) + 2 m² φ_x + 4 λ φ_x³`.
    #[inline(always)]
    pub fn action<R: Real>(&self, mass_squared: R, coupling: R, field: &[R], gradient: &mut [R]) -> Action<R> {
        let (mut squares, mut fourth_powers) = (R::zero(), R::zero());
        for (&phi, g) in field.iter().zip(gradient.iter_mut()) {
            let square = phi * phi;
            squares = squares + square;
            fourth_powers = square.mul_add(square, fourth_powers);
            *g = R::c(2.0) * phi * (R::c(2.0) * coupling).mul_add(square, mass_squared);
        }
        let mut value = mass_squared.mul_add(squares, coupling * fourth_powers);
        let mut stride = 1;
        for _ in 0..self.axes {
            // Sites that differ along this and later axes are together; the neighbour is one stride on, or at the other
            // end.
            let block = (stride * self.side).max(1);
            for (field, gradient) in field.chunks_exact(block).zip(gradient.chunks_exact_mut(block)) {
                let (Some((first, later)), Some((earlier, last))) =
                    (field.split_at_checked(stride), field.split_at_checked(block - stride))
                else {
                    continue;
                };
                let after = later.iter().chain(first);
                let before = last.iter().chain(earlier);
                for (((&phi, &after), &before), g) in field.iter().zip(after).zip(before).zip(gradient) {
                    let forward = after - phi;
                    value = forward.mul_add(forward, value);
                    *g = R::c(-2.0).mul_add(forward + (before - phi), *g);
                }
            }
            stride = block;
        }
        Action { value, squares, fourth_powers }
    }
}

/// φ⁴ theory (M. S. Albergo, G. Kanwar and P. E. Shanahan, 1904.12072):
/// `U(φ) = Σ_x [ Σ_μ (φ_{x+μ} − φ_x)² + m² φ_x² + λ φ_x⁴ ]`, not normalised.
#[derive(Clone, Copy, Debug)]
pub struct Phi4<S> {
    /// Where the field lives.
    pub lattice: Lattice,
    /// `m²`, of either sign if `λ > 0`.
    pub mass_squared: S,
    /// `λ ≥ 0`.
    pub coupling: S,
}

impl<R: Real> Potential<R> for Phi4<R::Scalar> {
    fn dim(&self) -> usize {
        self.lattice.sites()
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        self.lattice.action(R::splat(self.mass_squared), R::splat(self.coupling), x, gradient).value
    }
}

/// The free field, φ⁴ theory with `λ = 0` and `m² > 0`: a Gaussian whose covariance is a periodic convolution with
/// eigenvalues `1 / 2(m² + Σ_μ (2 − 2 cos k_μ))`, `k_μ` the multiples of `2π / L`.
///
/// What depends on the eigenvalues takes memory that the kernel does not have: [`Lattice::free_field`] writes it into the
/// caller's.
#[derive(Clone, Copy, Debug)]
pub struct FreeField<S, V> {
    /// Where the field lives.
    pub lattice: Lattice,
    /// `m² > 0`.
    pub mass_squared: S,
    /// The convolution whose square is the covariance, one number per site:
    /// `r_x = 1/V Σ_k cos(k·x) / √( 2(m² + Σ_μ (2 − 2 cos k_μ)) )`. It is even along every axis.
    pub root: V,
    /// `log Z = ½ V log 2π − ½ Σ_k log 2(m² + Σ_μ (2 − 2 cos k_μ))`.
    pub log_z: f64,
}

impl<S: Scalar, V: AsRef<[S]>> FreeField<S, V> {
    /// Turns independent N(0, 1) numbers into a field of this density: `φ_x = Σ_y r_{x−y} ξ_y`, in the order of `y`.
    #[inline(always)]
    pub fn sample<R: Real<Scalar = S>>(&self, xi: &[R], field: &mut [R]) {
        let side = self.lattice.side.max(1);
        for (to, field) in field.chunks_exact_mut(side).enumerate() {
            field.fill(R::zero());
            for (from, xi) in xi.chunks_exact(side).enumerate() {
                // Rows are numbered i L + j; the difference of two is taken along both axes.
                let across = (to % side + side - from % side) % side;
                let down = (to / side + side - from / side) % side;
                let Some(root) = self.root.as_ref().chunks_exact(side).nth(down * side + across) else { return };
                for (x, phi) in field.iter_mut().enumerate() {
                    // r_{x−y} = r_{y−x}: from y = 0 on, the root from L − x on, and round.
                    let Some((start, end)) = root.split_at_checked(side - x) else { return };
                    for (&r, &xi) in end.iter().chain(start).zip(xi) {
                        *phi = R::splat(r).mul_add(xi, *phi);
                    }
                }
            }
        }
    }
}

/// White noise to free fields, by one transform: `S = H diag(a)` with the Hartley transform `H` and
/// `a_k = 1 / √( 2V (m² + Σ_μ (2 − 2 cos k_μ)) )`. `S Sᵀ` is the covariance of the free field.
#[derive(Clone, Copy, Debug)]
pub struct Coloring<V> {
    /// The transform along the axes.
    pub hartley: Hartley<V>,
    /// `√V a_k`, as [`Lattice::spectrum`] writes them.
    pub spectrum: V,
}

impl<V> Coloring<V> {
    /// How many values of working memory it wants for a field of `sites`.
    pub const fn scratch(sites: usize) -> usize {
        Hartley::<V>::scratch(sites)
    }

    /// `z ← S z`
    #[inline(always)]
    pub fn color<R: Real>(&self, z: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        self.multiply(z);
        self.hartley.transform(z, scratch);
    }

    /// `g ← Sᵀ g`
    #[inline(always)]
    pub fn color_transposed<R: Real>(&self, g: &mut [R], scratch: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        self.hartley.transform(g, scratch);
        self.multiply(g);
    }

    #[inline(always)]
    fn multiply<R: Real>(&self, amplitudes: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        let inverse = R::Scalar::c(1.0 / Real::sqrt(amplitudes.len() as f64));
        for (amplitude, &a) in amplitudes.iter_mut().zip(self.spectrum.as_ref()) {
            *amplitude = *amplitude * R::splat(a * inverse);
        }
    }
}

impl Lattice {
    /// Writes [`FreeField::root`] for `m² = mass_squared > 0`, one number per site, and returns [`FreeField::log_z`]: cosine
    /// sums along one axis after another, for the spectrum is even along each. `scratch`: `2 side` numbers. NaN, with
    /// nothing useful written, if the lengths do not fit.
    pub fn free_field(&self, mass_squared: f64, root: &mut [f64], scratch: &mut [f64]) -> f64 {
        let side = self.side;
        let Some((cosines, line)) = scratch.split_at_mut_checked(side) else { return f64::NAN };
        let log_z = self.spectrum(mass_squared, root, cosines);
        if line.len() != side || log_z.is_nan() {
            return f64::NAN;
        }
        let cosine = |n: usize| cosines.get(n % side).copied().unwrap_or(f64::NAN);
        let mut stride = 1;
        for _ in 0..self.axes {
            for block in root.chunks_exact_mut((stride * side).max(1)) {
                for first in 0..stride {
                    for (x, sum) in line.iter_mut().enumerate() {
                        *sum = 0.0;
                        for (k, &root) in block.iter().skip(first).step_by(stride.max(1)).enumerate() {
                            *sum += root * cosine(k * x);
                        }
                        *sum /= side as f64;
                    }
                    for (root, &sum) in block.iter_mut().skip(first).step_by(stride.max(1)).zip(&*line) {
                        *root = sum;
                    }
                }
            }
            stride *= side;
        }
        log_z
    }

    /// Writes `1 / √( 2(m² + Σ_μ (2 − 2 cos k_μ)) )` for `m² = mass_squared > 0` at every momentum `k`, and to `cosines`,
    /// `side` of them, those of the multiples of `2π / L`. Returns [`FreeField::log_z`], NaN if the lengths do not fit.
    pub fn spectrum(&self, mass_squared: f64, spectrum: &mut [f64], cosines: &mut [f64]) -> f64 {
        let side = self.side;
        if side == 0 || cosines.len() != side || spectrum.len() != self.sites() {
            return f64::NAN;
        }
        for (n, cosine) in cosines.iter_mut().enumerate() {
            *cosine = sin_cos_2pi(n as f64 / side as f64).1;
        }
        let mut log_z = 0.0;
        for (k, root) in spectrum.iter_mut().enumerate() {
            let (mut rest, mut laplacian) = (k, 0.0);
            for _ in 0..self.axes {
                laplacian += 2.0 - 2.0 * cosines.get(rest % side).copied().unwrap_or(f64::NAN);
                rest /= side;
            }
            let precision = 2.0 * (mass_squared + laplacian);
            *root = 1.0 / Real::sqrt(precision);
            log_z += ln(core::f64::consts::TAU / precision);
        }
        0.5 * log_z
    }
}
