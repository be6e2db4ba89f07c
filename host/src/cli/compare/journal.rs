//! The rows that are done, one line of JSON each, in a file that survives whatever ends the process.

use super::super::failure::Failure;
use super::row::Row;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file, and the rows in it.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    rows: Vec<Row>,
}

impl Journal {
    /// Opens the file at `path`, or starts it. A last line that was being written when the process ended is cut off.
    pub fn open(path: &Path) -> Result<Journal, Failure> {
        let unusable = |problem: String| Failure::usage(format!("cannot use {}: {problem}", path.display()));
        let reading = |error: std::io::Error| unusable(error.to_string());
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(reading)?;
        file.try_lock().map_err(|error| {
            unusable(error.to_string()).hint("another `nets compare` is at work there; choose another --out-dir")
        })?;
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(reading)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let mut rows = vec![];
        for (number, line) in bytes[..whole].split_inclusive(|&byte| byte == b'\n').enumerate() {
            let row = serde_json::from_slice(line)
                .map_err(|error| unusable(format!("line {} is no row: {error}", number + 1)))?;
            rows.push(row);
        }
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(reading)?;
        Ok(Journal { path: path.into(), file, rows })
    }

    /// The row with this key, the last one if there are several.
    pub fn find(&self, key: &str) -> Option<&Row> {
        self.rows.iter().rev().find(|row| row.key == key)
    }

    /// Adds a row and brings it to the disk.
    pub fn add(&mut self, row: Row) -> Result<(), Failure> {
        let line = serde_json::to_string(&row).expect("a row is plain data") + "\n";
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(|error| Failure::writing(&self.path, &error))?;
        self.rows.push(row);
        Ok(())
    }
}
