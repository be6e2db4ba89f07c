//! Tables of numbers in text: rows by lines, columns by commas.

use std::fs;

/// Numbers in equal rows, and where they stood.
#[derive(Debug)]
pub(super) struct Table {
    file: String,
    pub(super) columns: usize,
    /// Row-major.
    pub(super) values: Vec<f64>,
    /// The line of each row, from 1.
    lines: Vec<usize>,
}

impl Table {
    /// Reads the file. Errors say where.
    pub(super) fn read(file: &str) -> Result<Table, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
        Table::parse(file, &text)
    }

    /// Parses the text of `file`. Empty lines do not count, nor does a first line whose first field is not a number: it
    /// names the columns.
    fn parse(file: &str, text: &str) -> Result<Table, String> {
        let mut table = Table { file: file.to_string(), columns: 0, values: vec![], lines: vec![] };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let is_header = |line: &str| line.split(',').next().is_some_and(|field| field.trim().parse::<f64>().is_err());
        for (place, (index, line)) in lines.enumerate() {
            if place == 0 && is_header(line) {
                continue;
            }
            let before = table.values.len();
            for (column, field) in line.split(',').enumerate() {
                let place = || format!("{file}, line {}, column {}", index + 1, column + 1);
                match field.trim().parse::<f64>() {
                    Ok(number) if number.is_finite() => table.values.push(number),
                    _ => return Err(format!("{}: `{}` is not a number", place(), field.trim())),
                }
            }
            let columns = table.values.len() - before;
            if table.lines.is_empty() {
                table.columns = columns;
            }
            if columns != table.columns {
                let expected = table.columns;
                return Err(format!("{file}, line {}: {columns} columns, where there were {expected}", index + 1));
            }
            table.lines.push(index + 1);
        }
        if table.lines.is_empty() { Err(format!("{file} holds no numbers")) } else { Ok(table) }
    }

    /// Where the number is, both counted from 0.
    pub(super) fn place(&self, row: usize, column: usize) -> String {
        format!("{}, line {}, column {}", self.file, self.lines[row], column + 1)
    }

    /// The rows.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns)
    }
}

/// The numbers of a file that comes with the program.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    Table::parse("data", text).expect("the file holds numbers").values
}
