//! Progress for people, and the clean stop on Ctrl-C.

use super::failure::{Failure, INTERRUPTED};
use crate::progress::{Progress, Status};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time between lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

static RAISED: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C was pressed. Only [`Interrupt::install`] makes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interrupt(());

impl Interrupt {
    /// From now on the first Ctrl-C raises this, and the second ends the process.
    pub fn install() -> Result<Interrupt, Failure> {
        ctrlc::set_handler(|| {
            if RAISED.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            eprintln!("\nstopping, and keeping what is done; Ctrl-C again stops at once");
        })
        .map_err(|error| Failure::computation(format!("cannot catch Ctrl-C: {error}")))?;
        Ok(Interrupt(()))
    }

    /// Whether work should stop.
    pub fn raised(self) -> bool {
        RAISED.load(Ordering::Relaxed)
    }
}

/// Shows where long work stands: a bar on a terminal, a line now and then elsewhere.
pub(super) struct Display {
    interrupt: Interrupt,
    style: Style,
    stage: Mutex<Option<Stage>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Bar,
    Lines,
    Nothing,
}

struct Stage {
    name: &'static str,
    begun: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl Display {
    /// Shows nothing if `quiet`.
    pub fn new(interrupt: Interrupt, quiet: bool) -> Display {
        let style = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Style::Nothing,
            (false, true) => Style::Bar,
            (false, false) => Style::Lines,
        };
        Display { interrupt, style, stage: Mutex::new(None) }
    }

    /// The stage is over: says how long it took.
    pub fn close(&self) {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(stage) = stage else { return };
        if let Some(bar) = stage.bar {
            bar.finish_and_clear();
        }
        eprintln!("{}: {:.1} s", stage.name, stage.begun.elapsed().as_secs_f64());
    }

    fn stage(&self, name: &'static str) -> Stage {
        let now = Instant::now();
        let bar = (self.style == Style::Bar).then(|| {
            let style = ProgressStyle::with_template("{prefix:>16} {bar:32.cyan/dim} {percent:>3} %  {eta} left{msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::no_length().with_style(style).with_prefix(name)
        });
        Stage { name, begun: now, last_line: now, bar }
    }
}

impl Drop for Display {
    /// An error leaves no bar behind.
    fn drop(&mut self) {
        self.close();
    }
}

impl Progress for Display {
    fn report(&self, status: &Status) -> bool {
        if self.style != Style::Nothing {
            let other_stage = |stage: &Option<Stage>| stage.as_ref().is_some_and(|stage| stage.name != status.stage);
            if other_stage(&self.stage.lock().unwrap_or_else(PoisonError::into_inner)) {
                self.close();
            }
            let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
            stage.get_or_insert_with(|| self.stage(status.stage)).show(status);
        }
        !self.interrupt.raised()
    }
}

impl Stage {
    fn show(&mut self, status: &Status) {
        if let Some(bar) = &self.bar {
            bar.set_length(status.total);
            bar.set_position(status.done);
            bar.set_message(figures(status));
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            eprintln!("{}: {}{}", self.name, self.time_left(status), figures(status));
        }
    }

    fn time_left(&self, status: &Status) -> String {
        let fraction = status.done as f64 / status.total.max(1) as f64;
        if fraction <= 0.0 {
            return "begun".to_string();
        }
        let left = self.begun.elapsed().as_secs_f64() * (1.0 / fraction - 1.0);
        format!("{:.0} %, about {left:.0} s left", 100.0 * fraction)
    }
}

fn figures(status: &Status) -> String {
    let loss = status.loss.map_or(String::new(), |loss| format!(", loss {loss:.4}"));
    let ess = status.ess.map_or(String::new(), |ess| format!(", ESS {ess:.3}"));
    loss + &ess
}
