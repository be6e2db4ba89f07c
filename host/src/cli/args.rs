//! The arguments.

use super::compare::Seeds;
use crate::lanes::{Precision, Width};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use nets_kernel::path::Schedule;
use std::path::{Path, PathBuf};

/// Samples densities that are known up to a constant, and estimates the constant: learned transport from a simple
/// density, with weights that make every estimate consistent.
#[derive(Debug, Parser)]
// A flag given twice takes its last value: configuration files rely on it.
#[command(name = "nets", version, args_override_self = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train, choose epsilon, sample and report, in one go
    Run(RunArgs),
    /// Train a drift and write it to a model file
    Train(TrainArgs),
    /// Sample with a trained drift, or without one
    Sample(SampleArgs),
    /// Scan epsilon and steps, and write the best choice into the model
    Tune(TuneArgs),
    /// Run methods on targets over seeds, and set them beside what is published
    ///
    /// Each case of the suite is what `nets run` does with the same flags. Finished runs are kept in OUT_DIR/compare.jsonl
    /// [OUT_DIR: nets-out/compare]: the same command goes on where it was stopped, and runs nothing twice. The tables are
    /// OUT_DIR/compare.md, compare.csv and compare.html.
    Compare(CompareArgs),
    /// Write a model's drift as constants in C or Rust, for firmware
    Export(ExportArgs),
    /// What a model file holds
    Info(InfoArgs),
    /// The built-in targets
    Targets(TargetsArgs),
}

