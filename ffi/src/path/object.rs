//! A path in the caller's memory: what it is, then its numbers. Nothing in it is an address within it, so the memory may be
//! moved.

use super::options::{Arrays, Checked, Kind, ScheduleKind};
use crate::arena::{ALIGN, Arena, Stored, bytes_of, head_bytes};
use crate::callback::{CallbackPath, CallbackPotential, Calls};
use crate::precision::{Lane, Precision};
use core::marker::PhantomData;
use nets_abi::codes::{NETS_ERR_ALIGNMENT, NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_OBJECT};
use nets_abi::error_info::{Failure, Outcome};
use nets_abi::memory::product;
use nets_kernel::math::{Hartley, hartley_table, ln};
use nets_kernel::path::{Coupling, GaussianMixture, Geometric, Path as KernelPath, Schedule, Table};
use nets_kernel::potential::{Coloring, FreeField, Gaussian, Lattice};
use nets_kernel::real::Scalar;

/// A path of potentials, made by `nets_path_init_f64` in memory of the caller.
pub struct Path<S>(PhantomData<S>);

/// What an object begins with.
#[repr(C)]
pub(super) struct Head<S> {
    magic: u64,
    dim: usize,
    kind: Kind<S>,
    log_z: f64,
}

/// Numbers that stay of a lattice: the root of the covariance, its spectrum and the table of the transform.
fn lattice_numbers(lattice: Lattice) -> usize {
    // The side is at most the sites, and of these there are no more than matrices can have rows.
    2 * lattice.sites() + 2 * lattice.side
}

/// Scratch of [`Lattice::free_field`] and its result in double precision, beside the numbers that stay.
fn lattice_scratch(lattice: Lattice) -> Outcome<usize> {
    lattice
        .side
        .checked_mul(2)
        .and_then(|both| both.checked_add(lattice.sites()))
        .ok_or(Failure::new(NETS_ERR_LENGTH, 1))
}

impl<S: Precision> Head<S> {
    /// Bytes of the object.
    pub fn bytes(dim: usize, kind: &Kind<S>) -> Outcome<usize> {
        let numbers = match *kind {
            Kind::Geometric { schedule: ScheduleKind::Table { points }, .. } => {
                bytes_of::<S>(dim)?.saturating_mul(2).saturating_add(bytes_of::<S>(points)?.saturating_mul(2))
            }
            Kind::Geometric { .. } | Kind::Callback { .. } => bytes_of::<S>(dim)?.saturating_mul(2),
            Kind::Mixture { components, .. } => {
                bytes_of::<S>(product(1, components, dim)?)?.saturating_add(bytes_of::<S>(components)?)
            }
            Kind::Phi4 { lattice, .. } => {
                // Three arrays, each of which may end in padding.
                let stay = bytes_of::<S>(lattice_numbers(lattice))?.saturating_add(3 * ALIGN);
                stay.saturating_add(bytes_of::<f64>(lattice_scratch(lattice)?)?)
            }
        };
        let bytes = numbers.saturating_add(const { head_bytes::<Self>() });
        if isize::try_from(bytes).is_ok() { Ok(bytes) } else { Err(Failure::new(NETS_ERR_LENGTH, 1)) }
    }

    /// Writes the object.
    pub fn write(checked: &Checked<'_, S>, arena: &mut Arena<'_>) -> Outcome {
        let &Checked { dim, kind, arrays: Arrays { base, table, means, weights } } = checked;
        let place = arena.place()?;
        let mut log_z = 0.0;
        match kind {
            Kind::Geometric { .. } | Kind::Callback { .. } => {
                for (numbers, default) in base.into_iter().zip([S::zero(), S::one()]) {
                    match numbers {
                        Some(numbers) => copy(numbers, arena.take(dim)?),
                        None => arena.take(dim)?.fill(default),
                    }
                }
                for numbers in table {
                    copy(numbers, arena.take(numbers.len())?);
                }
            }
            Kind::Mixture { components, .. } => {
                copy(means, arena.take(means.len())?);
                log_weights(weights, arena.take(components)?);
            }
            Kind::Phi4 { lattice, base_mass_squared, .. } => {
                let (root, spectrum) = (arena.take::<S>(dim)?, arena.take::<S>(dim)?);
                hartley_table(arena.take::<S>(2 * lattice.side)?);
                let exact = arena.take::<f64>(lattice_scratch(lattice)?)?;
                let (exact, scratch) = exact.split_at_mut_checked(dim).unwrap_or_default();
                let mass_squared = base_mass_squared.to_f64();
                log_z = lattice.free_field(mass_squared, exact, scratch);
                round(exact, root);
                lattice.spectrum(mass_squared, exact, scratch.get_mut(..lattice.side).unwrap_or_default());
                round(exact, spectrum);
            }
        }
        place.write(Head { magic: S::PATH, dim, kind, log_z });
        Ok(())
    }
}

