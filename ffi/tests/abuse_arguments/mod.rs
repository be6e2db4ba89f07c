//! Arguments that know how they can be wrong.

use crate::common::info;
use nets_ffi::*;
use std::ffi::c_void;
use std::ptr::null_mut;

/// An argument that is right.
#[derive(Clone)]
pub struct Argument {
    kind: Kind,
    /// What it is, unless it is an address.
    value: Raw,
    /// What it points to, in a test's own copy.
    memory: Vec<u64>,
}

/// What an argument is, which says how it can be wrong.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// An array; `aligned` unless it is one of bytes.
    Array {
        nullable: bool,
        aligned: bool,
        finite: Option<usize>,
    },
    Count,
    Stride,
    Bytes,
    Step,
    Float,
    Enum,
    Any,
    Size,
    Object {
        nullable: bool,
    },
    Callback,
    Workspace,
    Struct,
    Walkers,
}

/// An argument as it is handed over: a number, an address, or a floating-point number.
#[derive(Clone, Copy, Default)]
pub struct Raw {
    word: u64,
    float: f64,
}

/// What functions take.
pub trait FromRaw {
    fn from_raw(raw: Raw) -> Self;
}

macro_rules! from_word {
    ($($t:ty),*) => {
        $(impl FromRaw for $t {
            fn from_raw(raw: Raw) -> $t {
                raw.word as $t
            }
        })*
    };
}
from_word!(i64, u64, i32, u32);
impl FromRaw for f64 {
    fn from_raw(raw: Raw) -> f64 {
        raw.float
    }
}
impl FromRaw for f32 {
    fn from_raw(raw: Raw) -> f32 {
        raw.float as f32
    }
}
impl<T> FromRaw for *const T {
    fn from_raw(raw: Raw) -> *const T {
        raw.word as usize as *const T
    }
}
impl<T> FromRaw for *mut T {
    fn from_raw(raw: Raw) -> *mut T {
        raw.word as usize as *mut T
    }
}
macro_rules! from_address {
    ($($argument:ident)*) => {
        impl<$($argument),*> FromRaw for Option<unsafe extern "C" fn($($argument),*) -> i32> {
            fn from_raw(raw: Raw) -> Self {
                // SAFETY: null, or the address of such a function: the rows see to it.
                unsafe { std::mem::transmute(raw.word as usize) }
            }
        }
    };
}
from_address!(A B C);
from_address!(A B C D E F G H);

/// Words that hold the bytes of `values`.
fn words<T: Copy>(values: &[T]) -> Vec<u64> {
    let bytes = size_of_val(values);
    let mut words = vec![0u64; bytes.div_ceil(8)];
    // SAFETY: there is room for as many bytes.
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), words.as_mut_ptr().cast(), bytes) };
    words
}

impl Argument {
    fn number(kind: Kind, word: u64) -> Self {
        Argument { kind, value: Raw { word, float: 0.0 }, memory: vec![] }
    }

    fn pointer(kind: Kind, memory: Vec<u64>) -> Self {
        Argument { kind, value: Raw::default(), memory }
    }

    /// An array that is read.
    pub fn read<T: Copy>(values: Vec<T>) -> Self {
        let aligned = align_of::<T>() > 1;
        Argument::pointer(Kind::Array { nullable: false, aligned, finite: None }, words(&values))
    }

    /// An array that is read, and whose numbers have to be finite, of `element` bytes each.
    pub fn finite<T: Copy>(values: Vec<T>) -> Self {
        let finite = Some(size_of::<T>());
        Argument::pointer(Kind::Array { nullable: false, aligned: true, finite }, words(&values))
    }

    /// Room for `n` values.
    pub fn write<T>(n: usize) -> Self {
        let memory = vec![0x5a5a_5a5a_5a5a_5a5a; (n * size_of::<T>()).div_ceil(8)];
        Argument::pointer(Kind::Array { nullable: false, aligned: true, finite: None }, memory)
    }

    /// Room for `n` values, or null.
    pub fn maybe_write<T>(n: usize) -> Self {
        Argument { kind: Kind::Array { nullable: true, aligned: true, finite: None }, ..Argument::write::<T>(n) }
    }

    /// A structure with `struct_size` first.
    pub fn structure<T: Copy>(value: T) -> Self {
        Argument::pointer(Kind::Struct, words(&[value]))
    }

    /// Room for a structure of `size` bytes, which only its first field is set in.
    pub fn structure_out(size: usize) -> Self {
        let mut memory = vec![0x5a5a_5a5a_5a5a_5a5a; size.div_ceil(8)];
        memory[0] = size as u64;
        Argument::pointer(Kind::Struct, memory)
    }

