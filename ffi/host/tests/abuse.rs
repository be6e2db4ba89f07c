//! Every function of the header with every argument wrong in turn: its code, which argument it says, outputs as they were.

#![deny(clippy::undocumented_unsafe_blocks)]

mod common;

use common::{Fixture, damaged, gaussian, told};
use nets_abi::codes::*;
use nets_host_ffi::*;
use std::ffi::{CString, c_char, c_void};
use std::ptr::{null, null_mut};

/// A function of the header, and what it makes of abuse.
type Row = (&'static str, fn(&Fixture));

const TABLE: &[Row] = &[
    ("nets_host_abi_version", |_| assert_eq!(nets_host_abi_version(), NETS_HOST_ABI_VERSION)),
    ("nets_host_version_string", |_| assert!(!nets_host_version_string().is_null())),
    ("nets_host_strerror", |_| {
        assert!([i32::MIN, -1, 0, 17, 18, i32::MAX].iter().all(|&code| !nets_host_strerror(code).is_null()));
    }),
    ("nets_host_target_named", target_named),
    ("nets_host_density_options_default", |_| default_options(nets_host_density_options_default)),
    ("nets_host_train_options_default", |_| default_options(nets_host_train_options_default)),
    ("nets_host_sample_options_default", |_| default_options(nets_host_sample_options_default)),
    ("nets_host_target_density", target_density),
    ("nets_host_target_free", |fixture| {
        // SAFETY: null, and a handle of another kind.
        unsafe {
            nets_host_target_free(null_mut());
            nets_host_target_free(fixture.model.cast());
        }
    }),
    ("nets_host_target_dim", |fixture| {
        number_of_target(fixture, |target, out: *mut i64, info| {
            // SAFETY: null, misaligned, or a handle; room for a number.
            unsafe { nets_host_target_dim(target, out, info) }
        });
    }),
    ("nets_host_target_log_z", |fixture| {
        number_of_target(fixture, |target, out: *mut f64, info| {
            // SAFETY: null, misaligned, or a handle; room for a number.
            unsafe { nets_host_target_log_z(target, out, info) }
        });
    }),
    ("nets_host_target_potential", target_potential),
    ("nets_host_train", train),
    ("nets_host_model_load", model_load),
    ("nets_host_model_save", model_save),
    ("nets_host_model_free", |fixture| {
        // SAFETY: null, and a handle of another kind.
        unsafe {
            nets_host_model_free(null_mut());
            nets_host_model_free(fixture.target.cast());
        }
    }),
    ("nets_host_model_describe", model_describe),
    ("nets_host_model_text", model_text),
    ("nets_host_model_export", model_export),
    ("nets_host_sample", sample),
    ("nets_host_tune", tune),
];

#[test]
fn every_function_takes_abuse() {
    let fixture = Fixture::new();
    for (name, abuse) in TABLE {
        println!("{name}");
        abuse(&fixture);
    }
    // What was abused still works.
    assert_eq!(fixture.sample(|_| {}).code, NETS_OK);
}

#[test]
fn no_function_is_left_out() {
    let header = include_str!("../../../include/nets_host.h");
    let mut declared: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '*', '/', '#']) && line.contains('('))
        .filter_map(|line| line.split('(').next()?.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("nets_host_"))
        .collect();
    let mut tested: Vec<&str> = TABLE.iter().map(|row| row.0).collect();
    declared.sort_unstable();
    tested.sort_unstable();
    assert_eq!(tested, declared);
}

/// Pointers that are no handles: null, misaligned, a handle of another kind.
fn no_handles<T>(other: *mut c_void) -> [(*mut T, i32); 3] {
    let misaligned = other.cast::<u8>().wrapping_add(1).cast();
    [(null_mut(), NETS_ERR_NULL), (misaligned, NETS_ERR_OBJECT), (other.cast(), NETS_ERR_OBJECT)]
}

