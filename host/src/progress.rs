//! How long work tells what it is doing, and learns that it should stop.

/// Where a computation stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// What is going on: "fitting", "training", "bounding the divergence", "sampling", "scanning epsilon", "pilot",
    /// "fitting the base", "comparing with SMC", "carrying samples back".
    pub stage: &'static str,
    /// Units of work done.
    pub done: u64,
    /// Units of work in all.
    pub total: u64,
    /// The loss, while training.
    pub loss: Option<f64>,
    /// The effective sample size as a fraction, where one is known.
    pub ess: Option<f64>,
}

/// Receives reports of long work, from one thread at a time.
pub trait Progress: Sync {
    /// Called often; the receiver decides what to show. Returns `false` to ask the work to stop: what was done is
    /// kept and returned.
    fn report(&self, status: &Status) -> bool;
}

/// Reports nothing and never stops.
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _status: &Status) -> bool {
        true
    }
}
