//! Every width computes what one number at a time computes, to the last bit.

use nets_host::lanes::{Job, Precision, UnknownName, Width, dispatch};
use nets_kernel::math;
use nets_kernel::real::{Real, Scalar, Word};
use nets_kernel::rng::{Purpose, Stream, normals};

/// Checks that are generic over the lanes, as a job for each width.
macro_rules! at_every_width {
    ($($(#[$doc:meta])* fn $name:ident<$R:ident>() $body:block)*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            struct Check;
            impl Job for Check {
                type Output = ();
                fn run<$R: Real, const MR: usize>(self) $body
            }
            for precision in Precision::ALL {
                for width in Width::ALL.into_iter().filter(|width| width.is_available()) {
                    println!("{width}, {precision}");
                    dispatch(width, precision, Check).unwrap();
                }
            }
        }
    )*};
}

/// Asserts that an expression in `R` has in every lane the bits of the same expression in `R::Scalar`.
macro_rules! assert_lanewise {
    ($R:ident, $arguments:expr, |$x:ident, $y:ident, $z:ident| $value:expr) => {
        for arguments in $arguments.chunks_exact($R::LANES) {
            let wide = $R::vectorize(
                #[inline(always)]
                || {
                    let [$x, $y, $z]: [$R; 3] = [0, 1, 2].map(|k| $R::from_lanes(|i| arguments[i][k]));
                    $value
                },
            );
            for (i, &[$x, $y, $z]) in arguments.iter().enumerate() {
                let (one, lane) = ($value, wide.lane(i));
                let source = stringify!($value);
                assert!(same(lane, one), "{source} = {one:?} but {lane:?} in lane {i}, for {:?}", [$x, $y, $z]);
            }
        }
    };
}

/// Equal bits, or both NaN: IEEE 754 leaves open which NaN an operation returns.
fn same<S: Scalar>(a: S, b: S) -> bool {
    let (a, b) = (a.to_f64(), b.to_f64());
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// A generator that does not share the code under test (Weyl's sequence, mixed as in SplitMix64).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between −1 and 1.
    fn fraction(&mut self) -> f64 {
        self.bits().cast_signed() as f64 / i64::MIN as f64
    }
}

/// Numbers where functions change their ways, at both precisions.
fn special_values() -> Vec<f64> {
    let positive = [
        0.0,
        1e-320,
        f64::MIN_POSITIVE,
        f64::from(f32::from_bits(1)),
        f64::from(f32::MIN_POSITIVE) * 0.999,
        f64::from(f32::MIN_POSITIVE),
        1e-20,
        f64::EPSILON,
        f64::from(f32::EPSILON),
        0.5,
        std::f64::consts::FRAC_1_SQRT_2,
        1.0,
        1.0 + f64::from(f32::EPSILON),
        22.0,
        88.8,
        104.0,
        709.9,
        746.0,
        1e20,
        f64::from(f32::MAX),
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
    ];
    positive.into_iter().flat_map(|x| [x, -x]).collect()
}

/// Triples of numbers: all combinations of special values, then random ones of all magnitudes.
fn arguments<S: Scalar>() -> Vec<[S; 3]> {
    let special = special_values();
    let mut random = Random(1);
    let mut triples = Vec::new();
    for &x in &special {
        for &y in &special {
            triples.push([x, y, special[random.bits() as usize % special.len()]]);
        }
    }
    for exponent in [0, 1, 3, 7, 40, 120, 1000] {
        for _ in 0..1000 {
            triples.push([(); 3].map(|()| random.fraction() * (f64::from(exponent) * random.fraction()).exp2()));
        }
    }
    triples.into_iter().map(|triple| triple.map(S::from_f64)).collect()
}

/// Random and extreme words.
fn words(count: usize) -> Vec<u32> {
    let mut random = Random(2);
    let extremes = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    extremes.into_iter().chain(std::iter::from_fn(|| Some(random.bits() as u32))).take(count).collect()
}

