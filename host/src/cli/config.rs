//! Configuration files: every flag as a key, put before the arguments that were typed, which therefore win.

use super::args::Cli;
use super::failure::Failure;
use clap::CommandFactory;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::Path;
use toml::{Table, Value};

/// The command line `words` with the contents of `file` after the command's name.
pub(super) fn with_file(words: &[OsString], file: &Path) -> Result<Vec<OsString>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("cannot read the configuration {}: {error}", file.display())))?;
    let table: Table = text
        .parse()
        .map_err(|error| Failure::usage(format!("the configuration {} is not TOML: {error}", file.display())))?;
    let (head, typed) = words.split_at(2.min(words.len()));
    let command = head.last().and_then(|name| name.to_str()).unwrap_or_default();
    let mut words = head.to_vec();
    for (key, value) in &table {
        if let Some(flag) = flag(command, key, value, &file.display())? {
            words.push(flag.into());
        }
    }
    words.extend_from_slice(typed);
    Ok(words)
}

/// The argument that an entry of `file` stands for, if `command` takes it. One file may serve several commands.
pub(super) fn flag(command: &str, key: &str, value: &Value, file: &dyn Display) -> Result<Option<String>, Failure> {
    let cli = Cli::command();
    let flags = |command: &clap::Command| -> Vec<String> {
        command.get_arguments().filter_map(|argument| argument.get_long()).map(String::from).collect()
    };
    let all: Vec<String> = cli.get_subcommands().flat_map(flags).collect();
    if !all.iter().any(|flag| flag == key) || key == "config" {
        let nearest = all.iter().max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
        let failure = Failure::usage(format!("unknown key `{key}` in {file}"));
        return Err(
            failure.hint(format!("keys are the names of flags; the nearest is `{}`", nearest.map_or("", |s| s)))
        );
    }
    let wrong = |found: &str| {
        let message = format!("key `{key}` in {file} is {found}; it takes a number, a string or true");
        Err(Failure::usage(message))
    };
    let value = match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(true) => None,
        Value::Boolean(false) => return Ok(None),
        Value::Datetime(_) => return wrong("a date"),
        Value::Array(_) => return wrong("a list"),
        Value::Table(_) => return wrong("a table"),
    };
    let taken = cli.find_subcommand(command).is_some_and(|command| flags(command).iter().any(|flag| flag == key));
    Ok(taken.then(|| match value {
        Some(value) => format!("--{key}={value}"),
        None => format!("--{key}"),
    }))
}