    /// `Walkers` of numbers of `number` bytes, 3 in 2 dimensions, with their arrays behind the structure.
    pub fn walkers(number: usize) -> Self {
        let mut memory = vec![0; 11];
        let array = |bytes: usize| bytes.div_ceil(8);
        memory[..4].copy_from_slice(&[size_of::<Walkers<f64>>() as u64, 3, 2, 2]);
        let mut lengths = [array(6 * number); 7];
        (lengths[4], lengths[5], lengths[6]) = (array(3 * number), 3, 2);
        for (field, length) in lengths.into_iter().enumerate() {
            // Where the array is, in words from the start; made an address in each trial.
            memory[4 + field] = memory.len() as u64;
            memory.extend(vec![0; length]);
        }
        Argument::pointer(Kind::Walkers, memory)
    }

    pub fn count(n: i64) -> Self {
        Argument::number(Kind::Count, n as u64)
    }
    pub fn stride(stride: i64) -> Self {
        Argument::number(Kind::Stride, stride as u64)
    }
    pub fn step(step: i64) -> Self {
        Argument::number(Kind::Step, step as u64)
    }
    pub fn choice(constant: i32) -> Self {
        Argument::number(Kind::Enum, constant as u64)
    }
    pub fn any(word: u64) -> Self {
        Argument::number(Kind::Any, word)
    }
    pub fn size(size: usize) -> Self {
        Argument::number(Kind::Size, size as u64)
    }
    pub fn float(float: f64) -> Self {
        Argument { kind: Kind::Float, value: Raw { word: 0, float }, memory: vec![] }
    }
    pub fn object(object: *mut c_void) -> Self {
        Argument::number(Kind::Object { nullable: false }, object as usize as u64)
    }
    pub fn maybe_object(object: *mut c_void) -> Self {
        Argument::number(Kind::Object { nullable: true }, object as usize as u64)
    }
    pub fn callback(function: *const c_void) -> Self {
        Argument::number(Kind::Callback, function as usize as u64)
    }
    /// Memory of 1 MiB; what it holds means nothing.
    pub fn workspace() -> Self {
        Argument::pointer(Kind::Workspace, vec![u64::MAX; 1 << 17])
    }
    /// Its bytes.
    pub fn bytes() -> Self {
        Argument::number(Kind::Bytes, 1 << 20)
    }
    /// Working memory of `n` numbers, without a count.
    pub fn scratch<T>(n: usize) -> Self {
        Argument { kind: Kind::Workspace, ..Argument::write::<T>(n) }
    }

    /// Ways to be wrong: what it becomes, and the codes that are right then.
    fn wrong(&self) -> Vec<(Wrong, &'static [i32])> {
        let words = |words: &[i64], codes: &'static [i32]| -> Vec<(Wrong, &'static [i32])> {
            words.iter().map(|&word| (Wrong::Word(word as u64), codes)).collect()
        };
        let pointer: [(Wrong, &'static [i32]); 2] =
            [(Wrong::Word(0), &[NETS_ERR_NULL]), (Wrong::Moved, &[NETS_ERR_ALIGNMENT])];
        match self.kind {
            Kind::Array { nullable, aligned, finite } => {
                let mut wrong = pointer[usize::from(nullable)..if aligned { 2 } else { 1 }].to_vec();
                if let Some(size) = finite {
                    wrong
                        .extend([f64::NAN, f64::INFINITY].map(|bad| (Wrong::Number(size, bad), &[NETS_ERR_RANGE][..])));
                }
                wrong
            }
            Kind::Count => words(&[0, -1, i64::MIN, i64::MAX], &[NETS_ERR_LENGTH, NETS_ERR_MODEL]),
            Kind::Stride => words(&[0, -1, 1, i64::MIN, i64::MAX], &[NETS_ERR_LENGTH]),
            Kind::Bytes => words(&[0, -1, 8, i64::MIN], &[NETS_ERR_MEMORY]),
            Kind::Step => words(&[-1, i64::MIN], &[NETS_ERR_RANGE]),
            Kind::Float => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
                .map(|bad| (Wrong::Float(bad), &[NETS_ERR_RANGE][..]))
                .to_vec(),
            Kind::Enum => words(&[-1, 99, i64::from(i32::MIN)], &[NETS_ERR_RANGE]),
            Kind::Any => vec![],
            Kind::Size => words(&[0, 4, self.value.word as i64 - 1], &[NETS_ERR_STRUCT_SIZE]),
            Kind::Object { nullable } => {
                let mut wrong = pointer[usize::from(nullable)..].to_vec();
                wrong.push((Wrong::Junk, &[NETS_ERR_OBJECT]));
                wrong
            }
            Kind::Callback => pointer[..1].to_vec(),
            Kind::Workspace => pointer.to_vec(),
            Kind::Struct | Kind::Walkers => {
                let mut wrong = pointer.to_vec();
                wrong.extend([0, 4].map(|size| (Wrong::StructSize(size), &[NETS_ERR_STRUCT_SIZE][..])));
                wrong
            }
        }
    }
}

/// How an argument is wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Word(u64),
    Float(f64),
    /// One byte on.
    Moved,
    /// The last number of an array, of so many bytes, is this.
    Number(usize, f64),
    StructSize(u32),
    /// Memory that holds no object.
    Junk,
}

