//! The C header.

use super::{Array, Constants, Family, Kind, wrap};
use crate::lanes::Precision;
use std::fmt::Write;

/// What the arrays mean together.
const NETWORK: &str = "b(t, x): inputs u = ((x - center) * input_scale, 4 t - 2); hidden layers y = phi(bias + weights u) with phi(z) = z / (1 + exp(-z)); outputs b = output_scale * (bias + weights y). Sums run over the inputs in order, in fused multiply-adds.";
const FEATURES: &str = "b(t, x) = sum_j p_j (v_j + A_j z_j) + v_0 + A_0 z_0 with z_j = (x - c_j) / h, z_0 = (x - m) / s and p = softmax_j(-|z_j|^2 / 2), in the time slice that t lies in.";

pub(super) fn header(about: &[String], constants: &Constants, precision: Precision) -> String {
    let mut text = String::new();
    let meaning = match constants.family {
        Family::Mlp => NETWORK,
        Family::LocalAffine => FEATURES,
    };
    comment(&mut text, about.iter().flat_map(|line| wrap(line, 115)).chain([String::new()]).chain(wrap(meaning, 115)));
    text += "#ifndef NETS_DRIFT_H\n#define NETS_DRIFT_H\n\n#include <stddef.h>\n";
    for (name, meaning, size) in &constants.sizes {
        text += &format!("\n/* {meaning} */\n#define NETS_DRIFT_{} {size}\n", name.to_uppercase());
    }
    for array in &constants.arrays {
        // Writing to a string cannot fail.
        let _ = write_array(&mut text, array, precision);
    }
    text + "\n#endif\n"
}

fn comment(text: &mut String, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.map(|line| format!(" {line}")).collect();
    *text += &format!("/*{} */\n", lines.join("\n *").replace("* \n", "*\n"));
}

fn write_array(text: &mut String, array: &Array, precision: Precision) -> std::fmt::Result {
    let (number, suffix) = match precision {
        Precision::F32 => ("float", "f"),
        Precision::F64 => ("double", ""),
    };
    let (name, len, width) = (array.name, array.len(), array.width());
    writeln!(text)?;
    comment(text, wrap(array.meaning, 114).into_iter());
    let suffix = if array.kind == Kind::Sizes { "" } else { suffix };
    match array.kind {
        Kind::Sizes => writeln!(text, "static const size_t nets_drift_{name}[{len}] = {{")?,
        Kind::Numbers => writeln!(text, "static const {number} nets_drift_{name}[{len}] = {{")?,
        Kind::Rows => writeln!(text, "static const {number} nets_drift_{name}[{len}][{width}] = {{")?,
    }
    for row in &array.rows {
        let numbers: Vec<String> = row.iter().map(|number| format!("{number}{suffix}")).collect();
        let numbers = numbers.join(", ");
        if array.kind == Kind::Rows { writeln!(text, "    {{{numbers}}},")? } else { writeln!(text, "    {numbers},")? }
    }
    writeln!(text, "}};")
}
