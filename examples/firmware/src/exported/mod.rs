//! What `nets export` wrote: `check.sh` trains the models and fills this folder.

pub mod features_f32;
pub mod features_f64;
pub mod mlp_f32;
pub mod mlp_f64;
