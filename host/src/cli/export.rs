//! `nets export`.

use super::args::{ExportArgs, LanguageName};
use super::failure::Failure;
use super::{Ending, output};
use crate::model::{Language, Model};

pub(super) fn export(args: &ExportArgs) -> Result<Ending, Failure> {
    let language = match args.format {
        LanguageName::C => Language::C,
        LanguageName::Rust => Language::Rust,
    };
    let text = Model::load(&args.model)?.export(language, args.precision)?;
    match &args.out {
        Some(path) => {
            output::check(path)?;
            output::write(path, &text)?;
        }
        None => output::print(text.trim_end()),
    }
    Ok(Ending::Done)
}
