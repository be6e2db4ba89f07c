//! A drift as bytes: what `nets export --format binary` writes, for a program that loads a drift while it runs.
//!
//! All numbers are little-endian; the bytes may lie at any address.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | [`MAGIC`], `NETSDRFT` |
//! | 8 | 4 | [`VERSION`] of the format, 1 |
//! | 12 | 4 | [`Stored`]: 0 for numbers in double precision, 1 for single |
//! | 16 | 4 | [`Family`]: 1 for a network, 2 for local affine maps |
//! | 20 | 4 | `m`, the length of the shape |
//! | 24 | 8 | the length of all, in bytes |
//! | 32 | 8 `m` | the shape |
//! | 32 + 8 `m` | | the numbers, IEEE, all finite |
//! | length − 4 | 4 | [`crc32`] of all bytes before |
//!
//! | family | shape | numbers |
//! |---|---|---|
//! | network, [`Mlp`](super::Mlp) | `d + 1`, widths of the hidden layers, `d` | origin (`d`), input scale (`d`), output scale (`d`), then the parameters in [canonical order](super::mlp::layout) |
//! | local affine maps, [`LocalAffine`](super::LocalAffine) | `d`, block, gates, slices | times (slices), then for each slice and block those of its [`Experts`] |

mod crc;
mod read;

pub use crc::crc32;
pub use read::{MlpLengths, MlpMemory};

use super::local_affine::Experts;

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"NETSDRFT";
/// The version of the format.
pub const VERSION: u32 = 1;
/// Bytes before the shape.
pub const HEADER: usize = 32;
const CHECKSUM: usize = 4;

/// The precision of the numbers in the bytes. They can be read in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Stored {
    /// Double precision.
    F64 = 0,
    /// Single precision.
    F32 = 1,
}

/// The kind of the drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Family {
    /// A network.
    Mlp = 1,
    /// Local affine maps.
    LocalAffine = 2,
}

/// Why bytes are not a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesError {
    /// They do not begin as a drift does.
    Magic,
    /// There are fewer or more than the header says.
    Length,
    /// Their checksum is another.
    Checksum,
    /// They were written by a later version.
    Version,
    /// Precision, family and shape do not make a drift with as many numbers.
    Shape,
    /// A number is not finite, or times do not increase.
    Number,
}

impl core::fmt::Display for BytesError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            BytesError::Magic => "the bytes are not a drift: they do not begin with NETSDRFT",
            BytesError::Length => "the drift is cut short or has bytes too many",
            BytesError::Checksum => "the drift is damaged: its checksum does not fit",
            BytesError::Version => "the drift is in a format that this version does not know",
            BytesError::Shape => "the shape of the drift does not fit its numbers",
            BytesError::Number => "the drift has a number that is not finite, or times that do not increase",
        })
    }
}

impl core::error::Error for BytesError {}

/// Checked bytes.
#[derive(Clone, Copy, Debug)]
pub struct DriftBytes<'a> {
    stored: Stored,
    family: Family,
    shape: &'a [u8],
    numbers: &'a [u8],
}

