//! The Rust module.

use super::{Array, Constants, Family, Kind, TILE, wrap};
use crate::lanes::Precision;
use std::fmt::Write;

pub(super) fn module(about: &[String], constants: &Constants, precision: Precision) -> String {
    let mut text = String::new();
    for line in about.iter().flat_map(|line| wrap(line, 115)) {
        text += &format!("//! {line}\n");
    }
    let (types, drift) = match constants.family {
        Family::Mlp => ("mlp::{Mlp, Scaling}", network(precision)),
        Family::LocalAffine => ("LocalAffine", features(precision, constants)),
    };
    // Formatted in rows, and a number that looks like a famous one is one by chance.
    text += "#![cfg_attr(rustfmt, rustfmt_skip)]\n#![allow(clippy::approx_constant)]\n";
    text += &format!("\nuse nets_kernel::drift::{types};\n\n/// The drift.\n{drift}");
    for array in &constants.arrays {
        // Writing to a string cannot fail.
        let _ = write_array(&mut text, array, precision);
    }
    text
}

fn network(precision: Precision) -> String {
    format!(
        "pub static DRIFT: Mlp<'static, {precision}, {TILE}> = Mlp {{
    sizes: &SIZES,
    hidden: &HIDDEN,
    output: &OUTPUT,
    scaling: Scaling {{ center: &CENTER, input: &INPUT_SCALE, output: &OUTPUT_SCALE }},
}};
"
    )
}

fn features(precision: Precision, constants: &Constants) -> String {
    let mut text = format!("pub static DRIFT: LocalAffine<&'static [{precision}]> = LocalAffine {{\n");
    for (name, _, size) in &constants.sizes {
        text += &format!("    {name}: {size},\n");
    }
    text + "    times: &TIMES,\n    numbers: &NUMBERS,\n};\n"
}

fn write_array(text: &mut String, array: &Array, precision: Precision) -> std::fmt::Result {
    writeln!(text)?;
    for line in wrap(array.meaning, 116) {
        writeln!(text, "/// {line}")?;
    }
    let (name, len, width) = (array.name.to_uppercase(), array.len(), array.width());
    let item = match array.kind {
        Kind::Sizes => "usize".to_string(),
        Kind::Numbers => precision.to_string(),
        Kind::Rows => format!("[{precision}; {width}]"),
    };
    writeln!(text, "static {name}: [{item}; {len}] = [")?;
    for row in &array.rows {
        let numbers = row.join(", ");
        if array.kind == Kind::Rows { writeln!(text, "    [{numbers}],")? } else { writeln!(text, "    {numbers},")? }
    }
    writeln!(text, "];")
}