fn target_named(_: &Fixture) {
    let mut target = null_mut();
    let mut named = |spec: *const c_char| {
        // SAFETY: null, or terminated by a zero; room for a pointer.
        told(|info| unsafe { nets_host_target_named(spec, &mut target, info) })
    };
    named(null()).is(NETS_ERR_NULL, 1);
    named(c"\xff".as_ptr()).is(NETS_ERR_RANGE, 1);
    named(c"gmm4".as_ptr()).is(NETS_ERR_TARGET, 1).says("gmm40");
    named(c"phi4:L=-1,m2=1,lambda=1".as_ptr()).is(NETS_ERR_TARGET, 1).says("phi4");
    named(c"plugin:no-such-file.so".as_ptr()).is(NETS_ERR_TARGET, 1).says("no-such-file.so");
    named(c"stan:no-such-file.so".as_ptr()).is(NETS_ERR_TARGET, 1).says("no-such-file.so");
    assert!(target.is_null());
    // SAFETY: nowhere to write to.
    told(|info| unsafe { nets_host_target_named(c"gmm40".as_ptr(), null_mut(), info) }).is(NETS_ERR_NULL, 2);
}

/// Options of any kind.
fn default_options<T>(default: unsafe extern "C" fn(*mut T, u32, *mut nets_abi::error_info::ErrorInfo) -> i32) {
    let mut room = vec![0x55u64; size_of::<T>() / 8 + 4];
    let (full, options) = (size_of::<T>() as u32, room.as_mut_ptr().cast::<T>());
    // SAFETY: null, misaligned, or more room than is said.
    unsafe {
        told(|info| default(null_mut(), full, info)).is(NETS_ERR_NULL, 1);
        told(|info| default(options.cast::<u8>().wrapping_add(1).cast(), full, info)).is(NETS_ERR_ALIGNMENT, 1);
        for size in [0, 4, full - 1] {
            told(|info| default(options, size, info)).is(NETS_ERR_STRUCT_SIZE, 2);
        }
    }
    assert!(room.iter().all(|&word| word == 0x55));
    // SAFETY: there is room for more.
    assert_eq!(told(|info| unsafe { default(options, full + 16, info) }).code, NETS_OK);
    assert_eq!(room[0] as u32, full + 16);
    assert_eq!(room[size_of::<T>() / 8..][..3], [0, 0, 0x55], "zeros for a newer caller, nothing beyond");
}

fn target_density(_: &Fixture) {
    let mut target = null_mut();
    let mut made = |dim, potential, change: &dyn Fn(&mut DensityOptions)| {
        let mut options = DensityOptions::default();
        change(&mut options);
        // SAFETY: options with arrays of `dim` numbers where there are any; the function is not called.
        told(|info| unsafe { nets_host_target_density(dim, potential, null_mut(), &options, &mut target, info) })
    };
    for dim in [0, -1, i64::MIN, i64::MAX] {
        made(dim, Some(gaussian), &|_| {}).is(NETS_ERR_LENGTH, 1);
    }
    made(2, None, &|_| {}).is(NETS_ERR_NULL, 2);
    made(2, Some(gaussian), &|options| options.struct_size = 8).is(NETS_ERR_STRUCT_SIZE, 4);
    made(2, Some(gaussian), &|options| options.thread_safe = 2).is(NETS_ERR_RANGE, 4).says("thread_safe");
    made(2, Some(gaussian), &|options| options.layout = -1).is(NETS_ERR_RANGE, 4).says("layout");
    made(2, Some(gaussian), &|options| options.schedule = 3).is(NETS_ERR_RANGE, 4).says("schedule");
    for power in [0.5, f64::NAN, f64::INFINITY] {
        made(2, Some(gaussian), &|options| (options.schedule, options.power) = (1, power)).is(NETS_ERR_RANGE, 4);
    }
    for numbers in [[1.0, f64::NAN], [f64::INFINITY, 1.0]] {
        made(2, Some(gaussian), &|options| options.base_mean = numbers.as_ptr()).is(NETS_ERR_RANGE, 4).says("mean");
    }
    for numbers in [[1.0, 0.0], [-1.0, 1.0], [1.0, f64::NAN]] {
        made(2, Some(gaussian), &|options| options.base_sd = numbers.as_ptr()).is(NETS_ERR_RANGE, 4).says("deviation");
    }
    made(2, Some(gaussian), &|options| options.name = c"\xff".as_ptr()).is(NETS_ERR_RANGE, 4);
    assert!(target.is_null());
    // SAFETY: nowhere to write to.
    let nowhere =
        |info: *mut _| unsafe { nets_host_target_density(2, Some(gaussian), null_mut(), null(), null_mut(), info) };
    told(nowhere).is(NETS_ERR_NULL, 5);
}

