//! A drift in the caller's memory: what it is, then its numbers. As with paths, the memory may be moved.

use super::{NETS_JACOBIAN_DIAGONAL, NETS_JACOBIAN_FULL, NETS_JACOBIAN_ZERO};
use crate::arena::{ALIGN, Arena, Stored, bytes_of, head_bytes};
use crate::callback::{CallbackDrift, Calls, DriftFn};
use crate::error_info::{Failure, Outcome};
use crate::memory::{MOST_DIM, Number};
use crate::precision::{Lane, Precision};
use crate::status::{NETS_ERR_ALIGNMENT, NETS_ERR_LENGTH, NETS_ERR_MODEL, NETS_ERR_OBJECT, NETS_ERR_RANGE};
use core::ffi::c_void;
use core::marker::PhantomData;
use nets_kernel::drift::bytes::{DriftBytes, Family, MlpLengths, MlpMemory};
use nets_kernel::drift::mlp::layout::OUTPUT_TILE;
use nets_kernel::drift::mlp::{Mlp, Scaling};
use nets_kernel::drift::{Drift as KernelDrift, JacobianForm, LocalAffine, Zero};

/// A drift, made by `nets_drift_init_f64` or `nets_drift_callback_init_f64` in memory of the caller.
pub struct Drift<S>(PhantomData<S>);

/// Outputs of a hidden layer that are computed together.
const TILE: usize = 4;

#[repr(C)]
pub(super) struct Head<S> {
    magic: u64,
    dim: usize,
    kind: Kind<S>,
}

#[derive(Clone, Copy)]
pub(super) enum Kind<S> {
    Mlp(MlpLengths),
    LocalAffine { block: usize, gates: usize, times: usize, numbers: usize },
    Callback { form: JacobianForm, function: DriftFn<S>, user: *mut c_void },
}

pub(super) fn form(argument: i32, jacobian: i32) -> Outcome<JacobianForm> {
    match jacobian {
        NETS_JACOBIAN_ZERO => Ok(JacobianForm::Zero),
        NETS_JACOBIAN_DIAGONAL => Ok(JacobianForm::Diagonal),
        NETS_JACOBIAN_FULL => Ok(JacobianForm::Full),
        _ => Err(Failure::new(NETS_ERR_RANGE, argument).value(f64::from(jacobian))),
    }
}

/// Checked bytes, argument number 1, of a drift that can be computed with.
pub(super) fn parse(bytes: &[u8]) -> Outcome<DriftBytes<'_>> {
    let drift = DriftBytes::new(bytes).map_err(|_| Failure::new(NETS_ERR_MODEL, 1))?;
    if drift.dim() <= MOST_DIM { Ok(drift) } else { Err(Failure::new(NETS_ERR_LENGTH, 1).value(drift.dim() as f64)) }
}

/// Bytes of several arrays.
fn sum(parts: &[Outcome<usize>]) -> Outcome<usize> {
    parts.iter().try_fold(0usize, |sum, &part| sum.checked_add(part?).ok_or(Failure::new(NETS_ERR_LENGTH, 1)))
}

impl<S: Precision> Head<S> {
    /// Bytes of an object for a drift of the caller.
    pub const CALLBACK_BYTES: usize = head_bytes::<Self>();

    /// Bytes of an object for a drift in bytes.
    pub fn bytes(drift: &DriftBytes<'_>) -> Outcome<usize> {
        let head = Ok(const { head_bytes::<Self>() });
        match drift.family() {
            Family::Mlp => {
                let MlpLengths { sizes, hidden, output, scaling } = drift.mlp_lengths::<TILE>();
                let (hidden, output) = (bytes_of::<[S; TILE]>(hidden), bytes_of::<[S; OUTPUT_TILE]>(output));
                sum(&[head, bytes_of::<usize>(sizes), hidden, output, bytes_of::<S>(scaling)])
            }
            Family::LocalAffine => {
                let (times, numbers) = drift.local_affine_lengths();
                sum(&[head, bytes_of::<S>(times), bytes_of::<S>(numbers)])
            }
        }
    }

