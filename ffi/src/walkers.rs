//! Walkers in the caller's arrays.

use crate::error_info::{Failure, Outcome};
use crate::memory::{Rows, SizedStruct, count, optional_output, output, require, structure};
use crate::precision::Precision;
use crate::status::{NETS_ERR_DIMENSION, NETS_ERR_NULL};

/// Walkers in the caller's arrays. All arrays of `n` rows of `d` numbers have their rows `stride` apart.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Walkers<S> {
    /// Set by the caller to the size of the structure in bytes.
    pub struct_size: u32,
    /// 1 if `potential` and `gradient`, and for PAIR `drift`, are those at `x` and the time of the next step; functions that
    /// step set it. 0 otherwise: the caller sets it to 0 whenever it moves walkers or changes the path, the drift, or the
    /// time from which the next step goes on.
    pub known: i32,
    /// How many walkers.
    pub n: i64,
    /// Their dimension `d`.
    pub d: i64,
    /// From the start of one row to that of the next, `d` or more.
    pub stride: i64,
    /// Positions, `n` rows.
    pub x: *mut S,
    /// `grad U_t(x)`, `n` rows.
    pub gradient: *mut S,
    /// `b_t(x)`, `n` rows, for PAIR; may be null for others.
    pub drift: *mut S,
    /// Momenta over the square root of the mass, independent N(0, 1) numbers in equilibrium, `n` rows, for inertial moves;
    /// may be null for others.
    pub momentum: *mut S,
    /// `U_t(x)`, `n` numbers.
    pub potential: *mut S,
    /// Log weights `A`, `n` numbers in double precision; minus infinity for a walker that is lost.
    pub log_weights: *mut f64,
    /// To how many moves each walker was accepted, `n` counts that steps add to, modulo 2^32; or null.
    pub accepted: *mut u32,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number or a pointer.
unsafe impl<S: Precision> SizedStruct for Walkers<S> {}

/// The same, checked.
pub(crate) struct View<'a, S> {
    pub rows: Rows,
    pub x: &'a mut [S],
    pub gradient: &'a mut [S],
    pub drift: Option<&'a mut [S]>,
    pub momentum: Option<&'a mut [S]>,
    pub potential: &'a mut [S],
    pub log_weights: &'a mut [f64],
    pub accepted: Option<&'a mut [u32]>,
    pub known: bool,
}

impl<S: Precision> View<'_, S> {
    /// The walkers at `walkers`, argument number `argument`, in `dim` dimensions.
    ///
    /// # Safety
    /// As [`structure`] for `walkers`, and its arrays are as long as it says; nobody else reads or writes them as long as
    /// the view lives.
    pub unsafe fn new(argument: i32, walkers: *const Walkers<S>, dim: usize) -> Outcome<Self> {
        // SAFETY: promised by the caller.
        let walkers = unsafe { structure(argument, walkers)? };
        let (n, d) = (count(argument, walkers.n)?, count(argument, walkers.d)?);
        if d != dim {
            return Err(Failure::new(NETS_ERR_DIMENSION, argument).value(d as f64));
        }
        require((0..=1).contains(&walkers.known), argument, f64::from(walkers.known))?;
        let rows = Rows::new(argument, n, d, walkers.stride)?;
        // SAFETY: promised by the caller.
        unsafe {
            Ok(View {
                rows,
                x: output(argument, walkers.x, rows.len)?,
                gradient: output(argument, walkers.gradient, rows.len)?,
                drift: optional_output(argument, walkers.drift, rows.len)?,
                momentum: optional_output(argument, walkers.momentum, rows.len)?,
                potential: output(argument, walkers.potential, n)?,
                log_weights: output(argument, walkers.log_weights, n)?,
                accepted: optional_output(argument, walkers.accepted, n)?,
                known: walkers.known == 1,
            })
        }
    }

    /// That the arrays are there that steps need.
    pub fn require(&self, argument: i32, drift: bool, momentum: bool) -> Outcome {
        if (drift && self.drift.is_none()) || (momentum && self.momentum.is_none()) {
            return Err(Failure::new(NETS_ERR_NULL, argument));
        }
        Ok(())
    }
}