/// A function that writes one number about a target.
fn number_of_target<N: Copy + PartialEq + std::fmt::Debug + From<u8>>(
    fixture: &Fixture,
    ask: impl Fn(*const HostTarget, *mut N, *mut nets_abi::error_info::ErrorInfo) -> i32,
) {
    let mut out = N::from(7);
    for (target, code) in no_handles(fixture.model.cast()) {
        told(|info| ask(target, &mut out, info)).is(code, 1);
    }
    told(|info| ask(fixture.target, null_mut(), info)).is(NETS_ERR_NULL, 2);
    let misaligned = std::ptr::from_mut(&mut out).cast::<u8>().wrapping_add(1).cast();
    told(|info| ask(fixture.target, misaligned, info)).is(NETS_ERR_ALIGNMENT, 2);
    assert_eq!(out, N::from(7));
}

fn target_potential(fixture: &Fixture) {
    let (x, mut u) = ([0.5; 8], [7.0; 4]);
    let out = u.as_mut_ptr();
    let ask = |target, x: *const f64, n, stride, u: *mut f64| {
        // SAFETY: null, misaligned, counts that are refused, or arrays as large as said.
        told(|info| unsafe { nets_host_target_potential(target, x, n, stride, u, info) })
    };
    for (target, code) in no_handles::<HostTarget>(fixture.model.cast()) {
        ask(target, x.as_ptr(), 4, 2, out).is(code, 1);
    }
    ask(fixture.target, null(), 4, 2, out).is(NETS_ERR_NULL, 2);
    ask(fixture.target, x.as_ptr().cast::<u8>().wrapping_add(4).cast(), 4, 2, out).is(NETS_ERR_ALIGNMENT, 2);
    for n in [0, -1, i64::MIN] {
        ask(fixture.target, x.as_ptr(), n, 2, out).is(NETS_ERR_LENGTH, 3);
    }
    for (n, stride) in [(4, 1), (4, -2), (i64::MAX, 5), (4, i64::MAX)] {
        ask(fixture.target, x.as_ptr(), n, stride, out).is(NETS_ERR_LENGTH, 4);
    }
    ask(fixture.target, x.as_ptr(), i64::MAX, 2, out).is(NETS_ERR_LENGTH, 2);
    ask(fixture.target, x.as_ptr(), 4, 2, null_mut()).is(NETS_ERR_NULL, 5);
    let failed = ask(fixture.failing, x.as_ptr(), 4, 2, out);
    failed.is(NETS_ERR_CALLBACK, 0).says("returned 42");
    assert_eq!(failed.info.callback_code, 42);
    assert_eq!(u, [7.0; 4]);
    let strange = [f64::NAN, 0.0, f64::INFINITY, 0.0, 0.0, f64::NEG_INFINITY, 0.0, 1.0];
    assert_eq!(ask(fixture.target, strange.as_ptr(), 4, 2, u.as_mut_ptr()).code, NETS_OK);
    assert!(u[..3].iter().all(|u| u.is_nan()) && u[3] == 0.5, "{u:?}");
}

