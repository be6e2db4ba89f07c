//! What the tests of the C interface share. Not every test uses all of it.
#![allow(dead_code, reason = "each test is a program of its own")]

use nets_ffi::*;
use std::ffi::c_void;
use std::ptr::{null, null_mut};

/// Memory as a caller has it: aligned for doubles.
pub struct Memory(Vec<u64>);

impl Memory {
    pub fn new(bytes: i64) -> Memory {
        Memory(vec![u64::MAX; usize::try_from(bytes).unwrap().div_ceil(8)])
    }

    pub fn pointer(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }

    pub fn bytes(&self) -> i64 {
        8 * self.0.len() as i64
    }
}

/// What both precisions have, by one name.
pub trait Number: Copy + Default + PartialEq + std::fmt::Debug + 'static {
    const NAN: Self;
    fn of(value: f64) -> Self;
    fn f64(self) -> f64;
    fn bits(self) -> u64;
}

macro_rules! number {
    ($S:ident) => {
        impl Number for $S {
            const NAN: $S = $S::NAN;
            fn of(value: f64) -> $S {
                value as $S
            }
            fn f64(self) -> f64 {
                f64::from(self)
            }
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
        }
    };
}
number!(f64);
number!(f32);

pub fn bits<S: Number>(numbers: &[S]) -> Vec<u64> {
    numbers.iter().map(|number| number.bits()).collect()
}

/// `U(x) = sum (x_i - 1/2)^2 / 2 s^2`, `s = 0.7`, and a count of the points in `user` if that is not null.
pub unsafe extern "C" fn well_f64(user: *mut c_void, n: i64, d: i64, x: *const f64, u: *mut f64, g: *mut f64) -> i32 {
    // SAFETY: the library hands out arrays of this size.
    unsafe { well(user, n, d, x, u, g) }
}

/// The same in single precision.
pub unsafe extern "C" fn well_f32(user: *mut c_void, n: i64, d: i64, x: *const f32, u: *mut f32, g: *mut f32) -> i32 {
    // SAFETY: as above.
    unsafe { well(user, n, d, x, u, g) }
}

unsafe fn well<S: Number>(user: *mut c_void, n: i64, d: i64, x: *const S, u: *mut S, g: *mut S) -> i32 {
    // SAFETY: promised by the library.
    unsafe {
        if let Some(count) = user.cast::<i64>().as_mut() {
            assert!((1..=64).contains(&n));
            *count += n;
        }
        for i in 0..n as usize {
            let mut sum = 0.0;
            for j in 0..d as usize {
                let z = ((*x.add(i * d as usize + j)).f64() - 0.5) / 0.7;
                assert!(z.is_finite());
                sum += 0.5 * z * z;
                *g.add(i * d as usize + j) = S::of(z / 0.7);
            }
            *u.add(i) = S::of(sum);
        }
    }
    0
}

/// Fails with 17.
pub unsafe extern "C" fn failing_f64(_: *mut c_void, _: i64, _: i64, _: *const f64, _: *mut f64, _: *mut f64) -> i32 {
    17
}

/// NaN everywhere.
pub unsafe extern "C" fn nowhere_f64(_: *mut c_void, n: i64, d: i64, _: *const f64, u: *mut f64, g: *mut f64) -> i32 {
    for i in 0..n as usize {
        // SAFETY: the library hands out arrays of this size.
        unsafe { *u.add(i) = f64::NAN };
    }
    for i in 0..(n * d) as usize {
        // SAFETY: as above.
        unsafe { *g.add(i) = f64::NAN };
    }
    0
}

/// A path of the kind that `set` makes of the defaults, in memory of its own.
pub fn path_f64(set: impl FnOnce(&mut PathOptions<f64>)) -> (Memory, *mut Path<f64>) {
    let mut options = PathOptions::default();
    set(&mut options);
    let (mut bytes, mut align, mut path) = (0, 0, null_mut());
    // SAFETY: arrays of the options are as long as they say, by the caller's word.
    unsafe {
        assert_eq!(nets_path_workspace_f64(&options, &mut bytes, &mut align, null_mut()), NETS_OK);
        let mut memory = Memory::new(bytes);
        assert_eq!(nets_path_init_f64(&options, memory.pointer(), bytes, &mut path, null_mut()), NETS_OK);
        (memory, path)
    }
}

/// The geometric path to [`well_f64`] in `d` dimensions.
pub fn well_path(d: i64) -> (Memory, *mut Path<f64>) {
    path_f64(|options| {
        options.dim = d;
        options.potential = Some(well_f64);
    })
}

