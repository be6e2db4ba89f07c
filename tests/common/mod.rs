//! What tests of densities share.
#![allow(dead_code, reason = "each test uses its part")]

use nets_kernel::path::Path;
use nets_kernel::potential::Potential;
use nets_kernel::real::{Lanes, Real};
use nets_kernel::rng::{Purpose, Stream, normals};

/// Four walkers.
pub type Four = Lanes<f64, 4>;

/// Twelve points of N(0, scale² I).
pub fn points(d: usize, scale: f64) -> Vec<Vec<f64>> {
    let mut stream = Stream::<f64>::new(11, Purpose::Evaluate, 0);
    let mut point = || {
        let mut x = vec![0.0; d];
        normals(&mut stream, &mut x);
        x.iter().map(|x| scale * x).collect()
    };
    (0..12).map(|_| point()).collect()
}

/// `U(x)` and its gradient.
pub fn potential(of: &impl Potential<f64>, x: &[f64]) -> (f64, Vec<f64>) {
    let (mut gradient, mut scratch) = (vec![0.0; x.len()], vec![0.0; of.scratch()]);
    let u = of.potential(x, &mut gradient, &mut scratch);
    (u, gradient)
}

/// `U_t(x)`, its gradient and `∂_t U_t(x)`. [`Path::potential`] has to agree to the last bit.
pub fn potential_at(of: &impl Path<f64>, t: f64, x: &[f64]) -> (f64, Vec<f64>, f64) {
    // Engines give the longer of several scratches.
    let (mut gradient, mut scratch) = (vec![0.0; x.len()], vec![f64::NAN; of.scratch() + 3]);
    let (u, rate) = of.potential_and_rate(t, x, &mut gradient, &mut scratch);
    let mut again = vec![0.0; x.len()];
    assert_eq!(of.potential(t, x, &mut again, &mut scratch), u);
    assert_eq!(again, gradient);
    (u, gradient, rate)
}

/// The derivative of `f` at zero by central differences, whose error is near 1e−10 for functions and derivatives near
/// 1.
pub fn difference(f: impl Fn(f64) -> f64) -> f64 {
    const H: f64 = 1e-5;
    (f(H) - f(-H)) / (2.0 * H)
}

/// `x` with coordinate `i` moved.
fn moved(x: &[f64], i: usize, by: f64) -> Vec<f64> {
    let mut x = x.to_vec();
    x[i] += by;
    x
}

/// Fails unless the two agree to 1e−7 of `size`.
pub fn assert_close(name: &str, found: f64, expected: f64, size: f64) {
    assert!((found - expected).abs() < 1e-7 * (1.0 + size.abs() + expected.abs()), "{name}: {found} and {expected}");
}

/// Gradients against differences at points of the given scale, and a register of walkers against each walker alone, to
/// the last bit. Catches a wrong sign or factor in a gradient, and a branch on what a walker carries.
pub fn check_potential(name: &str, of: &(impl Potential<f64> + Potential<Four>), scale: f64) {
    let d = Potential::<f64>::dim(of);
    let points = points(d, scale);
    for x in &points {
        let (u, gradient) = potential(of, x);
        for (i, &g) in gradient.iter().enumerate() {
            assert_close(name, g, difference(|h| potential(of, &moved(x, i, h)).0), u);
        }
    }
    for four in points.chunks_exact(4) {
        let x: Vec<Four> = (0..d).map(|i| Four::from_lanes(|lane| four[lane][i])).collect();
        let mut gradient = vec![Four::zero(); d];
        let mut scratch = vec![Four::zero(); Potential::<Four>::scratch(of)];
        let u = of.potential(&x, &mut gradient, &mut scratch);
        for (lane, x) in four.iter().enumerate() {
            let gradient = gradient.iter().map(|g| g.lane(lane)).collect();
            assert_eq!((u.lane(lane), gradient), potential(of, x), "{name}, lane {lane}");
        }
    }
}

/// Gradients and `∂_t U_t` of a path against differences, at several times.
pub fn check_path(name: &str, of: &impl Path<f64>, scale: f64) {
    for (x, t) in points(of.dim(), scale).iter().zip([0.1, 0.45, 0.8, 1.0 - 1e-4].into_iter().cycle()) {
        let (u, gradient, rate) = potential_at(of, t, x);
        for (i, &g) in gradient.iter().enumerate() {
            assert_close(name, g, difference(|h| potential_at(of, t, &moved(x, i, h)).0), u);
        }
        assert_close(name, rate, difference(|h| potential_at(of, t + h, x).0), u);
    }
}

/// `log ∫ e^{−U}` in one dimension by the trapezoidal rule in `v`, `x = sinh v`, `|v| < 20`: exponentially convergent
/// for smooth densities, and wide enough for heavy tails.
pub fn log_integral(u: impl Fn(f64) -> f64) -> f64 {
    let step = 0.005;
    let nodes = (-4000..=4000).map(|i| f64::from(i) * step);
    (step * nodes.map(|v| (-u(v.sinh())).exp() * v.cosh()).sum::<f64>()).ln()
}

/// The same in the plane, `|v| < 6`.
pub fn log_integral_2(of: &impl Potential<f64>) -> f64 {
    let step = 0.02;
    let nodes: Vec<(f64, f64)> = (-300..=300).map(|i| f64::from(i) * step).map(|v| (v.sinh(), v.cosh())).collect();
    let row =
        |(x, dx): (f64, f64)| nodes.iter().map(|&(y, dy)| (-potential(of, &[x, y]).0).exp() * dx * dy).sum::<f64>();
    (step * step * nodes.iter().map(|&node| row(node)).sum::<f64>()).ln()
}