fn train(fixture: &Fixture) {
    let mut model = null_mut();
    let mut learn = |target, change: &dyn Fn(&mut HostTrainOptions)| {
        let mut options = HostTrainOptions::default();
        change(&mut options);
        // SAFETY: null, misaligned, or a handle; options; room for a pointer.
        told(|info| unsafe { nets_host_train(target, &options, &mut model, info) })
    };
    for (target, code) in no_handles::<HostTarget>(fixture.model.cast()) {
        learn(target, &|_| {}).is(code, 1);
    }
    let target = fixture.target;
    learn(target, &|options| options.struct_size = 12).is(NETS_ERR_STRUCT_SIZE, 2);
    learn(target, &|options| options.drift = 99).is(NETS_ERR_RANGE, 2).says("drift");
    learn(target, &|options| options.drift = -1).is(NETS_ERR_RANGE, 2).says("drift");
    learn(target, &|options| options.precision = 2).is(NETS_ERR_RANGE, 2).says("precision");
    learn(target, &|options| options.threads = 0).is(NETS_ERR_RANGE, 2).says("threads");
    learn(target, &|options| options.threads = 2).is(NETS_ERR_RANGE, 2).says("thread_safe");
    learn(target, &|options| options.rounds = -1).is(NETS_ERR_RANGE, 2).says("rounds");
    learn(target, &|options| options.rounds = 5).is(NETS_ERR_RANGE, 2).says("network");
    for seconds in [-1.0, f64::NAN, f64::INFINITY] {
        learn(target, &|options| options.checkpoint_every = seconds).is(NETS_ERR_RANGE, 2).says("checkpoint_every");
    }
    learn(target, &|options| options.resume = c"no-such-file".as_ptr()).is(NETS_ERR_FILE, 0).says("no-such-file");
    learn(target, &|options| options.drift = NETS_HOST_DRIFT_LATTICE).is(NETS_ERR_RANGE, 0).says("lattice");
    learn(target, &|options| options.drift = NETS_HOST_DRIFT_EXACT).is(NETS_ERR_UNSUPPORTED, 0);
    learn(fixture.failing, &|_| {}).is(NETS_ERR_CALLBACK, 0).says("returned 42");
    learn(fixture.lost, &|_| {}).is(NETS_ERR_ALL_LOST, 0).says("lost");
    assert!(model.is_null());
    // SAFETY: nowhere to write to.
    told(|info| unsafe { nets_host_train(target, null(), null_mut(), info) }).is(NETS_ERR_NULL, 3);
}

fn model_load(fixture: &Fixture) {
    let mut model = null_mut();
    let mut load = |path: *const c_char| {
        // SAFETY: null, or terminated by a zero; room for a pointer.
        told(|info| unsafe { nets_host_model_load(path, &mut model, info) })
    };
    load(null()).is(NETS_ERR_NULL, 1);
    load(c"\xff".as_ptr()).is(NETS_ERR_RANGE, 1);
    load(c"no-such-file".as_ptr()).is(NETS_ERR_FILE, 0).says("no-such-file");
    let whole = std::fs::read(&fixture.file).unwrap();
    let mut tried = 0;
    for bytes in damaged(&whole) {
        let path = fixture.folder.path().join("damaged.nets");
        std::fs::write(&path, bytes).unwrap();
        let path = CString::new(path.to_str().unwrap()).unwrap();
        load(path.as_ptr()).is(NETS_ERR_MODEL, 0).says("damaged.nets");
        tried += 1;
    }
    assert!(tried > 100);
    assert!(model.is_null());
    let path = CString::new(fixture.file.to_str().unwrap()).unwrap();
    // SAFETY: nowhere to write to.
    told(|info| unsafe { nets_host_model_load(path.as_ptr(), null_mut(), info) }).is(NETS_ERR_NULL, 2);
}

fn model_save(fixture: &Fixture) {
    let save = |model, path: *const c_char| {
        // SAFETY: null, misaligned, or a handle; null or terminated by a zero.
        told(|info| unsafe { nets_host_model_save(model, path, info) })
    };
    for (model, code) in no_handles::<HostModel>(fixture.target.cast()) {
        save(model, c"unused".as_ptr()).is(code, 1);
    }
    save(fixture.model, null()).is(NETS_ERR_NULL, 2);
    save(fixture.model, c"\xff".as_ptr()).is(NETS_ERR_RANGE, 2);
    save(fixture.model, c"no-such-folder/model.nets".as_ptr()).is(NETS_ERR_FILE, 0).says("no-such-folder");
}