/// A workspace for steps of `n` walkers.
pub fn workspace_f64(path: *const Path<f64>, drift: *const Drift<f64>, n: i64) -> Memory {
    let (mut bytes, mut align) = (0, 0);
    // SAFETY: objects, by the caller's word.
    let code = unsafe { nets_step_workspace_f64(path, drift, n, &mut bytes, &mut align, null_mut()) };
    assert_eq!((code, align), (NETS_OK, 8));
    Memory::new(bytes)
}

/// Walkers with arrays of their own.
pub struct Population<S> {
    pub n: usize,
    pub d: usize,
    pub stride: usize,
    pub known: i32,
    pub x: Vec<S>,
    pub gradient: Vec<S>,
    pub drift: Vec<S>,
    pub momentum: Vec<S>,
    pub potential: Vec<S>,
    pub log_weights: Vec<f64>,
    pub accepted: Vec<u32>,
}

impl<S: Number> Population<S> {
    pub fn new(n: usize, d: usize, stride: usize) -> Self {
        let rows = || vec![S::of(7.0); n * stride];
        Population {
            n,
            d,
            stride,
            known: 0,
            x: rows(),
            gradient: rows(),
            drift: rows(),
            momentum: rows(),
            potential: vec![S::of(7.0); n],
            log_weights: vec![7.0; n],
            accepted: vec![7; n],
        }
    }

    /// The structure, of which `known` is to be taken back.
    pub fn walkers(&mut self) -> Walkers<S> {
        Walkers {
            struct_size: size_of::<Walkers<S>>() as u32,
            known: self.known,
            n: self.n as i64,
            d: self.d as i64,
            stride: self.stride as i64,
            x: self.x.as_mut_ptr(),
            gradient: self.gradient.as_mut_ptr(),
            drift: self.drift.as_mut_ptr(),
            momentum: self.momentum.as_mut_ptr(),
            potential: self.potential.as_mut_ptr(),
            log_weights: self.log_weights.as_mut_ptr(),
            accepted: self.accepted.as_mut_ptr(),
        }
    }

    /// Rows without what lies between them.
    pub fn positions(&self) -> Vec<u64> {
        self.x.chunks(self.stride).flat_map(|row| bits(&row[..self.d])).collect()
    }
}

/// A small network in bytes, in double precision or single: 3-8-2, numbers from a simple sequence.
pub fn network(single: bool) -> Vec<u8> {
    let shape = [3, 8, 2];
    let count = 3 * 2 + (3 + 1) * 8 + (8 + 1) * 2;
    drift_bytes(1, &shape, (0..count).map(|i| ((i * 37 % 41) as f64 - 20.0) / 25.0), single)
}

/// Local affine maps in bytes: d = 2, one block, 2 gates, 2 slices.
pub fn features(single: bool) -> Vec<u8> {
    let experts = 2 + 4 + 4 + 2 * 8;
    let numbers = [0.0, 0.5].into_iter().chain((0..2 * experts).map(|i| ((i * 29 % 31) as f64 - 12.0) / 20.0));
    drift_bytes(2, &[2, 2, 2, 2], numbers, single)
}

fn drift_bytes(family: u32, shape: &[u64], numbers: impl Iterator<Item = f64>, single: bool) -> Vec<u8> {
    let numbers: Vec<u8> = if single {
        numbers.flat_map(|number| (number as f32).to_le_bytes()).collect()
    } else {
        numbers.flat_map(f64::to_le_bytes).collect()
    };
    let length = 32 + 8 * shape.len() + numbers.len() + 4;
    let mut bytes = b"NETSDRFT".to_vec();
    for word in [1, u32::from(single), family, shape.len() as u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend((length as u64).to_le_bytes());
    bytes.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
    bytes.extend(numbers);
    bytes.extend(nets_kernel::drift::bytes::crc32(&bytes).to_le_bytes());
    bytes
}

/// A drift of bytes, in memory of its own.
pub fn drift_f64(bytes: &[u8]) -> (Memory, *mut Drift<f64>) {
    let (mut size, mut align, mut drift) = (0, 0, null_mut());
    // SAFETY: a slice.
    unsafe {
        let (data, n) = (bytes.as_ptr().cast(), bytes.len() as i64);
        assert_eq!(nets_drift_workspace_f64(data, n, &mut size, &mut align, null_mut()), NETS_OK);
        let mut memory = Memory::new(size);
        assert_eq!(nets_drift_init_f64(data, n, memory.pointer(), size, &mut drift, null_mut()), NETS_OK);
        (memory, drift)
    }
}

/// An empty error info.
pub fn info() -> ErrorInfo {
    ErrorInfo {
        struct_size: size_of::<ErrorInfo>() as u32,
        code: -1,
        argument: -1,
        callback_code: -1,
        index: -7,
        value: 7.0,
        message: [1; 256],
    }
}

pub const NO_DRIFT: *const Drift<f64> = null();