/// Hands arguments over to a function.
type Call = Box<dyn Fn(&[Raw], *mut ErrorInfo) -> i32>;

/// A function and right arguments for it.
pub struct Row {
    pub name: &'static str,
    pub arguments: Vec<Argument>,
    pub call: Call,
}

/// A row of the table.
macro_rules! row {
    ($function:ident; $($argument:expr),* $(,)?) => {
        $crate::abuse_arguments::Row {
            name: stringify!($function),
            arguments: vec![$($argument),*],
            call: Box::new(|raw, info| {
                let mut raw = raw.iter().copied();
                // SAFETY: right arguments, or wrong ones that are refused.
                unsafe {
                    $function(
                        $({
                            let _ = stringify!($argument);
                            $crate::abuse_arguments::FromRaw::from_raw(raw.next().expect("as many as there are"))
                        },)*
                        info,
                    )
                }
            }),
        }
    };
}
pub(crate) use row;

impl Row {
    /// Calls the function with argument `wrong.0` wrong in a way. Returns the code, and whether memory is as it was.
    fn trial(&self, wrong: Option<(usize, Wrong)>, info: *mut ErrorInfo) -> (i32, bool) {
        let mut memories: Vec<Vec<u64>> = self.arguments.iter().map(|argument| argument.memory.clone()).collect();
        let junk = [0x6b6e_756a_6b6e_756au64; 8];
        let mut raw = vec![];
        for (i, (argument, memory)) in self.arguments.iter().zip(&mut memories).enumerate() {
            let address = memory.as_mut_ptr() as usize as u64;
            if argument.kind == Kind::Walkers {
                memory[4..11].iter_mut().for_each(|word| *word = address + 8 * *word);
            }
            let mut value = argument.value;
            if !memory.is_empty() {
                value.word = address;
            }
            match wrong.filter(|wrong| wrong.0 == i).map(|wrong| wrong.1) {
                None => {}
                Some(Wrong::Word(word)) => value.word = word,
                Some(Wrong::Float(float)) => value.float = float,
                Some(Wrong::Moved) => value.word += 1,
                Some(Wrong::Junk) => value.word = junk.as_ptr() as usize as u64,
                Some(Wrong::StructSize(size)) => memory[0] = memory[0] >> 32 << 32 | u64::from(size),
                Some(Wrong::Number(8, bad)) => *memory.last_mut().unwrap() = bad.to_bits(),
                Some(Wrong::Number(_, bad)) => memory[0] = u64::from((bad as f32).to_bits()),
            }
            raw.push(value);
        }
        let before = memories.clone();
        let code = (self.call)(&raw, info);
        let kept = self.arguments.iter().zip(memories.iter().zip(&before));
        let untouched = kept.filter(|(argument, _)| argument.kind != Kind::Workspace).all(|(_, (a, b))| a == b);
        (code, untouched)
    }

    /// Tries everything; returns how much that was.
    pub fn abuse(&self) -> usize {
        let name = self.name;
        let mut silent = info();
        let (code, _) = self.trial(None, &mut silent);
        assert_eq!((code, silent.code, silent.message[0]), (NETS_OK, -1, 1), "{name} with right arguments");

        let mut trials = 1;
        for (i, argument) in self.arguments.iter().enumerate() {
            for (wrong, codes) in argument.wrong() {
                let mut details = info();
                let (code, untouched) = self.trial(Some((i, wrong)), &mut details);
                let what = format!("{name}, argument {}: {wrong:?}", i + 1);
                assert!(codes.contains(&code), "{what}: code {code}");
                assert!(untouched, "{what}: something was written");
                assert_eq!(details.code, code, "{what}");
                // Too large a count may be found at an array that it counts.
                let elsewhere = matches!(wrong, Wrong::Word(word) if word == i64::MAX as u64);
                let named = details.argument == i as i32 + 1 || elsewhere;
                assert!(named, "{what}: argument {}", details.argument);
                assert!(details.message.contains(&0) && details.message[0] > 1, "{what}: message");
                assert_eq!(self.trial(Some((i, wrong)), null_mut()), (code, true), "{what}, without info");
                trials += 1;
            }
        }
        let mut small = info();
        small.struct_size = 8;
        assert_eq!(self.trial(None, &mut small), (NETS_ERR_STRUCT_SIZE, true), "{name}: info too small");
        let odd = (&raw mut small).cast::<u8>().wrapping_add(1).cast();
        assert_eq!(self.trial(None, odd), (NETS_ERR_ALIGNMENT, true), "{name}: info misaligned");
        trials + 2
    }
}
