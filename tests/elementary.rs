//! Errors and special values of the elementary functions, against the table in `docs/elementary.md`.
//!
//! References: the standard library's double precision for `f32`, correctly rounded arbitrary precision for `f64`.
//! A bound fails when it is exceeded, and also when it has become far too wide, so that the table stays true.

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use nets_kernel::math::{Silu, erfc, exp, exp_clamped, expm1, ln, silu, sin_cos_2pi, tanh};
use nets_kernel::real::Scalar;
use std::f64::consts::TAU;

type Big = FBig<HalfEven, 2>;

/// Bits of the references; what they lose to rounding is invisible next to an error in `f64`.
const BITS: usize = 90;

fn big(x: f64) -> Big {
    Big::try_from(x).expect("a finite number").with_precision(BITS).value()
}

/// A function under test. Ranges are intervals of arguments whose results are in the range of the table.
struct Function {
    /// The first column of its row in the table.
    row: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    single_reference: fn(f64) -> f64,
    double_reference: fn(f64) -> Big,
    single_ranges: &'static [(f64, f64)],
    double_ranges: &'static [(f64, f64)],
}

impl Function {
    /// Compares with the table.
    fn check(&self) {
        let [bound, double_bound] = self.documented();
        let single = worst(self.single_ranges, 500_000, |x| {
            let exact = (self.single_reference)(f64::from(x as f32));
            (f64::from((self.single)(x as f32)) - exact) / bound.unit(exact, f32::MANTISSA_DIGITS, -149)
        });
        bound.check(self.row, "f32", single);
        let double = worst(self.double_ranges, 4_000, |x| {
            let exact = (self.double_reference)(x);
            let unit = double_bound.unit(exact.to_f64().value(), f64::MANTISSA_DIGITS, -1074);
            ((big((self.double)(x)) - exact) / big(unit)).to_f64().value()
        });
        double_bound.check(self.row, "f64", double);
    }

    /// The bounds in the table, for `f32` and `f64`.
    fn documented(&self) -> [Bound; 2] {
        let start = format!("| {} |", self.row);
        let mut lines = include_str!("../docs/elementary.md").lines();
        let row = lines.find_map(|line| line.strip_prefix(&start)).expect("a row of the table");
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        [cells[0], cells[1]].map(|cell| {
            let (ulps, of_one) = cell.strip_suffix(" (of 1)").map_or((cell, false), |ulps| (ulps, true));
            Bound { ulps: ulps.parse().expect("a number"), of_one }
        })
    }
}

/// An error allowed, in units in the last place of the result or of one.
struct Bound {
    ulps: f64,
    of_one: bool,
}

impl Bound {
    /// The unit for a result near `exact` with so many binary digits, the last of them no smaller than 2^`smallest`.
    fn unit(&self, exact: f64, digits: u32, smallest: i32) -> f64 {
        let exponent = if self.of_one { 0 } else { (exact.to_bits() >> 52 & 0x7ff) as i32 - 1023 };
        f64::from((exponent + 1 - digits as i32).max(smallest)).exp2()
    }

    fn check(&self, row: &str, kind: &str, (error, x): (f64, f64)) {
        let bound = self.ulps;
        println!("{row}, {kind}: {error:.3} at {x:e}, at most {bound}");
        assert!(error <= bound, "{row} in {kind}: {error} ulp at {x:e}, more than {bound}");
        assert!(error >= 0.6 * bound, "{row} in {kind}: {error} ulp at most, far less than {bound} in the table");
    }
}

/// The largest absolute value of `error` over samples of the ranges, and where it is: half of them uniform, half
/// spread over the magnitudes towards zero.
fn worst(ranges: &[(f64, f64)], samples: usize, error: impl Fn(f64) -> f64) -> (f64, f64) {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut worst = (0.0, 0.0);
    for &(low, high) in ranges {
        for i in 0..samples {
            let x = match i % 4 {
                0 => low * (-40.0 * random()).exp2(),
                1 => high * (-40.0 * random()).exp2(),
                _ => low + (high - low) * random(),
            };
            let x = x.clamp(low, high);
            let error = error(x).abs();
            assert!(!error.is_nan(), "not a number at {x:e}");
            if error > worst.0 {
                worst = (error, x);
            }
        }
    }
    worst
}

