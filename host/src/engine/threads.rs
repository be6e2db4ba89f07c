//! Threads of a computation.

use super::Error;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::io;

thread_local! {
    /// A pool whose one thread is the thread that it belongs to. It lives as long as the process, so each thread that
    /// computes alone makes one.
    static ALONE: Option<ThreadPool> = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok();
}

/// Does `work` with parallel loops on `threads` threads. With one, everything happens on the caller's own thread: a
/// potential that belongs to another language may be called from no other.
pub(crate) fn on_threads<O: Send>(threads: usize, work: impl FnOnce() -> O + Send) -> Result<O, Error> {
    if threads != 1 {
        return Ok(pool(threads)?.install(work));
    }
    ALONE.with(|alone| match alone {
        Some(alone) => Ok(alone.install(work)),
        // The caller is a thread of another pool.
        None => Ok(pool(1)?.install(work)),
    })
}

fn pool(threads: usize) -> Result<ThreadPool, Error> {
    Ok(ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::thread::current;

    #[test]
    fn one_thread_is_the_callers_own() {
        let caller = current().id();
        for _ in 0..3 {
            let others = on_threads(1, || (0..1000).into_par_iter().filter(|_| current().id() != caller).count());
            assert_eq!(others.unwrap(), 0);
        }
        std::thread::spawn(|| {
            let own = current().id();
            let others = on_threads(1, || (0..1000).into_par_iter().filter(|_| current().id() != own).count());
            assert_eq!(others.unwrap(), 0);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn more_threads_are_as_many_as_asked_for() {
        assert_eq!(on_threads(3, rayon::current_num_threads).unwrap(), 3);
        assert_eq!(on_threads(1, || on_threads(2, rayon::current_num_threads).unwrap()).unwrap(), 2);
    }
}