fn round<S: Scalar>(from: &[f64], to: &mut [S]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = S::from_f64(from);
    }
}

fn copy<S: Copy>(from: &[S], to: &mut [S]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Logarithms of the weights over their sum.
fn log_weights<S: Scalar>(weights: Option<&[S]>, to: &mut [S]) {
    let total = weights.map_or(to.len() as f64, |weights| weights.iter().map(|weight| weight.to_f64()).sum());
    for (i, to) in to.iter_mut().enumerate() {
        let weight = weights.map_or(1.0, |weights| weights.get(i).map_or(f64::NAN, |weight| weight.to_f64()));
        *to = S::from_f64(ln(weight) - ln(total));
    }
}

/// A path of the kernel, over the numbers of an object.
pub(crate) enum AnyPath<'a, S> {
    Geometric(Geometric<Gaussian<&'a [S]>, CallbackPotential<'a, S>, Schedule<S>>),
    Tabulated(Geometric<Gaussian<&'a [S]>, CallbackPotential<'a, S>, Table<&'a [S]>>),
    Callback(CallbackPath<'a, S>),
    Mixture(GaussianMixture<S, &'a [S]>),
    Phi4(Coupling<S, &'a [S]>),
}

impl<'a, S: Precision> AnyPath<'a, S> {
    /// The path at `path`, argument number `argument`; its callbacks go through `calls`.
    ///
    /// # Safety
    /// If `path` is not null it points to eight bytes, and if these are what a path begins with, to a path.
    pub unsafe fn new(argument: i32, path: *const Path<S>, calls: &'a Calls<'a, S>) -> Outcome<Self> {
        if path.is_null() {
            return Err(Failure::new(NETS_ERR_NULL, argument));
        }
        if !path.addr().is_multiple_of(ALIGN) {
            return Err(Failure::new(NETS_ERR_ALIGNMENT, argument));
        }
        // SAFETY: eight bytes are there, by the caller's word.
        if unsafe { path.cast::<u64>().read() } != S::PATH {
            return Err(Failure::new(NETS_ERR_OBJECT, argument));
        }
        // SAFETY: it is a path, and `Head::write` has left the numbers in this order.
        unsafe {
            let (head, mut numbers) = Stored::new(path.cast::<Head<S>>());
            let dim = head.dim;
            Ok(match head.kind {
                Kind::Geometric { potential: function, user, schedule } => {
                    let base = Gaussian { mean: numbers.take(dim), sd: numbers.take(dim) };
                    let target = CallbackPotential { dim, function, user, calls };
                    match schedule {
                        ScheduleKind::Closed(schedule) => AnyPath::Geometric(Geometric { base, target, schedule }),
                        ScheduleKind::Table { points } => {
                            let (times, values) = (numbers.take(points), numbers.take(points));
                            let schedule = Table::new::<S>(times, values);
                            let schedule = schedule.map_err(|_| Failure::new(NETS_ERR_OBJECT, argument))?;
                            AnyPath::Tabulated(Geometric { base, target, schedule })
                        }
                    }
                }
                Kind::Callback { path: function, user } => {
                    let base = Gaussian { mean: numbers.take(dim), sd: numbers.take(dim) };
                    AnyPath::Callback(CallbackPath { base, function, user, calls })
                }
                Kind::Mixture { components, base_sd, sd } => {
                    let (means, log_weights) = (numbers.take(components * dim), numbers.take(components));
                    AnyPath::Mixture(GaussianMixture { dim, means, log_weights, base_sd, sd })
                }
                Kind::Phi4 { lattice, mass_squared, coupling, base_mass_squared, schedule } => {
                    let (root, spectrum) = (numbers.take(dim), numbers.take(dim));
                    let hartley = Hartley { side: lattice.side, table: numbers.take(2 * lattice.side) };
                    let metric = Coloring { hartley, spectrum };
                    let base = FreeField { lattice, mass_squared: base_mass_squared, root, log_z: head.log_z };
                    AnyPath::Phi4(Coupling { base, metric, mass_squared, coupling, schedule })
                }
            })
        }
    }

    /// The path for walkers in lanes of `R`.
    pub fn of<R: Lane<Scalar = S>>(&self) -> &(dyn KernelPath<R> + 'a) {
        match self {
            AnyPath::Geometric(path) => path,
            AnyPath::Tabulated(path) => path,
            AnyPath::Callback(path) => path,
            AnyPath::Mixture(path) => path,
            AnyPath::Phi4(path) => path,
        }
    }

    pub fn dim(&self) -> usize {
        self.of::<S>().dim()
    }
}