/// `erfc x` by the power series of erf, whose terms are all positive: `erf x = 2/√π e^{−x²} Σ 2ⁿ x^{2n+1} / (2n+1)!!`.
/// The difference from one costs `2 x² / ln 2` bits.
fn big_erfc(x: f64) -> Big {
    let precise = |x: f64| Big::try_from(x).expect("a finite number").with_precision(BITS + 256).value();
    let one = precise(1.0);
    let square = precise(x) * precise(x);
    let (mut term, mut sum) = (precise(x), precise(x));
    let mut n = 1;
    while term.to_f64().value().abs() > 1e-100 {
        term = term * &square * precise(2.0) / precise(f64::from(2 * n + 1));
        sum += &term;
        n += 1;
    }
    one - sum * precise(2.0) * (-square).exp() / Big::pi(BITS + 256).sqrt()
}

fn big_sigmoid(x: f64) -> Big {
    big(1.0) / (big(1.0) + big(-x).exp())
}

fn reference_sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn exponential() {
    Function {
        row: "`exp`",
        single: exp,
        double: exp,
        single_reference: f64::exp,
        double_reference: |x| big(x).exp(),
        single_ranges: &[(-103.9, 88.7), (-1.0, 1.0)],
        double_ranges: &[(-745.0, 709.7), (-1.0, 1.0)],
    }
    .check();
    Function {
        row: "`exp_clamped`",
        single: exp_clamped,
        double: exp_clamped,
        single_reference: f64::exp,
        double_reference: |x| big(x).exp(),
        single_ranges: &[(-87.0, 88.0), (-1.0, 1.0)],
        double_ranges: &[(-708.0, 709.0), (-1.0, 1.0)],
    }
    .check();
}

#[test]
fn exponential_minus_one() {
    Function {
        row: "`expm1`",
        single: expm1,
        double: expm1,
        single_reference: f64::exp_m1,
        double_reference: |x| big(x).exp_m1(),
        single_ranges: &[(-200.0, 88.0), (-1.0, 1.0), (10.0, 20.0)],
        double_ranges: &[(-800.0, 709.0), (-1.0, 1.0), (0.34, 0.41)],
    }
    .check();
}

#[test]
fn logarithm() {
    Function {
        row: "`ln`",
        single: ln,
        double: ln,
        single_reference: f64::ln,
        double_reference: |x| big(x).ln(),
        single_ranges: &[(1e-45, 1e-38), (0.5, 2.0), (0.999, 1.001), (1e-38, 3e38)],
        double_ranges: &[(5e-324, 2e-308), (0.5, 2.0), (0.999, 1.001), (1e-100, 1e308)],
    }
    .check();
}

#[test]
fn hyperbolic_tangent() {
    Function {
        row: "`tanh`",
        single: tanh,
        double: tanh,
        single_reference: f64::tanh,
        double_reference: |x| big(x).tanh(),
        single_ranges: &[(-100.0, 100.0), (-1.0, 1.0)],
        double_ranges: &[(-30.0, 30.0), (-1.0, 1.0)],
    }
    .check();
}

#[test]
fn complementary_error_function() {
    Function {
        row: "`erfc`",
        single: erfc,
        double: erfc,
        single_reference: |x| erfc(x),
        double_reference: big_erfc,
        single_ranges: &[(-9.0, 9.0), (-1.0, 1.0)],
        double_ranges: &[(-8.0, 8.0), (-1.0, 1.0)],
    }
    .check();
}

#[test]
fn activation_and_its_derivatives() {
    let value = Function {
        row: "`silu` `value`",
        single: |x| silu(x).value,
        double: |x| silu(x).value,
        single_reference: |x| x * reference_sigmoid(x),
        double_reference: |x| big(x) * big_sigmoid(x),
        single_ranges: &[(-10.0, 87.0), (-10.0, 0.0)],
        double_ranges: &[(-10.0, 708.0), (-10.0, 0.0)],
    };
    value.check();
    Function {
        row: "`silu` `value`, x < −10",
        single_ranges: &[(-87.0, -10.0)],
        double_ranges: &[(-708.0, -10.0)],
        ..value
    }
    .check();
    let first = Function {
        row: "`silu` `first`",
        single: |x| silu(x).first,
        double: |x| silu(x).first,
        single_reference: |x| {
            let s = reference_sigmoid(x);
            s + x * s * (1.0 - s)
        },
        double_reference: |x| {
            let s = big_sigmoid(x);
            s.clone() + big(x) * s.clone() * (big(1.0) - s)
        },
        single_ranges: &[(-87.0, 87.0), (-5.0, 5.0)],
        double_ranges: &[(-708.0, 708.0), (-5.0, 5.0)],
    };
    first.check();
    Function {
        row: "`silu` `second`",
        single: |x| silu(x).second,
        double: |x| silu(x).second,
        single_reference: |x| {
            let s = reference_sigmoid(x);
            s * (1.0 - s) * (2.0 + x * (1.0 - 2.0 * s))
        },
        double_reference: |x| {
            let s = big_sigmoid(x);
            let slope = s.clone() * (big(1.0) - s.clone());
            slope * (big(2.0) + big(x) * (big(1.0) - big(2.0) * s))
        },
        ..first
    }
    .check();
}

