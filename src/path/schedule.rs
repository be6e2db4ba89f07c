//! The schedule `β(t)` of an annealed path.

use crate::math::{exp, ln, sin_cos_2pi};
use crate::real::{Real, Scalar};

/// An increasing `β(t)` with `β(0) = 0` and `β(1) = 1`. `V` holds the numbers of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule<S, V = [S; 0]> {
    /// `β = t`
    Linear,
    /// `β = t^p` with `p ≥ 1`: slow at first, where the density changes fastest.
    Power(S),
    /// `β = sin²(πt/2) = ½(1 − cos πt)`: slow at both ends.
    Cosine,
    /// Linear between given points.
    Tabulated(Table<V>),
}

impl<S: Scalar, V: AsRef<[S]>> Schedule<S, V> {
    /// `(β, dβ/dt)` at `t`.
    #[inline(always)]
    pub fn at<R: Real<Scalar = S>>(&self, t: R) -> (R, R) {
        match self {
            Schedule::Linear => (t, R::one()),
            Schedule::Power(p) => {
                let p = R::splat(*p);
                let log = ln(t);
                (exp(p * log), p * exp((p - R::one()) * log))
            }
            Schedule::Cosine => {
                let (sin, cos) = sin_cos_2pi(t * R::c(0.25));
                (sin * sin, R::c(core::f64::consts::PI) * sin * cos)
            }
            Schedule::Tabulated(table) => table.at(t),
        }
    }
}

/// A function of time, linear between its points: `β(t)` as measured, for instance by adaptive tempering.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table<V> {
    times: V,
    values: V,
}

/// Why numbers do not make a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// There are fewer than two points, or not as many values as times.
    Length,
    /// Times do not increase from 0 to 1.
    Times,
    /// Values do not increase from 0 to 1.
    Values,
}

impl core::fmt::Display for TableError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            TableError::Length => "a schedule takes two points or more, a value for each time",
            TableError::Times => "the times of a schedule increase from 0 to 1",
            TableError::Values => "the values of a schedule increase from 0 to 1",
        })
    }
}

impl core::error::Error for TableError {}

impl<V> Table<V> {
    /// The schedule through `(times[i], values[i])`, both strictly increasing from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`TableError`], if they are not.
    pub fn new<S: Scalar>(times: V, values: V) -> Result<Self, TableError>
    where
        V: AsRef<[S]>,
    {
        let increases = |numbers: &[S]| {
            numbers.first() == Some(&S::zero())
                && numbers.last() == Some(&S::one())
                && numbers.windows(2).all(|pair| matches!(pair, [a, b] if a < b))
        };
        if times.as_ref().len() != values.as_ref().len() || times.as_ref().len() < 2 {
            return Err(TableError::Length);
        }
        if !increases(times.as_ref()) {
            return Err(TableError::Times);
        }
        if !increases(values.as_ref()) {
            return Err(TableError::Values);
        }
        Ok(Table { times, values })
    }

    /// The same table with its numbers stored or rounded in another way.
    pub fn map<W>(&self, numbers: impl Fn(&V) -> W) -> Table<W> {
        Table { times: numbers(&self.times), values: numbers(&self.values) }
    }

    /// The value and the slope at `t`; beyond the ends the first and the last segment go on.
    #[inline(always)]
    fn at<R: Real>(&self, t: R) -> (R, R)
    where
        V: AsRef<[R::Scalar]>,
    {
        let (mut value, mut slope) = (R::zero(), R::zero());
        let points = || self.times.as_ref().iter().zip(self.values.as_ref());
        for (i, ((&from, &low), (&to, &high))) in points().zip(points().skip(1)).enumerate() {
            let own = R::splat((high - low) / (to - from));
            let here = own.mul_add(t - R::splat(from), R::splat(low));
            // The last segment that begins before t counts.
            let before = if i == 0 { -R::Scalar::INFINITY } else { from };
            value = R::select_lt(R::splat(before), t, here, value);
            slope = R::select_lt(R::splat(before), t, own, slope);
        }
        (value, slope)
    }
}