impl Command {
    /// The configuration file, if one was given.
    pub fn config(&self) -> Option<&Path> {
        let common = match self {
            Command::Run(args) => &args.common,
            Command::Train(args) => &args.common,
            Command::Sample(args) => &args.common,
            Command::Tune(args) => &args.common,
            Command::Compare(args) => &args.common,
            Command::Export(_) | Command::Info(_) | Command::Targets(_) => return None,
        };
        common.config.as_deref()
    }
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub target: TargetArg,
    /// nets learns a drift; ais (annealed importance sampling) and smc (sequential Monte Carlo) need no training: a pilot
    /// population finds their temperatures and step lengths
    #[arg(long, value_name = "METHOD", default_value = "nets")]
    pub method: MethodName,
    #[command(flatten)]
    pub learning: LearningArgs,
    #[command(flatten)]
    pub sampling: SamplingArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    #[command(flatten)]
    pub target: TargetArg,
    /// Model file to write [default: OUT_DIR/model.nets]
    #[arg(long, value_name = "MODEL")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub learning: LearningArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    #[command(flatten)]
    pub target: TargetArg,
    /// Trained model; without one, walkers have no drift: annealed importance sampling
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// Samples file to write [default: OUT_DIR/samples.npz]
    #[arg(long, value_name = "FILE.npz")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub sampling: SamplingArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct TuneArgs {
    #[command(flatten)]
    pub target: TargetArg,
    /// Trained model; the choice is written into it
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub sampling: SamplingArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// TOML file with the cases: [[case]] with name, target and flags of `nets run` as keys [default: the program's own,
    /// hours of work]
    #[arg(long, value_name = "FILE.toml")]
    pub suite: Option<PathBuf>,
    /// The suite's quick variant: minutes, with fewer cases, walkers and seeds
    #[arg(long)]
    pub quick: bool,
    /// These cases alone: names of cases, or targets with or without parameters
    #[arg(long, value_name = "TARGET-OR-NAME", num_args = 1..)]
    pub only: Vec<String>,
    /// How many seeds, counted from --seed, or a list such as 0,3,7 [default: the suite's]
    #[arg(long, value_name = "N|LIST")]
    pub seeds: Option<Seeds>,
    #[command(flatten)]
    pub common: CommonArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Model file
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// c: a header of arrays; rust: a module with a drift of the kernel's type; binary: bytes that libnets loads
    #[arg(long, value_name = "LANGUAGE")]
    pub format: LanguageName,
    /// Precision of the numbers
    #[arg(long, value_name = "PRECISION", value_parser = precision(), default_value = "f32")]
    pub precision: Precision,
    /// File to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct InfoArgs {
    /// Model file
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// Print one JSON object on stdout and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TargetsArgs {
    /// Print one JSON object on stdout and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct TargetArg {
    /// What to sample: a name from `nets targets`, such as gmm40 or gaussian-10; plugin:PATH.so[?OPTIONS]; or
    /// stan:MODEL.so[?data=FILE.json]
    #[arg(value_name = "TARGET")]
    pub name: String,
    /// Means of the Gaussian that walkers of a plugin or Stan model start from: one number, or one for each coordinate
    /// [default: the model's; without a model a pilot population finds them; 0 if --base-sd is given]
    #[arg(long, value_name = "M,…", value_delimiter = ',', allow_negative_numbers = true, help_heading = "Target")]
    pub base_mean: Option<Vec<f64>>,
    /// Its standard deviations, likewise; it should cover the target. They are the lengths that epsilon and drift are
    /// measured in [default: as for --base-mean; 1 if that is given]
    #[arg(long, value_name = "S,…", value_delimiter = ',', help_heading = "Target")]
    pub base_sd: Option<Vec<f64>>,
    /// How a plugin or Stan model is turned on along the path: linear, cosine, or power:P [default: linear]
    #[arg(long, value_name = "SCHEDULE", value_parser = schedule, help_heading = "Target")]
    pub schedule: Option<Schedule<f64>>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub(super) struct LearningArgs {
    /// features: gates with local affine maps; lattice: the symmetries of fields on a lattice built in; modes: for modes
    /// far apart in many dimensions, which a pilot population finds; mlp: a network; exact: the perfect drift, where it is
    /// known
    #[arg(long, value_name = "DRIFT", default_value = "features")]
    pub drift: DriftName,
    /// How the drift is learned: a network by pinn, the mean square of its residual; by log-variance, the variance of the
    /// log weights along trajectories; or, as the gradient of a network with one output, by action-matching, its distance
    /// from the perfect drift [default: pinn for mlp, least-squares for the others]
    #[arg(long, value_name = "OBJECTIVE")]
    pub objective: Option<ObjectiveName>,
    /// Rounds of a network's training [default: 3500]
    #[arg(long, value_name = "N")]
    pub rounds: Option<u64>,
    /// How a network's training finds divergences: exact takes d/2 passes, hutchinson one, with two random probes that
    /// leave the gradient unbiased [default: exact up to d = 10, hutchinson above]
    #[arg(long, value_name = "WAY")]
    pub divergence: Option<DivergenceName>,
    /// Rounds, the current one and those before it, whose places a network is trained on [default: 1]
    #[arg(long, value_name = "ROUNDS")]
    pub replay: Option<usize>,
    /// Go on from a checkpoint, with the other arguments of the command that made it
    #[arg(long, value_name = "CHECKPOINT")]
    pub resume: Option<PathBuf>,
    /// Seconds between checkpoints, written beside the model as MODEL.checkpoint until it is trained
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub checkpoint_every: f64,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Sampling")]
pub(super) struct SamplingArgs {
    /// Walkers [default: 20000; 2000 in a scan]
    #[arg(long, value_name = "N")]
    pub walkers: Option<u64>,
    /// Steps along the path [default: the model's choice, or 100]
    #[arg(long, value_name = "K")]
    pub steps: Option<usize>,
    /// Diffusivity, for phi4 in units of the free field's covariance, for plugins and Stan models of the base's variances
    /// [default: the model's choice, or the best of a scan]
    #[arg(long, value_name = "E")]
    pub epsilon: Option<f64>,
    /// How steps are made: split, inertial and pair have exact weights at any number of steps; those of ito are biased
    #[arg(long, value_name = "NAME")]
    pub integrator: Option<IntegratorName>,
    /// The transport map of split and inertial; the lattice drift has its own [default: midpoint]
    #[arg(long, value_name = "MAP")]
    pub map: Option<MapName>,
    /// The moves of split: mala (or inertial) moves are tested, unadjusted ones weighted [default: mala]
    #[arg(long = "move", value_name = "MOVE")]
    pub moves: Option<MoveName>,
    /// Friction of inertial moves per unit of t; inf draws momenta anew at every step [default: 20]
    #[arg(long, value_name = "GAMMA")]
    pub friction: Option<f64>,
    /// Leapfrog steps of an inertial move [default: 1]
    #[arg(long, value_name = "L")]
    pub leaps: Option<u32>,
    /// Steps of equal length, or steps and moves that a pilot population found [default: uniform; adaptive for smc, ais]
    #[arg(long, value_name = "GRID")]
    pub grid: Option<GridName>,
    /// What fraction of its effective sample size a step of the adaptive grid keeps [default: 0.999]
    #[arg(long, value_name = "FRACTION")]
    pub conditional_ess: Option<f64>,
    /// Walkers of the pilot population that finds the adaptive grid [default: 1920]
    #[arg(long, value_name = "N")]
    pub pilot_walkers: Option<usize>,
    /// Where on the path to end: before 1, walkers are weighted samples of an intermediate density [default: 1]
    #[arg(long, value_name = "T")]
    pub until: Option<f64>,
    /// Resample walkers when their effective sample size falls below this fraction [default: never; 0.5 for smc]
    #[arg(long, value_name = "TAU")]
    pub resample_below: Option<f64>,
    /// How copies are drawn when walkers are resampled [default: systematic]
    #[arg(long, value_name = "SCHEME")]
    pub resampling: Option<ResamplingName>,
    /// End with exit code 1 if the effective sample size, as a fraction, is below this
    #[arg(long, value_name = "FRACTION")]
    pub require_ess: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Common")]
pub(super) struct CommonArgs {
    /// Seed of all randomness: the same seed gives the same bits
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Threads; results do not depend on it [default: all]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Precision of walkers and drift; weights are always f64. mixed: a drift that is learned in f32, sampled in f64
    /// [default: f32 for mlp, else f64]
    #[arg(long, value_name = "PRECISION")]
    pub precision: Option<PrecisionName>,
    /// How many walkers an instruction moves; results do not depend on it [default: the widest of this machine]
    #[arg(long, value_name = "WIDTH", value_parser = width())]
    pub lanes: Option<Width>,
    /// TOML file with any of these flags as keys; flags on the command line win
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Print one JSON object on stdout and nothing else there
    #[arg(long)]
    pub json: bool,
    /// Show no progress
    #[arg(long)]
    pub quiet: bool,
    /// Folder for results [default: nets-out/TARGET]
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
}

fn schedule(word: &str) -> Result<Schedule<f64>, String> {
    match word.split_once(':') {
        None if word == "linear" => Ok(Schedule::Linear),
        None if word == "cosine" => Ok(Schedule::Cosine),
        Some(("power", power)) => {
            let power = power.parse().map_err(|_| format!("the power `{power}` is not a number"))?;
            Ok(Schedule::Power(power))
        }
        _ => Err("known are linear, cosine, and power:P such as power:2".to_string()),
    }
}

fn precision() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(Precision::ALL.map(Precision::name)).try_map(|name| name.parse())
}

fn width() -> impl TypedValueParser<Value = Width> {
    PossibleValuesParser::new(Width::ALL.map(Width::name)).try_map(|name| name.parse())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PrecisionName {
    F32,
    F64,
    Mixed,
}

impl PrecisionName {
    /// The precision that a drift is learned in.
    pub(super) fn learning(self) -> Precision {
        match self {
            PrecisionName::F32 | PrecisionName::Mixed => Precision::F32,
            PrecisionName::F64 => Precision::F64,
        }
    }

    /// The precision of the walkers that are sampled.
    pub(super) fn sampling(self) -> Precision {
        match self {
            PrecisionName::F32 => Precision::F32,
            PrecisionName::F64 | PrecisionName::Mixed => Precision::F64,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MethodName {
    Nets,
    Ais,
    Smc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DriftName {
    Features,
    Lattice,
    Modes,
    Mlp,
    Exact,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ObjectiveName {
    LeastSquares,
    Pinn,
    LogVariance,
    ActionMatching,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DivergenceName {
    Exact,
    Hutchinson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum IntegratorName {
    Split,
    Pair,
    Ito,
    Inertial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GridName {
    Uniform,
    Adaptive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ResamplingName {
    Systematic,
    Stratified,
    Residual,
    Multinomial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MapName {
    Midpoint,
    Euler,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MoveName {
    Mala,
    Unadjusted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LanguageName {
    C,
    Rust,
    Binary,
}
