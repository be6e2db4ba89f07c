use super::*;
use crate::engine::Plan;
use crate::engine::ScanPoint;
use crate::lanes::Width;
use crate::target::{Builtin, Target};

fn page(spec: &str) -> String {
    let target = Builtin::parse(spec).unwrap();
    let plan = Plan { walkers: 2000, steps: 4, epsilon: 5.0, width: Width::Scalar, threads: 1, ..Plan::default() };
    let outcome = Outcome {
        walkers: 2000,
        interrupted: false,
        log_z: 0.001,
        log_z_stderr: 0.002,
        ess: 0.9,
        max_weight: 1e-3,
        times: vec![0.0, 0.25, 0.5, 0.75, 1.0],
        ess_path: vec![1.0, 0.99, 0.97, 0.93, 0.9],
        log_z_path: vec![0.0; 5],
        log_z_path_stderr: vec![0.0; 5],
        lost_walkers: 0,
        resamplings: 0,
        acceptance: Some(0.8),
        seconds: 1.0,
    };
    let mut summary = Summary::new(&target, &plan);
    summary.add_outcome(&plan, &outcome);
    let row = |(epsilon, ess)| ScanPoint {
        steps: 4,
        epsilon,
        ess,
        log_z: 0.0,
        log_z_stderr: 0.1,
        acceptance: Some(1.0 - epsilon / 100.0),
        lost_walkers: 0,
        seconds: 0.1,
    };
    summary.scan = Some([(0.0, 0.5), (1.0, 0.8), (5.0, 0.9), (20.0, 0.85)].map(row).to_vec());
    let points = target
        .exact_samples(0, 2000)
        .unwrap_or_else(|| (0..2000 * target.dim()).map(|i| (i as f64 * 0.618).fract() * 6.0 - 3.0).collect());
    let log_weights: Vec<f64> = (0..2000).map(|i| 0.4 * (f64::from(i) * 0.618).fract().ln()).collect();
    let report = Report {
        summary: &summary,
        command: "nets run <target> & more",
        potential: &|x| target.potential(x),
        points: &points,
        log_weights: &log_weights,
        outcome: &outcome,
        curve: &[(0.0, 100.0), (1.0, 10.0), (2.0, 0.5)],
    };
    report.html().unwrap()
}

#[test]
fn a_page_stands_alone_and_is_not_large() {
    for spec in ["gmm40", "gaussian-1", "doublewell-3"] {
        let page = page(spec);
        assert_eq!(page.matches("<svg").count(), 5, "{spec}");
        assert!(page.len() < 2_000_000, "{spec}: {} bytes", page.len());
        assert!(!page.contains("src=") && !page.contains("href="), "{spec}: the page refers to another file");
        assert!(page.contains("nets run &lt;target&gt; &amp; more"), "{spec}: the command line is not escaped");
        if let Some(folder) = option_env!("NETS_REPORTS") {
            std::fs::write(format!("{folder}/{spec}.html"), page).unwrap();
        }
    }
}
