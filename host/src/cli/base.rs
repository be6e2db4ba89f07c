//! Where walkers of a target from a library start.

use super::failure::Failure;
use super::progress::Display;
use crate::engine::{Plan, fit_base};
use crate::model::Model;
use crate::summary::Base;
use crate::target::{Frame, Named, Target};

/// Gives a target from a library the base of `model`, or fits one if there is no model, unless the user gave it; says which
/// it is and how long that took. `None` for built-in targets, which bring their own.
///
/// # Errors
///
/// As [`fit_base`], or a model that is not for the target.
pub(super) fn settle(
    target: &mut Named,
    model: Option<&Model>,
    plan: &Plan,
    display: &Display,
) -> Result<Option<(Base, f64)>, Failure> {
    let (mut origin, mut passes, mut seconds) = ("given", None, 0.0);
    if target.frame().is_none() {
        match (model, &mut *target) {
            (Some(model), target) => {
                origin = "model";
                target.take_base(model);
            }
            (None, Named::Library(library)) => {
                let framed = |frame: Frame| library.framed(frame).expect("it has no base yet");
                let found = fit_base(library.dim(), &framed, plan, display)?;
                *library = framed(found.frame);
                (origin, passes, seconds) = ("fitted", Some(found.passes), found.seconds);
            }
            (None, Named::Builtin(_)) => {}
        }
    }
    if let Some(model) = model {
        model.check(target)?;
    }
    let base = |frame: &Frame| Base { origin, passes, mean: frame.mean().to_vec(), sd: frame.sd().to_vec() };
    Ok(target.frame().map(|frame| (base(frame), seconds)))
}
