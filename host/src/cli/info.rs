//! `nets info` and `nets targets`.

use super::args::{InfoArgs, TargetsArgs};
use super::failure::Failure;
use super::{Ending, output};
use crate::model::Model;
use crate::summary::write_table;
use crate::target::Builtin;
use serde_json::{Map, Value, json};

pub(super) fn info(args: &InfoArgs) -> Result<Ending, Failure> {
    let model = Model::load(&args.model)?;
    let mut lines = model.describe();
    lines.push(("sha256".to_string(), model.checksum()));
    if args.json {
        let object: Map<String, Value> =
            lines.into_iter().map(|(name, value)| (name.replace(' ', "_"), Value::String(value))).collect();
        output::print(Value::Object(object));
    } else {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write_table(&mut text, &lines);
        output::print(text.trim_end());
    }
    Ok(Ending::Done)
}

pub(super) fn targets(args: &TargetsArgs) -> Result<Ending, Failure> {
    if args.json {
        let targets: Vec<Value> = Builtin::list()
            .iter()
            .map(|info| {
                json!({
                    "name": info.name,
                    "dimension": info.dimension,
                    "log_z": info.log_z,
                    "density": info.density,
                    "source": info.source,
                })
            })
            .collect();
        output::print(json!({ "targets": targets }));
        return Ok(Ending::Done);
    }
    let width = |column: fn(&crate::target::TargetInfo) -> &str| {
        Builtin::list().iter().map(|info| column(info).len()).max().unwrap_or(0)
    };
    let [name, dimension, log_z] = [
        width(|info| info.name).max("target".len()),
        width(|info| info.dimension).max("d".len()),
        width(|info| info.log_z).max("log Z".len()),
    ];
    output::print(format!("  {:<name$}  {:<dimension$}  {:<log_z$}  density", "target", "d", "log Z"));
    for info in Builtin::list() {
        let line = format!("  {:<name$}  {:<dimension$}  {:<log_z$}", info.name, info.dimension, info.log_z);
        output::print(format!("{line}  {} ({})", info.density, info.source));
    }
    Ok(Ending::Done)
}
