//! What scores, estimates less their exact values over their standard errors, say: right within five, and a planted bug only if
//! one is beyond eight.

/// A score with the name of its estimate.
pub type Score = (&'static str, f64);

fn worst(scores: Vec<Score>) -> Score {
    scores.into_iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap()
}

pub fn passes(name: &str, scores: Vec<Score>) {
    let (what, score) = worst(scores);
    assert!(score.abs() < 5.0, "{name}: the {what} is {score:.1} standard errors off");
}

pub fn fails(name: &str, scores: Vec<Score>) {
    let (what, score) = worst(scores);
    // NaN is a failure too.
    assert!(score.is_nan() || score.abs() > 8.0, "{name} is not noticed: the worst is the {what}, {score:.1}");
}