impl<'a> DriftBytes<'a> {
    /// Checks everything that can be wrong with `bytes`.
    ///
    /// # Errors
    ///
    /// [`BytesError`]; every truncation and every single flipped bit is one.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BytesError> {
        if bytes.first_chunk() != Some(&MAGIC) {
            return Err(BytesError::Magic);
        }
        let Some((body, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else { return Err(BytesError::Length) };
        if word64(bytes, 24) != Some(bytes.len() as u64) || body.len() < HEADER {
            return Err(BytesError::Length);
        }
        if crc32(body) != u32::from_le_bytes(*checksum) {
            return Err(BytesError::Checksum);
        }
        if word32(body, 8) != Some(VERSION) {
            return Err(BytesError::Version);
        }
        let drift = DriftBytes::cut(body).filter(DriftBytes::fits).ok_or(BytesError::Shape)?;
        let finite = (0..drift.count()).all(|i| drift.number::<f64>(i).is_finite());
        let times = 0..if drift.family == Family::LocalAffine { drift.size(3) } else { 0 };
        let increase = times.clone().zip(times.skip(1)).all(|(i, j)| drift.number::<f64>(i) <= drift.number::<f64>(j));
        if finite && increase { Ok(drift) } else { Err(BytesError::Number) }
    }

    fn cut(body: &'a [u8]) -> Option<Self> {
        let stored = match word32(body, 12)? {
            0 => Stored::F64,
            1 => Stored::F32,
            _ => return None,
        };
        let family = match word32(body, 16)? {
            1 => Family::Mlp,
            2 => Family::LocalAffine,
            _ => return None,
        };
        let length = usize::try_from(word32(body, 20)?).ok()?.checked_mul(8)?;
        let (shape, numbers) = body.get(HEADER..)?.split_at_checked(length)?;
        Some(DriftBytes { stored, family, shape, numbers })
    }

    /// Whether there are as many numbers as the shape asks for, each of its sizes being a sensible one.
    fn fits(&self) -> bool {
        let wanted = match self.family {
            Family::Mlp => self.mlp_numbers(),
            Family::LocalAffine => self.local_affine_numbers(),
        };
        let bytes = wanted.and_then(|wanted| wanted.checked_mul(self.width()));
        bytes == Some(self.numbers.len()) && self.sizes().all(|size| size <= self.numbers.len())
    }

    fn mlp_numbers(&self) -> Option<usize> {
        let d = self.sizes().last()?;
        let fits = self.shape.len() > 8 && self.size(0) == d.checked_add(1)? && self.sizes().all(|width| width > 0);
        let layer = |(inputs, outputs): (usize, usize)| inputs.checked_add(1)?.checked_mul(outputs);
        let mut numbers = d.checked_mul(3)?;
        for pair in self.layers() {
            numbers = numbers.checked_add(layer(pair)?)?;
        }
        fits.then_some(numbers)
    }

    fn local_affine_numbers(&self) -> Option<usize> {
        let (d, block, gates, slices) = (self.size(0), self.size(1), self.size(2), self.size(3));
        if self.shape.len() != 32 || d == 0 || gates == 0 || slices == 0 || (block != d && block != 1) {
            return None;
        }
        // As `Experts::len`, which may overflow on what is not a drift.
        let gate = block.checked_mul(block)?.checked_add(block.checked_mul(2)?)?;
        let experts = gate.checked_mul(gates.checked_add(1)?)?.checked_add(2)?;
        debug_assert_eq!(experts, Experts::<f64>::len(block, gates));
        experts.checked_mul(d / block.max(1))?.checked_add(1)?.checked_mul(slices)
    }

    /// Size `i` of the shape; 0 beyond its end, and for one that does not fit into memory.
    fn size(&self, i: usize) -> usize {
        self.sizes().nth(i).unwrap_or(0)
    }

    fn sizes(&self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator + use<'a> {
        let (sizes, _) = self.shape.as_chunks();
        sizes.iter().map(|&size| usize::try_from(u64::from_le_bytes(size)).unwrap_or(0))
    }

    /// Inputs and outputs of each layer of a network.
    fn layers(&self) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        self.sizes().zip(self.sizes().skip(1))
    }

    /// The precision that the numbers are stored in.
    pub fn stored(&self) -> Stored {
        self.stored
    }

    /// The kind of the drift.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The dimension `d`.
    pub fn dim(&self) -> usize {
        match self.family {
            Family::Mlp => self.sizes().next_back().unwrap_or(0),
            Family::LocalAffine => self.size(0),
        }
    }

    /// How many numbers were fitted: weights and biases, or those of all experts.
    pub fn parameters(&self) -> usize {
        let others = match self.family {
            Family::Mlp => 3 * self.dim(),
            Family::LocalAffine => self.size(3),
        };
        self.count() - others
    }

    /// Bytes of a number.
    fn width(&self) -> usize {
        match self.stored {
            Stored::F64 => 8,
            Stored::F32 => 4,
        }
    }

    /// How many numbers there are.
    fn count(&self) -> usize {
        self.numbers.len() / self.width()
    }
}

fn word32(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|&word| u32::from_le_bytes(word))
}

fn word64(bytes: &[u8], offset: usize) -> Option<u64> {
    bytes.get(offset..)?.first_chunk().map(|&word| u64::from_le_bytes(word))
}