#[test]
fn sine_and_cosine_of_a_turn() {
    /// The number of quarters in `u`, and the exact remainder.
    fn reduce(u: f64) -> (i32, f64) {
        let quarters = (4.0 * u).round();
        (quarters as i32, u - quarters / 4.0)
    }
    fn single_reference(u: f64, ahead: i32) -> f64 {
        let (quarters, rest) = reduce(u);
        match (quarters + ahead) % 4 {
            0 => (rest * TAU).sin(),
            1 => (rest * TAU).cos(),
            2 => -(rest * TAU).sin(),
            _ => -(rest * TAU).cos(),
        }
    }
    fn double_reference(u: f64, ahead: i32) -> Big {
        let (quarters, rest) = reduce(u);
        let angle = big(rest) * Big::pi(BITS) * big(2.0);
        match (quarters + ahead) % 4 {
            0 => angle.sin(),
            1 => angle.cos(),
            2 => -angle.sin(),
            _ => -angle.cos(),
        }
    }
    let sine = Function {
        row: "`sin_cos_2pi`",
        single: |u| sin_cos_2pi(u).0,
        double: |u| sin_cos_2pi(u).0,
        single_reference: |u| single_reference(u, 0),
        double_reference: |u| double_reference(u, 0),
        single_ranges: &[(0.0, 1.0), (0.49, 0.51), (0.99, 1.0)],
        double_ranges: &[(0.0, 1.0), (0.49, 0.51), (0.99, 1.0)],
    };
    sine.check();
    Function {
        single: |u| sin_cos_2pi(u).1,
        double: |u| sin_cos_2pi(u).1,
        single_reference: |u| single_reference(u, 1),
        double_reference: |u| double_reference(u, 1),
        single_ranges: &[(0.0, 1.0), (0.24, 0.26), (0.74, 0.76)],
        double_ranges: &[(0.0, 1.0), (0.24, 0.26), (0.74, 0.76)],
        ..sine
    }
    .check();
}

fn assert_special_values<S: Scalar>() {
    let [zero, one, infinity] = [S::zero(), S::one(), S::INFINITY];
    let number = S::from_f64;

    assert_eq!((exp(-infinity), exp(zero), exp(infinity)), (zero, one, infinity));
    assert_eq!((exp(number(-1e4)), exp(number(1e4))), (zero, infinity));
    let (least, most) = S::EXP_NORMAL_RANGE;
    assert_eq!((exp_clamped(-infinity), exp_clamped(infinity)), (exp(least), exp(most)));
    assert!(exp(least) >= S::MIN_POSITIVE && exp(most) < infinity);
    assert_eq!((expm1(-infinity), expm1(zero), expm1(infinity)), (-one, zero, expm1(most)));
    assert_eq!((ln(zero), ln(-zero), ln(one), ln(infinity)), (-infinity, -infinity, zero, infinity));
    assert_eq!((tanh(-infinity), tanh(zero), tanh(infinity)), (-one, zero, one));
    assert_eq!((erfc(-infinity), erfc(infinity)), (number(2.0), zero));
    assert_eq!((silu(zero).value, silu(zero).first, silu(zero).second), (zero, number(0.5), number(0.5)));
    let far = [silu(number(-1e4)), silu(number(1e4))];
    assert_eq!(far.map(|phi| phi.first.abs() < number(2e4) * S::MIN_POSITIVE), [true, false]);
    assert_eq!((far[1].value, far[1].first), (number(1e4), one));
    let quarters = [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0)];
    for (i, (sin, cos)) in quarters.into_iter().enumerate() {
        assert_eq!(sin_cos_2pi(number(i as f64 / 4.0)), (number(sin), number(cos)));
    }

    let not_numbers = [ln(-one), ln(-infinity), ln(-S::MIN_POSITIVE)];
    let functions = [exp, exp_clamped, expm1, ln, tanh, erfc];
    let of_nan = functions.map(|f| f(S::NAN));
    let Silu { value, first, second } = silu(S::NAN);
    let (sin, cos) = sin_cos_2pi(S::NAN);
    for result in not_numbers.into_iter().chain(of_nan).chain([value, first, second, sin, cos]) {
        assert!(result.to_f64().is_nan(), "{result} is a number");
    }
}

#[test]
fn special_values() {
    assert_special_values::<f32>();
    assert_special_values::<f64>();
}
