//! Every part of the kernel that a device could use, with sizes that the compiler does not know: an image that links
//! with it shows that no panic is reachable in any of them.

use core::hint::black_box;
use nets_kernel::drift::mlp::layout;
use nets_kernel::drift::{Drift, LatticeDrift, LocalAffine, MixtureTransport, Scratch, Streams, Zero};
use nets_kernel::grid;
use nets_kernel::math::Hartley;
use nets_kernel::path::{
    Annealing, AtTime, Coupling, GaussianMixture, Geometric, OpeningFunnel, Path, Schedule, StudentMixture, Table,
    Waypoints,
};
use nets_kernel::potential::{
    Banana, Base, Coloring, CorrelatedGaussian, CoxProcess, DoubleWell, FreeField, Funnel, Gaussian, Lattice,
    LogisticRegression, ManyWell, Phi4, Potential,
};
use nets_kernel::real::{Real, Scalar};
use nets_kernel::resample::{Resampling, replace};
use nets_kernel::rng::{Purpose, Stream, derive_seed};
use nets_kernel::weight::{WeightSum, conditional_ess};

/// Numbers that stand for whatever a caller has.
fn numbers<S: Scalar>(memory: &[S]) -> &[S] {
    black_box(memory)
}

/// Uses all of it, and returns a number that depends on it.
pub fn everything<S: Scalar + Real<Scalar = S>>() -> f64 {
    let memory = [S::from_f64(0.5); 32];
    let v = || numbers(&memory);
    let s = || black_box(S::from_f64(0.5));
    let n = || black_box(4usize);
    let mut sum = 0.0;

    let gaussian = || Gaussian { mean: v(), sd: v() };
    let correlated = || CorrelatedGaussian { mean: v(), factor: v() };
    let lattice = || Lattice { side: n(), axes: black_box(2) };
    let free = || FreeField { lattice: lattice(), mass_squared: s(), root: v(), log_z: black_box(0.0) };
    let hartley = || Hartley { side: n(), table: v() };
    let coloring = || Coloring { hartley: hartley(), spectrum: v() };
    let mixture = || GaussianMixture { dim: n(), means: v(), log_weights: v(), base_sd: s(), sd: s() };
    let student = || StudentMixture { dim: n(), centres: v(), log_weights: v(), base_scale: s(), scale: s() };

    let targets: [&dyn Potential<S>; 9] = [
        &Banana { dim: n(), sd: s(), bend: s() },
        &CoxProcess { mean: s(), factor: v(), counts: v(), area: s() },
        &DoubleWell { dim: n() },
        &ManyWell { pairs: n() },
        &Funnel { dim: n(), sd: s() },
        &LogisticRegression { dim: n(), features: v(), labels: v() },
        &Phi4 { lattice: lattice(), mass_squared: s(), coupling: s() },
        &AtTime { path: mixture(), t: s() },
        &AtTime { path: student(), t: s() },
    ];
    for target in targets {
        for schedule in [Schedule::Linear, Schedule::Power(s()), Schedule::Cosine] {
            sum += along::<S>(&Geometric { base: gaussian(), target, schedule: black_box(schedule) });
        }
        if let Ok(schedule) = Table::new(v(), v()) {
            sum += along::<S>(&Geometric { base: correlated(), target, schedule });
        }
    }
    let densities = [gaussian(), gaussian()];
    sum += along::<S>(&Waypoints { base: correlated(), densities: black_box(&densities[..]) });
    sum += along::<S>(&Coupling {
        base: free(),
        metric: coloring(),
        mass_squared: s(),
        coupling: s(),
        schedule: Schedule::Linear,
    });
    sum += along::<S>(&mixture()) + along::<S>(&student());
    sum += along::<S>(&OpeningFunnel(Funnel { dim: n(), sd: s() }));
    sum += Base::<S>::log_z(&correlated());

    sum += drift::<S>(&MixtureTransport(mixture()));
    sum += drift::<S>(&Zero { dim: n() });
    sum += drift::<S>(&LatticeDrift { sites: n(), hartley: hartley(), times: v(), numbers: v() });
    sum += drift::<S>(&LocalAffine { dim: n(), block: n(), gates: n(), times: v(), numbers: v() });
    sum += layout::parameters(black_box(&[2, 3])) as f64;
    sum + population()
}

/// A path, evaluated.
#[inline(never)]
fn along<S: Scalar + Real<Scalar = S>>(path: &dyn Path<S>) -> f64 {
    let (xi, mut memory) = ([S::from_f64(0.3); 16], [S::from_f64(0.1); 64]);
    let (x, rest) = black_box(&mut memory[..]).split_at_mut_checked(black_box(16)).unwrap_or_default();
    let (gradient, scratch) = rest.split_at_mut_checked(black_box(16)).unwrap_or_default();
    path.base(black_box(&xi[..]), x);
    let t = black_box(S::from_f64(0.5));
    let u = path.potential(t, x, gradient, scratch);
    let (again, rate) = path.potential_and_rate(t, x, gradient, scratch);
    u.to_f64() + again.to_f64() + rate.to_f64() + path.log_z_base() + (path.dim() + path.scratch()) as f64
}

/// A drift, evaluated.
#[inline(never)]
fn drift<S: Scalar + Real<Scalar = S>>(drift: &dyn Drift<S>) -> f64 {
    let x = [S::from_f64(0.3); 4];
    let (mut b, mut jacobian) = ([S::zero(); 4], [S::zero(); 16]);
    let (mut values, mut streams) = ([S::zero(); 64], [Streams::<S>::zero(); 4]);
    let mut scratch = Scratch { values: black_box(&mut values[..]), streams: black_box(&mut streams[..]) };
    let (x, b, t) = (black_box(&x[..]), black_box(&mut b[..]), black_box(S::from_f64(0.5)));
    drift.value(t, x, b, scratch.reborrow());
    let divergence = drift.divergence(t, x, b, scratch.reborrow());
    drift.jacobian(t, x, b, black_box(&mut jacobian[..]), scratch);
    divergence.to_f64() + b.iter().map(|b| b.to_f64()).sum::<f64>() + drift.scratch().values as f64
}

/// Weights, resampling, grids.
#[inline(never)]
fn population() -> f64 {
    let (log_weights, mut copies) = ([-0.5; 16], [0; 16]);
    let log_weights = black_box(&log_weights[..]);
    let mut uniforms = Stream::<f64>::new(derive_seed(black_box(1), 2), Purpose::Resample, 0);
    uniforms.seek(black_box(3));
    let mut sums = WeightSum::of(log_weights);
    let schemes = [Resampling::Systematic, Resampling::Stratified, Resampling::Residual, Resampling::Multinomial];
    for scheme in schemes {
        let copies = black_box(&mut copies[..]);
        if let Some(stage) = black_box(scheme).resample(log_weights, || uniforms.uniform(), copies) {
            sums.merge(&stage);
        }
        replace(copies, |from, to| sums.lost += (from + to) as u64);
    }
    let kept = |to: f64| conditional_ess(log_weights, log_weights) - to;
    let time = grid::next(black_box(0.1), black_box(0.2), black_box(0.9), kept) + grid::uniform::<f64>(black_box(1), 3);
    let (beta, rate) = Annealing::<f64>::at(&Schedule::Cosine, time);
    sums.log_mean() + sums.ess() + sums.log_mean_stderr() + sums.max_weight() + beta + rate
}
