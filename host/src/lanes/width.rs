//! The widths and precisions that a program can ask for, and their names on a command line.

use core::fmt;
use core::str::FromStr;

/// How many bits of numbers one instruction works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// 512-bit registers: AVX-512 with its F, DQ, VL and BW parts.
    W512,
    /// 256-bit registers: AVX2 with fused multiply-add.
    W256,
    /// Arrays that the compiler may turn into whatever vectors the target always has.
    Portable,
    /// One number at a time.
    Scalar,
}

impl Width {
    /// All widths, the widest first.
    pub const ALL: [Width; 4] = [Width::W512, Width::W256, Width::Portable, Width::Scalar];

    /// The best width that this machine has.
    pub fn detect() -> Width {
        Self::ALL.into_iter().find(|width| width.is_available()).unwrap_or(Width::Scalar)
    }

    /// Whether this machine has the instructions.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Width::W512 => super::x86::has_512(),
            #[cfg(target_arch = "x86_64")]
            Width::W256 => super::x86::has_256(),
            #[cfg(not(target_arch = "x86_64"))]
            Width::W512 | Width::W256 => false,
            Width::Portable | Width::Scalar => cfg!(not(nets_256_only)),
        }
    }

    /// The name that [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Width::W512 => "512",
            Width::W256 => "256",
            Width::Portable => "portable",
            Width::Scalar => "scalar",
        }
    }
}

/// The precision of positions, forces and network: log weights are in double precision whatever this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Precision {
    /// Both precisions, the faster first.
    pub const ALL: [Precision; 2] = [Precision::F32, Precision::F64];

    /// The name that [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }
}

/// A word that names no [`Width`] or [`Precision`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    word: String,
    kind: &'static str,
    known: Vec<&'static str>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} `{}`; known are {}", self.kind, self.word, self.known.join(", "))
    }
}

impl core::error::Error for UnknownName {}

macro_rules! named {
    ($t:ident, $kind:literal) => {
        impl fmt::Display for $t {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $t {
            type Err = UnknownName;

            fn from_str(word: &str) -> Result<Self, UnknownName> {
                Self::ALL.into_iter().find(|one| one.name() == word).ok_or_else(|| UnknownName {
                    word: word.to_owned(),
                    kind: $kind,
                    known: Self::ALL.map(Self::name).to_vec(),
                })
            }
        }
    };
}
named!(Width, "width");
named!(Precision, "precision");