at_every_width! {
    fn arithmetic<R>() {
        let arguments = arguments::<R::Scalar>();
        assert_lanewise!(R, arguments, |x, y, _z| x + y);
        assert_lanewise!(R, arguments, |x, y, _z| x - y);
        assert_lanewise!(R, arguments, |x, y, _z| x * y);
        assert_lanewise!(R, arguments, |x, y, _z| x / y);
        assert_lanewise!(R, arguments, |x, _y, _z| -x);
        assert_lanewise!(R, arguments, |x, y, z| x.mul_add(y, z));
        assert_lanewise!(R, arguments, |x, _y, _z| x.sqrt());
    }

    fn selections<R>() {
        let arguments = arguments::<R::Scalar>();
        assert_lanewise!(R, arguments, |x, y, z| Real::select_lt(x, y, z, x));
        assert_lanewise!(R, arguments, |x, y, z| Real::select_lt(x, z, -y, y));
        assert_lanewise!(R, arguments, |x, y, _z| Real::max(x, y));
        assert_lanewise!(R, arguments, |x, y, _z| Real::min(x, y));
        assert_lanewise!(R, arguments, |x, _y, _z| Real::abs(x));
        assert_lanewise!(R, arguments, |x, y, z| x.select_finite(y, z));
    }

    fn bit_operations<R>() {
        let arguments = arguments::<R::Scalar>();
        // Beyond positive normal numbers nothing is promised, yet the bits are still the same.
        assert_lanewise!(R, arguments, |x, _y, _z| x.split_exponent().0);
        assert_lanewise!(R, arguments, |x, _y, _z| x.split_exponent().1);
        let round = R::Scalar::ROUND;
        let integers: Vec<[R::Scalar; 3]> = (-126..=127).map(|k| [round + R::Scalar::from_f64(f64::from(k)); 3]).collect();
        assert_lanewise!(R, integers, |x, _y, _z| x.exp2_shifted());
    }

    fn elementary_functions<R>() {
        let arguments = arguments::<R::Scalar>();
        assert_lanewise!(R, arguments, |x, _y, _z| math::exp(x));
        assert_lanewise!(R, arguments, |x, _y, _z| math::exp_clamped(x));
        assert_lanewise!(R, arguments, |x, _y, _z| math::expm1(x));
        assert_lanewise!(R, arguments, |x, _y, _z| math::ln(x));
        assert_lanewise!(R, arguments, |x, _y, _z| math::tanh(x));
        assert_lanewise!(R, arguments, |x, _y, _z| math::silu(x).value);
        assert_lanewise!(R, arguments, |x, _y, _z| math::silu(x).first);
        assert_lanewise!(R, arguments, |x, _y, _z| math::silu(x).second);
        assert_lanewise!(R, arguments, |x, _y, _z| math::sin_cos_2pi(x).0);
        assert_lanewise!(R, arguments, |x, _y, _z| math::sin_cos_2pi(x).1);
    }

    fn word_operations<R>() {
        let words = words(64 * R::LANES + 2);
        for words in words.chunks_exact(2 * R::LANES) {
            let (a, b) = words.split_at(R::LANES);
            let wide = || (R::Word::from_lanes(|i| a[i]), R::Word::from_lanes(|i| b[i]));
            assert_words::<R>(|| wide().0, |i| a[i]);
            assert_words::<R>(|| R::Word::splat(a[0]), |_| a[0]);
            assert_words::<R>(|| wide().0.add(wide().1), |i| a[i].wrapping_add(b[i]));
            assert_words::<R>(|| wide().0.xor(wide().1), |i| a[i] ^ b[i]);
            assert_words::<R>(|| wide().0.rotate_left::<0>(), |i| a[i]);
            assert_words::<R>(|| wide().0.rotate_left::<1>(), |i| a[i].rotate_left(1));
            assert_words::<R>(|| wide().0.rotate_left::<7>(), |i| a[i].rotate_left(7));
            assert_words::<R>(|| wide().0.rotate_left::<8>(), |i| a[i].rotate_left(8));
            assert_words::<R>(|| wide().0.rotate_left::<12>(), |i| a[i].rotate_left(12));
            assert_words::<R>(|| wide().0.rotate_left::<16>(), |i| a[i].rotate_left(16));
            assert_words::<R>(|| wide().0.rotate_left::<31>(), |i| a[i].rotate_left(31));
            assert_words::<R>(|| wide().0.rotate_left::<32>(), |i| a[i].rotate_left(32));
        }
    }

    fn uniform_numbers<R>() {
        let words = words(4000 * R::LANES);
        for words in words.chunks_exact(2 * R::LANES) {
            let (high, low) = words.split_at(R::LANES);
            let wide = R::uniform(R::Word::from_lanes(|i| high[i]), R::Word::from_lanes(|i| low[i]));
            for i in 0..R::LANES {
                let one = R::Scalar::uniform(high[i], low[i]);
                assert!(same(wide.lane(i), one) && one > R::Scalar::zero() && one <= R::Scalar::one(), "{one}");
            }
        }
    }

    /// Words in all but name: `R::uniform` shows every bit of them, as `word_operations` explains.
    fn random_streams<R>() {
        let first_walker = u64::from(u32::MAX) - 5;
        for position in [0, 3, 16 * u64::from(u32::MAX) + 13] {
            let mut wide = Stream::<R>::new(7, Purpose::Steps, first_walker);
            let mut ones: Vec<_> =
                (0..R::LANES).map(|i| Stream::<R::Scalar>::new(7, Purpose::Steps, first_walker + i as u64)).collect();
            wide.seek(position);
            ones.iter_mut().for_each(|one| one.seek(position));
            for _ in 0..40 {
                let word = R::vectorize(#[inline(always)] || wide.word());
                let expected: Vec<u32> = ones.iter_mut().map(Stream::word).collect();
                assert_words::<R>(|| word, |i| expected[i]);
            }
        }
    }

    fn normal_numbers<R>() {
        let mut wide = [R::zero(); 101];
        R::vectorize(#[inline(always)] || normals(&mut Stream::<R>::new(8, Purpose::Base, 40), &mut wide));
        for i in 0..R::LANES {
            let mut one = [R::Scalar::zero(); 101];
            normals(&mut Stream::<R::Scalar>::new(8, Purpose::Base, 40 + i as u64), &mut one);
            for (wide, one) in wide.iter().zip(one) {
                assert!(same(wide.lane(i), one), "{} is not {one}", wide.lane(i));
            }
        }
    }

    fn loads_and_stores<R>() {
        let numbers: Vec<R::Scalar> = (1..=3 * R::LANES).map(|i| R::Scalar::from_f64(i as f64)).collect();
        for start in 0..R::LANES {
            for length in 0..=R::LANES + 1 {
                let source = &numbers[start..start + length];
                let value = R::load(source);
                for i in 0..R::LANES {
                    assert_eq!(value.lane(i), source.get(i).copied().unwrap_or_default());
                }
                let mut places = vec![-R::Scalar::one(); 2 * R::LANES];
                R::load(&numbers).store(&mut places[start..][..length.min(R::LANES)]);
                for (i, &place) in places.iter().enumerate() {
                    let written = i >= start && i - start < length.min(R::LANES);
                    assert_eq!(place, if written { numbers[i - start] } else { -R::Scalar::one() });
                }
            }
        }
    }

    fn lanes_and_parts<R>() {
        let number = |i: usize| R::Scalar::from_f64(i as f64 + 0.25);
        let value = R::from_lanes(number);
        assert_eq!(R::LANES, R::PARTS * R::Part::LANES);
        for i in 0..R::LANES {
            assert_eq!(value.lane(i), number(i));
            assert_eq!(value.lane(i + R::LANES), number(i));
            assert_eq!(value.part(i / R::Part::LANES).lane(i % R::Part::LANES), number(i));
            assert_eq!(R::splat(number(i)).lane(R::LANES - 1), number(i));
            let mut changed = value;
            changed.set_lane(i, R::Scalar::NAN);
            assert!((0..R::LANES).all(|j| same(changed.lane(j), if i == j { R::Scalar::NAN } else { number(j) })));
        }
        let mut copy = R::from_parts(|i| value.part(i) + R::Part::one());
        copy.set_part(R::PARTS - 1, value.part(R::PARTS - 1));
        for i in 0..R::LANES {
            let changed = i < (R::PARTS - 1) * R::Part::LANES;
            assert_eq!(copy.lane(i), if changed { number(i) + R::Scalar::one() } else { number(i) });
        }
    }

    fn transposes<R>() {
        assert_transposes::<R>();
        assert_transposes::<R::Part>();
    }
}

/// Every bit of a word is among the leading ones after one of these rotations, where `R::uniform` shows it.
fn assert_words<R: Real>(wide: impl Fn() -> R::Word, one: impl Fn(usize) -> u32) {
    let (word, zero) = (wide(), R::Word::splat(0));
    let views = [
        R::uniform(word, zero),
        R::uniform(word.rotate_left::<8>(), zero),
        R::uniform(word.rotate_left::<16>(), zero),
        R::uniform(word.rotate_left::<24>(), zero),
    ];
    for i in 0..R::LANES {
        for (k, view) in views.iter().enumerate() {
            let expected = R::Scalar::uniform(one(i).rotate_left(8 * k as u32), 0);
            assert!(same(view.lane(i), expected), "lane {i} is not {:#x}", one(i));
        }
    }
}

/// The entry `out[j * stride + i]` is lane `j` of row `i`; places between and beyond keep what they had, and a
/// slice that ends early receives what it has room for.
fn assert_transposes<R: Real>() {
    let n = R::LANES;
    let number = |i: usize, j: usize| R::Scalar::from_f64((1 + i * n + j) as f64);
    for stride in [n, n + 3, 2 * n] {
        for length in [n * stride + 2, (n - 1) * stride + n, (n - 1) * stride, stride / 2, 0] {
            let mut out = vec![R::Scalar::zero(); length];
            R::vectorize(
                #[inline(always)]
                || R::transpose(|i| R::from_lanes(|j| number(i, j)), &mut out, stride),
            );
            for (place, &entry) in out.iter().enumerate() {
                let (j, i) = (place / stride, place % stride);
                let expected = if i < n && j < n { number(i, j) } else { R::Scalar::zero() };
                assert_eq!(entry, expected, "row {i}, lane {j}, stride {stride}, length {length}");
            }
        }
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    for width in Width::ALL {
        assert_eq!(width.to_string().parse(), Ok(width));
    }
    for precision in Precision::ALL {
        assert_eq!(precision.to_string().parse(), Ok(precision));
    }
    let unknown: Result<Width, UnknownName> = "1024".parse();
    assert_eq!(unknown.unwrap_err().to_string(), "unknown width `1024`; known are 512, 256, portable, scalar");
}

#[test]
fn the_detected_width_is_available_and_others_are_refused() {
    assert!(Width::detect().is_available());
    struct Nothing;
    impl Job for Nothing {
        type Output = usize;
        fn run<R: Real, const MR: usize>(self) -> usize {
            R::LANES
        }
    }
    for width in Width::ALL {
        assert_eq!(dispatch(width, Precision::F32, Nothing).is_ok(), width.is_available());
    }
}
