//! The built-in targets: their names, their files, their gradients, and what is known of them.

use nets_host::engine::{Discard, Plan, sample};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::{Builtin, PathBox, Target};
use nets_kernel::rng::{Purpose, Stream, normals};
use std::fs;
use tempfile::TempDir;

/// Data for the targets that read a file: made up, two clouds of points and two classes.
struct Data {
    folder: TempDir,
}

impl Data {
    fn new() -> Data {
        let data = Data { folder: TempDir::new().unwrap() };
        let (mut features, mut points) = ("height, weight, constant, label\n".to_string(), "x,y\n".to_string());
        let mut stream = Stream::<f64>::new(5, Purpose::Evaluate, 0);
        for n in 0..40 {
            let mut xi = [0.0; 4];
            normals(&mut stream, &mut xi);
            let label = if xi[0] + 0.5 * xi[3] > 0.0 { 1 } else { -1 };
            features += &format!("{}, {}, 7, {label}\n", 3.0 + xi[0], xi[1] - xi[0]);
            let centre = f64::from(n % 2);
            let [x, y] = [xi[2], xi[3]].map(|xi| (0.25 + 0.5 * centre + 0.1 * xi).clamp(0.0, 1.0));
            points += &format!("{x},{y}\r\n\n");
        }
        data.write("people.csv", &features);
        data.write("trees.csv", &points);
        data
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The target that `spec` names, with `@` for the folder.
    fn target(&self, spec: &str) -> Builtin {
        let spec = spec.replace('@', self.folder.path().to_str().unwrap());
        Builtin::parse(&spec).unwrap_or_else(|error| panic!("{spec}: {error}"))
    }

    /// The message that refuses `spec`.
    fn refusal(&self, spec: &str) -> String {
        let spec = spec.replace('@', self.folder.path().to_str().unwrap());
        Builtin::parse(&spec).expect_err(&spec).to_string()
    }
}

/// Each target, small, and the scale of points that are typical of it.
const SMALL: [(&str, f64); 18] = [
    ("gmm40", 20.0),
    ("gmm8-3", 3.0),
    ("funnel", 1.5),
    ("funnel-2", 1.5),
    ("funnel:d=3,path=opening", 1.5),
    ("mos", 5.0),
    ("mos:d=2", 5.0),
    ("manywell", 1.5),
    ("manywell:d=2", 1.5),
    ("phi4:L=4,m2=-1,lambda=0.9", 1.0),
    ("phi4:L=5,m2=2,lambda=0,dim=1,base_m2=0.7", 1.0),
    ("phi4:L=3,m2=1.5,lambda=0,dim=3", 1.0),
    ("logreg:data=@/people.csv", 2.0),
    ("lgcp:data=@/trees.csv,cells=4", 1.0),
    ("doublewell-2", 1.5),
    ("gaussian-3", 1.5),
    ("banana", 2.0),
    ("banana-4", 2.0),
];

fn potential(path: &PathBox<'_, f64>, t: f64, x: &[f64]) -> (f64, Vec<f64>, f64) {
    let (mut gradient, mut scratch) = (vec![0.0; x.len()], vec![0.0; path.scratch()]);
    let (u, rate) = path.potential_and_rate(t, x, &mut gradient, &mut scratch);
    (u, gradient, rate)
}

#[test]
fn every_target_is_tested() {
    for info in Builtin::list() {
        let family = info.name.split([':', '-']).next().unwrap();
        assert!(SMALL.iter().any(|(spec, _)| spec.starts_with(family)), "{family}");
        if !info.example.contains("FILE") {
            assert!(Builtin::parse(info.example).is_ok(), "{}", info.example);
        }
    }
}

#[test]
fn names_give_the_target_again() {
    let data = Data::new();
    for (spec, _) in SMALL {
        let name = data.target(spec).name();
        assert_eq!(Builtin::parse(&name).unwrap().name(), name);
    }
    for (spec, name) in [
        ("funnel:d=10", "funnel"),
        ("funnel-4", "funnel-4"),
        ("funnel:path=opening,d=10", "funnel:path=opening"),
        ("gaussian:d=7", "gaussian-7"),
        ("mos-2", "mos-2"),
        ("phi4:lambda=0.90,L=16,m2=-1.0,dim=2", "phi4:L=16,m2=-1,lambda=0.9"),
        ("phi4:L=4,m2=-4,lambda=5.55,dim=3,base_m2=1", "phi4:L=4,m2=-4,lambda=5.55,dim=3,base_m2=1"),
    ] {
        assert_eq!(data.target(spec).name(), name);
    }
}

#[test]
fn refusals_say_what_is_wrong_and_what_is_right() {
    let data = Data::new();
    data.write("word.csv", "1,2,1\n3,four,-1\n");
    data.write("short.csv", "1,2,1\n\n3,-1\n");
    data.write("label.csv", "a,b\n1,1\n2,0.5\n");
    data.write("outside.csv", "x,y\n0.5,0.5\n0.5,1.25\n");
    data.write("infinite.csv", "1,1\ninf,1\n");
    data.write("empty.csv", "a,b\n");
    data.write("column.csv", "1\n-1\n");
    for (spec, words) in [
        ("gm40", &["unknown target `gm40`", "gmm40", "nets targets"][..]),
        ("gmm40:m=3", &["target `gmm40`", "m=3", "write it as `gmm40`"]),
        ("gaussian", &["target `gaussian`", "d, a dimension", "missing", "`gaussian-10`"]),
        ("gaussian-0", &["d = `0`", "from 1 to"]),
        ("gaussian:d=3,d=4", &["d=4", "given before"]),
        ("manywell-3", &["pairs", "3 is odd"]),
        ("banana-1", &["at least 2"]),
        ("mos-3", &["2 and 50 dimensions, not in 3"]),
        ("phi4", &["L, sites along an axis", "is missing", "`phi4:L=16,m2=-1,lambda=0.9`"]),
        ("phi4:L=16,m2=minus,lambda=1", &["m2 = `minus` is not a number"]),
        ("phi4:L=16,m2=-1,lambda=-1", &["lambda = `-1`", "a number from 0"]),
        ("phi4:L=16,m2=-1,lambda=0", &["lambda = 0", "m2 is positive"]),
        ("phi4:L=16,m2=-1,lambda=1,dim=4", &["dim = `4`", "1, 2 or 3"]),
        ("phi4:L=1000,m2=-1,lambda=1", &["L = `1000`", "in all"]),
        ("phi4:L=16,m2=-1,lambda=1,mass=3", &["mass=3"]),
        ("logreg", &["data, the file of observations, is missing", "`logreg:data=FILE.csv`"]),
        ("logreg:data=@/absent.csv", &["cannot read", "absent.csv"]),
        ("logreg:data=@/word.csv", &["word.csv, line 2, column 2: `four` is not a number"]),
        ("logreg:data=@/short.csv", &["short.csv, line 3: 2 columns, where there were 3"]),
        ("logreg:data=@/label.csv", &["label.csv, line 3, column 2", "0.5", "1 and -1"]),
        ("logreg:data=@/infinite.csv", &["line 2, column 1: `inf`"]),
        ("logreg:data=@/empty.csv", &["empty.csv holds no numbers"]),
        ("logreg:data=@/column.csv", &["one column", "label last"]),
        ("lgcp:data=@/outside.csv", &["outside.csv, line 3, column 2: 1.25 is not from 0 to 1"]),
        ("lgcp:data=@/word.csv,cells=4", &["line 2, column 2"]),
        ("lgcp:data=@/infinite.csv,cells=0", &["cells = `0`"]),
    ] {
        let message = data.refusal(spec);
        for word in words {
            assert!(message.contains(word), "{spec}: {message} does not say {word}");
        }
    }
}

/// Every gradient and `∂_t U_t` against central differences, to 1e−7 of their size and that of `U`. Catches a base,
/// schedule or data that the two were given differently.
#[test]
fn gradients_and_rates_agree_with_differences() {
    let data = Data::new();
    for (spec, scale) in SMALL {
        let target = data.target(spec);
        let path: PathBox<'_, f64> = target.path();
        let mut stream = Stream::<f64>::new(11, Purpose::Evaluate, 0);
        for t in [0.1, 0.45, 0.8, 1.0 - 1e-4] {
            let mut x = vec![0.0; target.dim()];
            normals(&mut stream, &mut x);
            x.iter_mut().for_each(|x| *x *= scale);
            let (u, gradient, rate) = potential(&path, t, &x);
            let (mut again, mut scratch) = (vec![0.0; x.len()], vec![0.0; path.scratch()]);
            assert_eq!(path.potential(t, &x, &mut again, &mut scratch), u);
            assert_eq!(again, gradient);
            let h = 1e-5;
            let close = |found: f64, expected: f64| {
                let tolerance = 1e-7 * (1.0 + u.abs() + expected.abs());
                assert!((found - expected).abs() < tolerance, "{spec}: {found} and {expected}");
            };
            for i in 0..x.len() {
                let at = |shift: f64| {
                    let mut x = x.clone();
                    x[i] += shift;
                    potential(&path, t, &x).0
                };
                close(gradient[i], (at(h) - at(-h)) / (2.0 * h));
            }
            close(rate, (potential(&path, t + h, &x).0 - potential(&path, t - h, &x).0) / (2.0 * h));
        }
    }
}

/// Exact samples belong to the gradient: by partial integration `E[x·∇U] = d` for every density. Four standard errors
/// are allowed, each at most 5 % of that. Catches a scale, a mean or a weight that samples and potential do not share.
#[test]
fn exact_samples_are_of_the_density() {
    const N: usize = 100_000;
    for spec in [
        "gmm40",
        "gmm8-2",
        "funnel-2",
        "mos:d=2",
        "manywell-2",
        "doublewell-3",
        "gaussian-3",
        "banana",
        "phi4:L=3,m2=2,lambda=0",
    ] {
        let target = Builtin::parse(spec).unwrap();
        let (d, path): (usize, PathBox<'_, f64>) = (target.dim(), target.path());
        let samples = target.exact_samples(3, N).unwrap();
        assert_eq!(samples.len(), N * d);
        let virial = |x: &[f64]| potential(&path, 1.0, x).1.iter().zip(x).map(|(g, x)| g * x).sum::<f64>();
        let values: Vec<f64> = samples.chunks_exact(d).map(virial).collect();
        let mean = values.iter().sum::<f64>() / N as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / N as f64;
        let (expected, error) = (d as f64, (variance / N as f64).sqrt());
        assert!((mean - expected).abs() < 4.0 * error, "{spec}: {mean} and {expected}, standard error {error}");
        assert!(error < 0.05 * expected, "{spec}: standard error {error}");
    }
}

/// Annealing without a drift finds log Z within four standard errors where it is easy. Catches a base whose normaliser
/// is not that of its samples, and a log Z that is not that of the density.
#[test]
fn annealing_finds_log_z() {
    for spec in ["gmm8-1", "funnel-2", "mos:d=2", "manywell-2", "banana", "phi4:L=4,m2=2,lambda=0"] {
        let target = Builtin::parse(spec).unwrap();
        let plan = Plan { walkers: 9600, steps: 200, epsilon: 2.0, ..Plan::default() };
        let outcome = sample(&target, &Model::zero(&target), &plan, &mut Discard, &Silent).unwrap();
        let score = (outcome.log_z - target.log_z().unwrap()) / outcome.log_z_stderr;
        assert!(score.abs() < 4.0, "{spec}: log Z = {} is {score:.1} standard errors off", outcome.log_z);
        assert!(outcome.log_z_stderr < 0.15, "{spec}: standard error {}", outcome.log_z_stderr);
    }
}

/// A regression and a process of one cell, whose evidences are integrals in one or two dimensions. Catches features
/// that are not standardised, an intercept that is missing, and constants of the prior.
#[test]
fn evidences_of_small_data_sets() {
    let data = Data::new();
    data.write("two.csv", "5,1\n9,-1\n");
    data.write("three.csv", "0.1,0.2\n1,1\n0.5,0.5\n");
    // Standardised, the features are −1 and 1.
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let nodes = || (-400..=400).map(|i| 0.025 * f64::from(i));
    let likelihood = |a: f64, b: f64| sigmoid(a - b) * sigmoid(-(a + b));
    let plane = nodes().flat_map(|a| nodes().map(move |b| (a, b)));
    let regression = plane.map(|(a, b)| density(a) * density(b) * likelihood(a, b)).sum::<f64>() * 0.025 * 0.025;
    let (mean, sd) = (3f64.ln() - 0.5 * 1.91, 1.91f64.sqrt());
    let cell = |x: f64| (3.0 * (mean + sd * x) - (mean + sd * x).exp()).exp();
    let cox = nodes().map(|x| density(x) * cell(x)).sum::<f64>() * 0.025;
    for (spec, evidence) in [("logreg:data=@/two.csv", regression), ("lgcp:data=@/three.csv,cells=1", cox)] {
        let target = data.target(spec);
        let path: PathBox<'_, f64> = target.path();
        let at = |x: &[f64]| (-potential(&path, 1.0, x).0).exp();
        let found = match target.dim() {
            1 => nodes().map(|x| at(&[x])).sum::<f64>() * 0.025,
            _ => nodes().map(|a| nodes().map(|b| at(&[a, b])).sum::<f64>()).sum::<f64>() * 0.025 * 0.025,
        };
        assert!((found / evidence - 1.0).abs() < 1e-9, "{spec}: {found} and {evidence}");
    }
}