fn model_describe(fixture: &Fixture) {
    let mut out = [0x55u64; 16];
    let describe = |model, out: *mut ModelDescription| {
        // SAFETY: null, misaligned, or a handle; null, or room enough, with any size in it.
        told(|info| unsafe { nets_host_model_describe(model, out, info) })
    };
    for (model, code) in no_handles::<HostModel>(fixture.target.cast()) {
        describe(model, out.as_mut_ptr().cast()).is(code, 1);
    }
    describe(fixture.model, null_mut()).is(NETS_ERR_NULL, 2);
    out[0] = 16;
    describe(fixture.model, out.as_mut_ptr().cast()).is(NETS_ERR_STRUCT_SIZE, 2);
    assert!(out[1..].iter().all(|&word| word == 0x55));
}

fn model_text(fixture: &Fixture) {
    let (mut buffer, mut length) = ([7 as c_char; 8], 7);
    let (room, count) = (buffer.as_mut_ptr(), &raw mut length);
    let copy = |model, field: *const c_char, buffer: *mut c_char, size, length: *mut i64| {
        // SAFETY: null, misaligned, or as large as said.
        told(|info| unsafe { nets_host_model_text(model, field, buffer, size, length, info) })
    };
    for (model, code) in no_handles::<HostModel>(fixture.target.cast()) {
        copy(model, c"target".as_ptr(), room, 8, count).is(code, 1);
    }
    copy(fixture.model, null(), room, 8, count).is(NETS_ERR_NULL, 2);
    copy(fixture.model, c"colour".as_ptr(), room, 8, count).is(NETS_ERR_RANGE, 2).says("checksum");
    copy(fixture.model, c"target".as_ptr(), null_mut(), 8, count).is(NETS_ERR_NULL, 3);
    copy(fixture.model, c"target".as_ptr(), room, -1, count).is(NETS_ERR_LENGTH, 4);
    copy(fixture.model, c"checksum".as_ptr(), room, 8, count).is(NETS_ERR_MEMORY, 4).says("65 are needed");
    copy(fixture.model, c"target".as_ptr(), room, 8, null_mut()).is(NETS_ERR_NULL, 5);
    assert_eq!((buffer, length), ([7; 8], 7));
    assert_eq!(copy(fixture.model, c"checksum".as_ptr(), null_mut(), 0, &raw mut length).code, NETS_OK);
    assert_eq!(length, 64);
}

fn model_export(fixture: &Fixture) {
    let (mut buffer, mut length) = ([7u8; 8], 7);
    let (room, count) = (buffer.as_mut_ptr().cast::<c_void>(), &raw mut length);
    let export = |model, precision, buffer: *mut c_void, size, length: *mut i64| {
        // SAFETY: null, misaligned, or as large as said.
        told(|info| unsafe { nets_host_model_export(model, precision, buffer, size, length, info) })
    };
    for (model, code) in no_handles::<HostModel>(fixture.target.cast()) {
        export(model, 0, room, 8, count).is(code, 1);
    }
    export(fixture.model, 2, room, 8, count).is(NETS_ERR_RANGE, 2);
    export(fixture.model, 0, null_mut(), 8, count).is(NETS_ERR_NULL, 3);
    export(fixture.model, 0, room, -1, count).is(NETS_ERR_LENGTH, 4);
    export(fixture.model, 0, room, 8, count).is(NETS_ERR_MEMORY, 4);
    export(fixture.model, 0, room, 8, null_mut()).is(NETS_ERR_NULL, 5);
    export(fixture.zero, 0, null_mut(), 0, count).is(NETS_ERR_UNSUPPORTED, 0);
    assert_eq!((buffer, length), ([7; 8], 7));
    assert_eq!(export(fixture.model, 0, null_mut(), 0, &raw mut length).code, NETS_OK);
    assert!(length > 1000, "{length} bytes");
}

