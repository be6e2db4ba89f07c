//! `nets export`.

use super::args::{ExportArgs, LanguageName};
use super::failure::Failure;
use super::{Ending, output};
use crate::model::{Language, Model};

pub(super) fn export(args: &ExportArgs) -> Result<Ending, Failure> {
    let model = Model::load(&args.model)?;
    let bytes = match args.format {
        LanguageName::C => model.export(Language::C, args.precision)?.into_bytes(),
        LanguageName::Rust => model.export(Language::Rust, args.precision)?.into_bytes(),
        LanguageName::Binary => model.export_bytes(args.precision)?,
    };
    match &args.out {
        Some(path) => {
            output::check(path)?;
            output::write(path, &bytes)?;
        }
        None => output::print_bytes(&bytes),
    }
    Ok(Ending::Done)
}
