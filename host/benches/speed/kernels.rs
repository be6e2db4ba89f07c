//! What walkers are made of: random numbers, potentials, transforms.

use crate::measure::{Figure, Timing, time};
use nets_host::lanes::{Job, Lane, Precision, Width, dispatch};
use nets_host::target::{Builtin, Target};
use nets_kernel::math::{Hartley, exp, hartley_table, ln, tanh};
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream, normals};
use std::hint::black_box;

/// Arithmetic instructions of an exponential: clamping, reduction, a polynomial, the power of two.
fn exponential(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 2.0 + 4.0 + 6.0 + 2.0,
        Precision::F64 => 2.0 + 4.0 + 12.0 + 2.0,
    }
}

pub fn figures(width: Width, precision: Precision, wanted: &impl Fn(&str) -> bool) -> Vec<Figure> {
    let words = match precision {
        Precision::F32 => 1.0,
        Precision::F64 => 2.0,
    };
    // ChaCha8: 32 quarter rounds of 12 instructions and 16 sums make 16 words of a register of 32-bit lanes. A pair of
    // normal numbers: a logarithm, a root, sine and cosine.
    let normal = words * (32.0 * 12.0 + 16.0) / 16.0 / words + (22.0 + 2.0 + 30.0) / 2.0;
    // For each component: distance, exponential, gradient.
    let mixture = 40.0 * (4.0 + 3.0 + exponential(precision) + 2.0);
    let lattice = 20.0 * 20.0;
    // Squares, fourth powers and the local force, then two axes of two differences each.
    let action = lattice * (7.0 + 2.0 * 5.0);
    // 40 lines of 20 = 4 · 5: four direct sums of 5 and two rounds.
    let transform = 40.0 * (4.0 * (8.0 + 12.0) + 2.0 * 40.0);
    let rows: [(&'static str, &'static str, f64, Kernel); 7] = [
        ("normal numbers", "ns/number", normal, Kernel::Normals),
        ("exp", "ns/number", exponential(precision) + 3.0, Kernel::Exp),
        ("ln", "ns/number", 22.0, Kernel::Ln),
        ("tanh", "ns/number", exponential(precision) + 6.0, Kernel::Tanh),
        ("mixture of 40: potential and gradient", "ns/walker", mixture, Kernel::Path("gmm40")),
        ("phi4 L = 20: potential and gradient", "ns/walker", action, Kernel::Path("phi4:L=20,m2=-1,lambda=0.9")),
        ("Hartley transform 20 x 20", "ns/walker", transform, Kernel::Hartley(20)),
    ];
    let measured = rows.into_iter().filter(|row| wanted(row.0)).map(|(name, unit, instructions, kernel)| {
        let timing = dispatch(width, precision, kernel).expect("available");
        Figure::of_instructions(name, timing, unit, instructions)
    });
    measured.collect()
}

#[derive(Clone, Copy)]
enum Kernel {
    Normals,
    Exp,
    Ln,
    Tanh,
    Path(&'static str),
    Hartley(usize),
}

impl Job for Kernel {
    type Output = Timing;

    /// The time of each number or walker.
    fn run<R: Lane, const MR: usize>(self) -> Timing {
        const COUNT: usize = 64;
        let lanes = R::LANES as f64;
        let mut numbers = [R::c(0.37); COUNT];
        let repeats = 1 + 200_000 / COUNT / R::LANES;
        let numbers_of = |f: &mut dyn FnMut()| time::<R>(repeats, f).each(COUNT as f64 * lanes);
        match self {
            Kernel::Normals => {
                let mut stream = Stream::<R>::new(0, Purpose::Evaluate, 0);
                numbers_of(&mut || {
                    R::vectorize(
                        #[inline(always)]
                        || normals(&mut stream, black_box(&mut numbers)),
                    );
                })
            }
            Kernel::Exp => numbers_of(&mut || map(black_box(&mut numbers), exp)),
            Kernel::Ln => numbers_of(&mut || map(black_box(&mut numbers), |x| ln(x.abs()))),
            Kernel::Tanh => numbers_of(&mut || map(black_box(&mut numbers), tanh)),
            Kernel::Path(name) => {
                let target = Builtin::parse(name).expect("a built-in target");
                let path = target.path::<R>();
                let (d, t) = (path.dim(), R::c(0.6));
                let (x, mut gradient) = (vec![R::c(0.4); d], vec![R::zero(); d]);
                let mut scratch = vec![R::zero(); path.scratch()];
                let once = || {
                    black_box(path.potential(t, black_box(&x), &mut gradient, &mut scratch));
                };
                time::<R>(1 + 40_000 / d.max(40) * 4 / R::LANES, once).each(lanes)
            }
            Kernel::Hartley(side) => {
                let mut table = vec![R::Scalar::zero(); 2 * side];
                hartley_table(&mut table);
                let transform = Hartley { side, table };
                let (mut field, mut scratch) = (vec![R::c(1e-3); side * side], vec![R::zero(); side * side]);
                let inverse = R::c(1.0 / side as f64);
                let once = || {
                    transform.transform(black_box(&mut field), &mut scratch);
                    // Twice is as many times as there are sites.
                    field[0] = field[0] * inverse;
                };
                time::<R>(1 + 2000 / R::LANES, once).each(lanes)
            }
        }
    }
}

fn map<R: Real>(numbers: &mut [R], f: impl Fn(R) -> R) {
    R::vectorize(
        #[inline(always)]
        || {
            for x in numbers {
                *x = f(*x);
            }
        },
    );
}