fn sample(fixture: &Fixture) {
    type Change = dyn Fn(&mut common::Call);
    let wrong: &[(i32, i32, &str, &Change)] = &[
        (NETS_ERR_NULL, 1, "target", &|call| call.target = null()),
        (NETS_ERR_OBJECT, 1, "target", &|call| call.target = call.model.cast()),
        (NETS_ERR_OBJECT, 2, "model", &|call| call.model = call.target.cast()),
        (NETS_ERR_STRUCT_SIZE, 3, "", &|call| call.options.struct_size = 4),
        (NETS_ERR_RANGE, 3, "precision", &|call| call.options.precision = 7),
        (NETS_ERR_RANGE, 3, "threads", &|call| call.options.threads = 0),
        (NETS_ERR_RANGE, 3, "thread_safe", &|call| call.options.threads = 2),
        (NETS_ERR_RANGE, 3, "integrator", &|call| call.options.integrator = 3),
        (NETS_ERR_RANGE, 3, "map", &|call| call.options.map = 2),
        (NETS_ERR_RANGE, 3, "move", &|call| call.options.r#move = 4),
        (NETS_ERR_RANGE, 3, "resampling", &|call| call.options.resampling = 4),
        (NETS_ERR_RANGE, 3, "grid", &|call| call.options.grid = 2),
        (NETS_ERR_RANGE, 3, "layout", &|call| call.options.layout = 2),
        (NETS_ERR_RANGE, 3, "walkers", &|call| call.options.walkers = 0),
        (NETS_ERR_RANGE, 3, "walkers", &|call| call.options.walkers = i64::MIN),
        (NETS_ERR_RANGE, 3, "steps", &|call| call.options.steps = -1),
        (NETS_ERR_RANGE, 0, "epsilon", &|call| call.options.epsilon = -1.0),
        (NETS_ERR_RANGE, 0, "epsilon", &|call| call.options.epsilon = f64::INFINITY),
        (NETS_ERR_RANGE, 0, "until", &|call| call.options.until = 1.5),
        (NETS_ERR_RANGE, 0, "until", &|call| call.options.until = f64::NAN),
        (NETS_ERR_RANGE, 0, "friction", &|call| call.options.friction = f64::NAN),
        (NETS_ERR_RANGE, 3, "leaps", &|call| call.options.leaps = 0),
        (NETS_ERR_RANGE, 0, "resample-below", &|call| call.options.resample_below = -0.5),
        (NETS_ERR_RANGE, 0, "resample-below", &|call| call.options.resample_below = f64::NAN),
        (NETS_ERR_RANGE, 0, "conditional-ess", &|call| {
            (call.options.grid, call.options.conditional_ess) = (NETS_HOST_GRID_ADAPTIVE, 1.0);
        }),
        (NETS_ERR_RANGE, 3, "pilot_walkers", &|call| {
            (call.options.grid, call.options.pilot_walkers) = (NETS_HOST_GRID_ADAPTIVE, 1);
        }),
        (NETS_ERR_FILE, 3, "out", &|call| call.options.out = c"no-such-folder/samples.npz".as_ptr()),
        (NETS_ERR_RANGE, 3, "UTF-8", &|call| call.options.out = c"\xff".as_ptr()),
        (NETS_ERR_ALIGNMENT, 4, "", &|call| call.x = call.x.cast::<u8>().wrapping_add(1).cast()),
        (NETS_ERR_LENGTH, 5, "stride", &|call| call.stride = 1),
        (NETS_ERR_LENGTH, 5, "stride", &|call| call.stride = i64::MIN),
        (NETS_ERR_LENGTH, 5, "memory", &|call| call.stride = i64::MAX),
        (NETS_ERR_LENGTH, 5, "memory", &|call| call.options.walkers = i64::MAX),
        (NETS_ERR_LENGTH, 5, "stride", &|call| call.options.layout = NETS_HOST_LAYOUT_COLUMNS),
        (NETS_ERR_ALIGNMENT, 6, "", &|call| call.log_weights = call.log_weights.cast::<u8>().wrapping_add(1).cast()),
        (NETS_ERR_STRUCT_SIZE, 7, "", &|call| call.record.struct_size = 3),
        (NETS_ERR_RANGE, 7, "capacity", &|call| call.record.capacity = -1),
        (NETS_ERR_NULL, 8, "", &|call| call.summary = null_mut()),
        (NETS_ERR_CALLBACK, 0, "returned 42", &|call| call.sample_failing()),
        (NETS_ERR_ALL_LOST, 0, "lost", &|call| call.sample_lost()),
        (NETS_ERR_STOPPED, 0, "scanning", &|call| {
            call.options.progress = Some(common::stop);
            call.options.epsilon = f64::NAN;
        }),
    ];
    for (code, argument, words, change) in wrong {
        let told = fixture.sample(*change);
        told.is(*code, *argument).says(words);
        assert!(told.untouched, "{words}: outputs are as they were");
    }
    let failed = fixture.sample(|call| call.sample_failing());
    assert_eq!((failed.info.callback_code, failed.info.index), (42, 0));
}

const POINT: TunePoint = TunePoint {
    epsilon: 0.0,
    ess: 0.0,
    log_z: 0.0,
    log_z_stderr: 0.0,
    acceptance: 0.0,
    seconds: 0.0,
    steps: 0,
    lost_walkers: 0,
};

fn tune(fixture: &Fixture) {
    let mut points = [TunePoint { epsilon: 7.0, ..POINT }; 2];
    let (mut count, room) = (7, points.as_mut_ptr());
    let tune = |target, model, change: &dyn Fn(&mut HostSampleOptions), points: *mut TunePoint, capacity, count| {
        let mut options = HostSampleOptions { walkers: 100, steps: 2, ..HostSampleOptions::default() };
        change(&mut options);
        // SAFETY: null, misaligned, or handles; room as large as said.
        told(|info| unsafe { nets_host_tune(target, model, &options, points, capacity, count, info) })
    };
    let (target, model) = (fixture.target, fixture.model);
    for (other, code) in no_handles::<HostTarget>(model.cast()) {
        tune(other, model, &|_| {}, room, 2, &raw mut count).is(code, 1);
    }
    for (other, code) in no_handles::<HostModel>(target.cast()) {
        tune(target, other, &|_| {}, room, 2, &raw mut count).is(code, 2);
    }
    tune(target, model, &|options| options.struct_size = 4, room, 2, &raw mut count).is(NETS_ERR_STRUCT_SIZE, 3);
    tune(target, model, &|options| options.threads = 2, room, 2, &raw mut count).is(NETS_ERR_RANGE, 3);
    tune(target, model, &|_| {}, null_mut(), 2, &raw mut count).is(NETS_ERR_NULL, 4);
    tune(target, model, &|_| {}, room, -1, &raw mut count).is(NETS_ERR_LENGTH, 5);
    tune(target, model, &|_| {}, room, 2, null_mut()).is(NETS_ERR_NULL, 6);
    tune(fixture.failing, fixture.failing_model, &|_| {}, room, 2, &raw mut count).is(NETS_ERR_CALLBACK, 0);
    tune(fixture.other, model, &|_| {}, room, 2, &raw mut count).is(NETS_ERR_DIMENSION, 0);
    tune(target, model, &|options| options.progress = Some(common::stop), room, 2, &raw mut count)
        .is(NETS_ERR_STOPPED, 0);
    assert_eq!(count, 7);
    assert!(points.iter().all(|point| point.epsilon == 7.0));
    // SAFETY: a handle.
    let described = unsafe { fixture.describe(model) };
    assert!(described.epsilon.is_nan(), "the model is as it was");
    assert_eq!(tune(target, model, &|_| {}, room, 2, &raw mut count).code, NETS_OK);
    assert_eq!(count, 9, "one number of steps, nine epsilons");
}

#[test]
fn details_can_be_left_out_or_too_small() {
    let fixture = Fixture::new();
    let mut dim = 7;
    // SAFETY: null, a handle, room for a number.
    unsafe {
        assert_eq!(nets_host_target_dim(null(), &mut dim, null_mut()), NETS_ERR_NULL);
        assert_eq!(nets_host_target_dim(fixture.target, &mut dim, null_mut()), NETS_OK);
    }
    assert_eq!(dim, 2);
    let told = told(|info| {
        // SAFETY: details that say that they are too small.
        unsafe {
            (*info).struct_size = 8;
            nets_host_target_dim(fixture.model.cast(), &mut dim, info)
        }
    });
    assert_eq!((told.code, told.info.code, dim), (NETS_ERR_STRUCT_SIZE, NETS_OK, 2));
}
