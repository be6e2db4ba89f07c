use super::*;
use crate::lanes::Width;
use crate::target::Builtin;
use serde_json::Value;

fn plan() -> Plan {
    Plan { walkers: 4, steps: 2, seed: 3, width: Width::Scalar, threads: 1, ..Plan::default() }
}

fn outcome() -> Outcome {
    Outcome {
        walkers: 4,
        interrupted: false,
        log_z: 0.5,
        log_z_stderr: 0.25,
        ess: 0.9,
        max_weight: 0.5,
        times: vec![0.0, 0.5, 1.0],
        ess_path: vec![1.0, 0.8, 0.9],
        log_z_path: vec![0.0, 0.2, 0.5],
        log_z_path_stderr: vec![0.0, 0.2, 0.25],
        lost_walkers: 1,
        resamplings: 0,
        acceptance: Some(0.75),
        seconds: 2.0,
    }
}

#[test]
fn the_object_has_every_field_in_order() {
    let summary = Summary::new(&Builtin::parse("gmm40").unwrap(), &plan());
    let fixed = "target dim walkers steps epsilon integrator precision seed threads ranks log_z log_z_stderr log_z_exact \
                 ess ess_path_min max_weight lost_walkers resamplings acceptance train_seconds sample_seconds \
                 walker_steps_per_second kl_bound model out interrupted coverage w2 w2_floor";
    let text = summary.json();
    let mut place = 0;
    for field in fixed.split_whitespace() {
        let at = text.find(&format!("\"{field}\":")).unwrap_or_else(|| panic!("`{field}` is missing from {text}"));
        assert!(at >= place, "`{field}` is out of order in {text}");
        place = at;
    }
    assert!(text.contains("\"log_z\":null"));
}

#[test]
fn numbers_beyond_json_are_null() {
    let mut summary = Summary::new(&Builtin::parse("gmm40").unwrap(), &plan());
    summary.add_outcome(&plan(), &Outcome { log_z: f64::NAN, log_z_stderr: f64::INFINITY, ..outcome() });
    let value: Value = serde_json::from_str(&summary.json()).unwrap();
    assert_eq!((&value["log_z"], &value["log_z_stderr"]), (&Value::Null, &Value::Null));
    assert_eq!(summary.deviation(), None);
}

#[test]
fn the_table_tells_the_deviation() {
    let mut summary = Summary::new(&Builtin::parse("gmm40").unwrap(), &plan());
    summary.add_outcome(&plan(), &outcome());
    let table = summary.to_string();
    assert!(table.contains("0.50000 ± 0.25000") && table.contains("+2.0 standard errors"), "{table}");
    assert!(table.contains("80.0 %") && table.contains("(2.0 times the mean)"), "{table}");
    assert_eq!(summary.walker_steps_per_second, Some(4.0));
}

/// Paths back that were lost are told, and their bound is none that JSON can write.
#[test]
fn the_table_tells_what_exact_samples_say() {
    let mut summary = Summary::new(&Builtin::parse("gmm40").unwrap(), &plan());
    let found = BackwardSummary {
        samples: 2000,
        lost: 0,
        ess: 0.75,
        eubo: 0.125,
        eubo_stderr: 0.0625,
        log_z: 0.03125,
        log_z_stderr: 0.25,
    };
    (summary.elbo, summary.backward) = (Some(-0.25), Some(found));
    let table = summary.to_string();
    assert!(table.contains("-0.25000 (ELBO) to 0.12500 ± 0.06250 (EUBO)"), "{table}");
    assert!(table.contains("75.0 % by 2000 exact samples carried back\n"), "{table}");
    summary.backward = Some(BackwardSummary { lost: 3, ess: 0.0, eubo: f64::INFINITY, ..found });
    assert!(summary.to_string().contains("0.0 % by 2000 exact samples carried back, 3 of them lost"));
    let value: Value = serde_json::from_str(&summary.json()).unwrap();
    assert_eq!((&value["backward"]["eubo"], &value["backward"]["lost"]), (&Value::Null, &3.into()));
}
