//! The gradient of a scalar network against finite differences in double precision, and its bits at several widths.

#[path = "common/network.rs"]
mod network;

use nets_kernel::drift::mlp::MlpGradient;
use nets_kernel::drift::{Drift, Scratch, Streams};
use nets_kernel::real::{Lanes, Real, Tile};
use nets_kernel::rng::{Purpose, Stream, normals};
use network::{Network, Packed, TILE, close};

const TIME: f64 = 0.37;

/// Fewer coordinates than share a tile of tangents, as many, and more; no hidden layer, and some.
const SIZES: [&[usize]; 7] =
    [&[2, 5, 1], &[3, 20, 17, 1], &[4, 9, 1], &[5, 12, 12, 12, 1], &[6, 33, 5, 1], &[8, 16, 7, 1], &[4, 1]];

/// Values that a drift is asked for at once.
#[derive(Clone, Debug, PartialEq)]
struct Answers<R> {
    value: Vec<R>,
    drift: Vec<R>,
    jacobian: Vec<R>,
    divergence: R,
}

fn answers<R: Real<Scalar = f64>>(network: &Network, packed: &Packed, x: &[R]) -> Answers<R> {
    let drift = MlpGradient::<f64, TILE> { network: network.view(packed), transposed: &packed.transposed };
    let (d, size) = (x.len(), Drift::<R>::scratch(&drift));
    assert_eq!(Drift::<R>::dim(&drift), d);
    // What was in the memory before must not matter.
    let mut values = vec![R::c(f64::NAN); size.values];
    let mut streams = vec![Streams::<R>::c(f64::NAN); size.streams];
    let (mut value, mut b, mut jacobian) = (vec![R::zero(); d], vec![R::zero(); d], vec![R::zero(); d * d]);
    let mut scratch = Scratch { values: &mut values, streams: &mut streams };
    drift.value(TIME, x, &mut value, scratch.reborrow());
    let divergence = drift.divergence(TIME, x, &mut b, scratch.reborrow());
    drift.jacobian(TIME, x, &mut b, &mut jacobian, scratch);
    Answers { value, drift: b, jacobian, divergence }
}

fn points(d: usize) -> Vec<Vec<f64>> {
    let mut numbers = vec![0.0; 4 * d];
    normals(&mut Stream::<f64>::new(3, Purpose::Evaluate, 0), &mut numbers);
    numbers.chunks(d).map(<[f64]>::to_vec).collect()
}

/// Fourth-order central differences of what `f` gives along coordinate `i`: their own error is near 1e-11.
fn difference(x: &[f64], i: usize, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let h = 1e-3;
    let at = |shift: f64| {
        let mut x = x.to_vec();
        x[i] += shift;
        f(&x)
    };
    let [up, down, far_up, far_down] = [h, -h, 2.0 * h, -2.0 * h].map(at);
    let near = up.iter().zip(&down).map(|(up, down)| 8.0 * (up - down));
    let far = far_up.iter().zip(&far_down).map(|(up, down)| up - down);
    near.zip(far).map(|(near, far)| (near - far) / (12.0 * h)).collect()
}

#[test]
fn drift_and_hessian_agree_with_differences() {
    for sizes in SIZES {
        let network = Network::new(sizes);
        let packed = network.pack();
        let d = network.dim();
        for x in points(d) {
            let found = answers(&network, &packed, &x);
            assert_eq!(found.value, found.drift);
            for j in 0..d {
                let slope = difference(&x, j, |x| network.value(TIME, x))[0];
                close(found.drift[j], slope, 1.0 + slope.abs(), 1e-8, "drift");
                let column = difference(&x, j, |x| answers(&network, &packed, x).drift);
                for (i, &expected) in column.iter().enumerate() {
                    close(found.jacobian[i * d + j], expected, 1.0 + expected.abs(), 1e-8, "Hessian");
                    assert_eq!(found.jacobian[i * d + j], found.jacobian[j * d + i]);
                }
            }
            let trace: f64 = found.jacobian.iter().step_by(d + 1).sum();
            close(found.divergence, trace, 1.0 + trace.abs(), 1e-12, "Laplacian");
        }
    }
}

/// Walkers with times of their own have what they would have at those times.
#[test]
fn laplacians_take_a_time_for_every_walker() {
    let network = Network::new(&[4, 9, 8, 1]);
    let packed = network.pack();
    let drift = MlpGradient::<f64, TILE> { network: network.view(&packed), transposed: &packed.transposed };
    let size = Drift::<Lanes<f64, 2>>::scratch(&drift);
    let times = [0.1, 0.8];
    let x = [0.3, -0.8, 0.5];
    let mut b = [Lanes([0.0; 2]); 3];
    let (mut values, mut streams) = (vec![Lanes::zero(); size.values], vec![Tile::zero(); size.streams]);
    let scratch = Scratch { values: &mut values, streams: &mut streams };
    let [phi, laplacian] = drift.laplacian(Lanes(times), &x.map(Lanes::splat), &mut b, scratch);
    for (lane, &t) in times.iter().enumerate() {
        assert_eq!(phi.lane(lane), network.value(t, &x)[0]);
        let (mut values, mut streams) = (vec![0.0; size.values], vec![Tile([0.0; 3]); size.streams]);
        let mut own = [0.0; 3];
        let scratch = Scratch { values: &mut values, streams: &mut streams };
        assert_eq!(laplacian.lane(lane), drift.divergence(t, &x, &mut own, scratch));
        assert_eq!(b.map(|b| b.lane(lane)), own);
    }
}

/// Every lane of `R` has the bits of one walker alone.
fn same_bits<R: Real<Scalar = f64>>() {
    for sizes in SIZES {
        let network = Network::new(sizes);
        let packed = network.pack();
        let points = points(network.dim());
        let of_lane = |lane: usize| &points[lane % points.len()];
        let x: Vec<R> = (0..network.dim()).map(|i| R::from_lanes(|lane| of_lane(lane)[i])).collect();
        let wide = answers(&network, &packed, &x);
        for lane in 0..R::LANES {
            let pick = |values: &[R]| values.iter().map(|value| value.lane(lane)).collect();
            let found = Answers {
                value: pick(&wide.value),
                drift: pick(&wide.drift),
                jacobian: pick(&wide.jacobian),
                divergence: wide.divergence.lane(lane),
            };
            assert_eq!(found, answers(&network, &packed, of_lane(lane)), "{sizes:?}, lane {lane}");
        }
    }
}

#[test]
fn all_lanes_have_the_bits_of_one() {
    same_bits::<Lanes<f64, 4>>();
    same_bits::<Tile<Lanes<f64, 2>, 3>>();
}
