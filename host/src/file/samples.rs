//! Samples `*.npz`, as NumPy, ArviZ and Julia's NPZ read them.
//!
//! | array | shape | |
//! |---|---|---|
//! | `x` | `(n, d)` | positions |
//! | `log_weight` | `(n)` | log weights `A`, not normalised |
//! | `walker_id` | `(n)` | numbers of the walkers |
//! | `ess_path` | `(K + 1)` | ESS fraction along the path |
//! | `t` | `(K + 1)` | its times |
//!
//! How many walkers there are is known at the end of a run only, for it may be interrupted, but the archive wants it
//! first. So positions wait in a nameless temporary file, and memory holds the weights alone.

use super::atomic::{AtomicFile, folder};
use crate::engine::{Outcome, Sink};
use npyz::{DType, WriteOptions, WriterBuilder};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const NUMBER: u64 = size_of::<f64>() as u64;

/// A samples file in the making: give it to [`crate::engine::sample`], then call [`SampleFile::finish`].
pub struct SampleFile {
    dim: usize,
    file: AtomicFile,
    positions: BufWriter<File>,
    log_weights: Vec<f64>,
    walkers: Vec<u64>,
}

impl Sink for SampleFile {
    fn block(&mut self, first_walker: u64, x: &[f64], log_weights: &[f64]) -> io::Result<()> {
        debug_assert_eq!(x.len(), self.dim * log_weights.len());
        for number in x {
            self.positions.write_all(&number.to_le_bytes())?;
        }
        self.log_weights.extend_from_slice(log_weights);
        self.walkers.extend((first_walker..).take(log_weights.len()));
        Ok(())
    }
}

impl SampleFile {
    /// Starts the samples file of walkers in `dim` dimensions that will appear at `path`.
    pub fn create(path: &Path, dim: usize) -> io::Result<SampleFile> {
        Ok(SampleFile {
            dim,
            file: AtomicFile::create(path)?,
            positions: BufWriter::with_capacity(1 << 16, tempfile::tempfile_in(folder(path))?),
            log_weights: vec![],
            walkers: vec![],
        })
    }

    /// Log weights so far.
    pub fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// Positions of the walkers at `rows`, in ascending order.
    pub fn rows(&mut self, rows: &[usize]) -> io::Result<Vec<f64>> {
        let row_bytes = self.dim as u64 * NUMBER;
        let mut reader = rewound(&mut self.positions)?;
        let (mut bytes, mut at) = (vec![0; row_bytes as usize], 0);
        let mut x = Vec::with_capacity(rows.len() * self.dim);
        for &row in rows {
            let start = row as u64 * row_bytes;
            // A relative seek keeps what the reader has buffered.
            reader.seek_relative(start as i64 - at as i64)?;
            reader.read_exact(&mut bytes)?;
            at = start + row_bytes;
            x.extend(numbers(&bytes));
        }
        Ok(x)
    }

    /// Calls `visit` with every position, in order.
    pub fn for_each(&mut self, mut visit: impl FnMut(&[f64])) -> io::Result<()> {
        let count = self.log_weights.len();
        let (mut bytes, mut x) = (vec![0; self.dim * NUMBER as usize], vec![0.0; self.dim]);
        let mut reader = rewound(&mut self.positions)?;
        for _ in 0..count {
            reader.read_exact(&mut bytes)?;
            for (x, number) in x.iter_mut().zip(numbers(&bytes)) {
                *x = number;
            }
            visit(&x);
        }
        Ok(())
    }

    /// Writes the archive and gives it its name.
    pub fn finish(mut self, outcome: &Outcome) -> io::Result<()> {
        self.write_archive(outcome)?;
        self.file.commit()
    }

    fn write_archive(&mut self, outcome: &Outcome) -> io::Result<()> {
        let n = self.log_weights.len() as u64;
        let mut positions = rewound(&mut self.positions)?;
        let mut archive = Archive(ZipWriter::new(self.file.writer()));
        archive.header("x", "<f8", &[n, self.dim as u64])?;
        let copied = io::copy(&mut positions, &mut archive.0)?;
        if copied != n * self.dim as u64 * NUMBER {
            return Err(io::Error::other(format!("{copied} bytes of positions were kept for {n} walkers")));
        }
        archive.reals("log_weight", &self.log_weights)?;
        archive.column("walker_id", "<u8", self.walkers.iter().map(|walker| walker.to_le_bytes()))?;
        archive.reals("ess_path", &outcome.ess_path)?;
        archive.reals("log_z_path", &outcome.log_z_path)?;
        archive.reals("log_z_path_stderr", &outcome.log_z_path_stderr)?;
        archive.reals("t", &outcome.times)?;
        archive.0.finish()?;
        Ok(())
    }
}

