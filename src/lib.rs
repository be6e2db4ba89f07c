//! Kernel of NETS, the Non-Equilibrium Transport Sampler (M. S. Albergo and E. Vanden-Eijnden, arXiv 2410.02711).
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

pub mod drift;
pub mod grid;
pub mod math;
pub mod path;
pub mod potential;
pub mod real;
pub mod resample;
pub mod rng;
pub mod sampler;
pub mod step;
pub mod weight;