    pub fn write(drift: &DriftBytes<'_>, arena: &mut Arena<'_>) -> Outcome {
        let wrong = Failure::new(NETS_ERR_MODEL, 1);
        let place = arena.place()?;
        let kind: Kind<S> = match drift.family() {
            Family::Mlp => {
                let lengths = drift.mlp_lengths::<TILE>();
                let (sizes, hidden) = (arena.take(lengths.sizes)?, arena.take(lengths.hidden)?);
                let (output, scaling) = (arena.take(lengths.output)?, arena.take::<S>(lengths.scaling)?);
                drift.mlp::<S, TILE>(MlpMemory { sizes, hidden, output, scaling }).ok_or(wrong)?;
                Kind::Mlp(lengths)
            }
            Family::LocalAffine => {
                let (times, numbers) = drift.local_affine_lengths();
                let LocalAffine { block, gates, .. } =
                    drift.local_affine::<S>(arena.take(times)?, arena.take(numbers)?).ok_or(wrong)?;
                Kind::LocalAffine { block, gates, times, numbers }
            }
        };
        place.write(Head { magic: S::DRIFT, dim: drift.dim(), kind });
        Ok(())
    }

    pub fn write_callback(
        dim: usize,
        form: JacobianForm,
        function: DriftFn<S>,
        user: *mut c_void,
        arena: &mut Arena<'_>,
    ) -> Outcome {
        arena.place()?.write(Head { magic: S::DRIFT, dim, kind: Kind::Callback { form, function, user } });
        Ok(())
    }
}

/// A drift of the kernel, over the numbers of an object.
pub(crate) enum AnyDrift<'a, S> {
    Zero(Zero),
    Mlp(Mlp<'a, S, TILE>),
    LocalAffine(LocalAffine<&'a [S]>),
    Callback(CallbackDrift<'a, S>),
}

impl<'a, S: Precision> AnyDrift<'a, S> {
    /// The drift at `drift`, argument number `argument`, or none in `dim` dimensions if it is null; its callbacks go
    /// through `calls`.
    ///
    /// # Safety
    /// If `drift` is not null it points to eight bytes, and if these are what a drift begins with, to a drift.
    pub unsafe fn new(argument: i32, drift: *const Drift<S>, dim: usize, calls: &'a Calls<'a, S>) -> Outcome<Self> {
        if drift.is_null() {
            return Ok(AnyDrift::Zero(Zero { dim }));
        }
        if !drift.addr().is_multiple_of(ALIGN) {
            return Err(Failure::new(NETS_ERR_ALIGNMENT, argument));
        }
        // SAFETY: eight bytes are there, by the caller's word.
        if unsafe { drift.cast::<u64>().read() } != S::DRIFT {
            return Err(Failure::new(NETS_ERR_OBJECT, argument));
        }
        // SAFETY: it is a drift, and `Head::write` has left the numbers in this order.
        unsafe {
            let (head, mut stored) = Stored::new(drift.cast::<Head<S>>());
            let dim = head.dim;
            Ok(match head.kind {
                Kind::Mlp(lengths) => {
                    let (sizes, hidden) = (stored.take(lengths.sizes), stored.take(lengths.hidden));
                    let (output, scaling) = (stored.take(lengths.output), stored.take::<S>(lengths.scaling));
                    let (center, scales) = split(scaling, dim);
                    let (input, output_scale) = split(scales, dim);
                    AnyDrift::Mlp(Mlp {
                        sizes,
                        hidden,
                        output,
                        scaling: Scaling { center, input, output: output_scale },
                    })
                }
                Kind::LocalAffine { block, gates, times, numbers } => {
                    let (times, numbers) = (stored.take(times), stored.take(numbers));
                    AnyDrift::LocalAffine(LocalAffine { dim, block, gates, times, numbers })
                }
                Kind::Callback { form, function, user } => {
                    AnyDrift::Callback(CallbackDrift { dim, form, function, user, calls })
                }
            })
        }
    }

    /// The drift for walkers in lanes of `R`.
    pub fn of<R: Lane<Scalar = S>>(&self) -> &(dyn KernelDrift<R> + 'a) {
        match self {
            AnyDrift::Zero(drift) => drift,
            AnyDrift::Mlp(drift) => drift,
            AnyDrift::LocalAffine(drift) => drift,
            AnyDrift::Callback(drift) => drift,
        }
    }

    pub fn dim(&self) -> usize {
        self.of::<S>().dim()
    }

    pub fn form(&self) -> JacobianForm {
        self.of::<S>().jacobian_form()
    }

    /// Whether an evaluation can fail.
    pub fn is_callback(&self) -> bool {
        matches!(self, AnyDrift::Callback(_))
    }
}

fn split<S: Number>(numbers: &[S], at: usize) -> (&[S], &[S]) {
    numbers.split_at_checked(at).unwrap_or_default()
}