/// Reads what was written, from the start.
fn rewound(written: &mut BufWriter<File>) -> io::Result<BufReader<&File>> {
    written.flush()?;
    let mut file = written.get_ref();
    file.seek(SeekFrom::Start(0))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = f64> {
    bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes))
}

/// An archive of arrays, uncompressed: samples are noise, and NumPy can map them.
struct Archive<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Archive<W> {
    /// Starts an array; its numbers follow.
    fn header(&mut self, name: &str, dtype: &str, shape: &[u64]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            // A fixed date, so that the same run writes the same bytes.
            .last_modified_time(DateTime::default())
            .large_file(shape.iter().product::<u64>() * NUMBER >= u64::from(u32::MAX) / 2);
        self.0.start_file(format!("{name}.npy"), options)?;
        let dtype = DType::new_scalar(dtype.parse().expect("it is a NumPy type"));
        WriteOptions::new_header_only().dtype(dtype).shape(shape).writer(&mut self.0).write_header_only().map(drop)
    }

    fn column<const N: usize>(
        &mut self,
        name: &str,
        dtype: &str,
        values: impl ExactSizeIterator<Item = [u8; N]>,
    ) -> io::Result<()> {
        self.header(name, dtype, &[values.len() as u64])?;
        let bytes: Vec<u8> = values.flatten().collect();
        self.0.write_all(&bytes)
    }

    fn reals(&mut self, name: &str, values: &[f64]) -> io::Result<()> {
        self.column(name, "<f8", values.iter().map(|value| value.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::NpyFile;
    use zip::ZipArchive;

    fn outcome(ess_path: Vec<f64>, times: Vec<f64>) -> Outcome {
        Outcome {
            walkers: 3,
            interrupted: false,
            log_z: 0.0,
            log_z_stderr: 0.0,
            ess: 1.0,
            max_weight: 0.5,
            times,
            ess_path,
            log_z_path: vec![0.0, 0.5],
            log_z_path_stderr: vec![0.0, 0.25],
            lost_walkers: 0,
            resamplings: 0,
            acceptance: None,
            seconds: 0.0,
        }
    }

    fn read<T: npyz::Deserialize>(path: &Path, name: &str) -> (Vec<u64>, Vec<T>) {
        let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
        let array = NpyFile::new(archive.by_name(&format!("{name}.npy")).unwrap()).unwrap();
        (array.shape().to_vec(), array.into_vec().unwrap())
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.npz");
        let mut file = SampleFile::create(&path, 2).unwrap();
        file.block(0, &[0.0, 0.5, 1.0, 1.5], &[-1.0, f64::NEG_INFINITY]).unwrap();
        file.block(2, &[2.0, 2.5], &[-3.0]).unwrap();
        assert!(!path.exists(), "the name appears when the file is whole");
        assert_eq!(file.rows(&[0, 0, 2]).unwrap(), [0.0, 0.5, 0.0, 0.5, 2.0, 2.5]);
        let mut first = vec![];
        file.for_each(|x| first.push(x[0])).unwrap();
        assert_eq!(first, [0.0, 1.0, 2.0]);
        file.finish(&outcome(vec![1.0, 0.5], vec![0.0, 1.0])).unwrap();

        assert_eq!(read(&path, "x"), (vec![3, 2], vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5]));
        assert_eq!(read(&path, "log_weight"), (vec![3], vec![-1.0, f64::NEG_INFINITY, -3.0]));
        assert_eq!(read(&path, "walker_id"), (vec![3], vec![0u64, 1, 2]));
        assert_eq!(read(&path, "ess_path"), (vec![2], vec![1.0, 0.5]));
        assert_eq!(read(&path, "log_z_path"), (vec![2], vec![0.0, 0.5]));
        assert_eq!(read(&path, "log_z_path_stderr"), (vec![2], vec![0.0, 0.25]));
        assert_eq!(read(&path, "t"), (vec![2], vec![0.0, 1.0]));
    }
}
