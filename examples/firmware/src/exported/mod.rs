//! What `nets export` wrote: `check.sh` trains the models and fills this folder.

#[rustfmt::skip]
pub mod features_f32;
#[rustfmt::skip]
pub mod features_f64;
#[rustfmt::skip]
pub mod mlp_f32;
#[rustfmt::skip]
pub mod mlp_f64;
