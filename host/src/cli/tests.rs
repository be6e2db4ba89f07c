use super::*;
use clap::CommandFactory;
use std::path::Path;

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn with_config(text: &str, line: &str) -> Result<Cli, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.toml");
    std::fs::write(&file, text).unwrap();
    parse(words(&format!("{line} --config {}", file.display())))
}

fn walkers(cli: &Cli) -> Option<u64> {
    match &cli.command {
        Command::Run(args) => args.sampling.walkers,
        _ => None,
    }
}

#[test]
fn the_arguments_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn flags_win_over_the_file() {
    let text = "walkers = 50\nresample-below = 0.5\nquiet = true\njson = false\nout = \"elsewhere\"\n";
    let cli = with_config(text, "nets run gmm40").unwrap();
    assert_eq!(walkers(&cli), Some(50));
    let Command::Run(args) = &cli.command else { panic!("{cli:?}") };
    assert_eq!(args.sampling.resample_below, Some(0.5));
    assert!(args.common.quiet && !args.common.json);
    let cli = with_config(text, "nets run gmm40 --walkers 70").unwrap();
    assert_eq!(walkers(&cli), Some(70));
}

#[test]
fn errors_of_the_file_name_key_and_file() {
    let message = with_config("walker = 5", "nets run gmm40").unwrap_err().message();
    assert!(message.contains("`walker`") && message.contains("run.toml"), "{message}");
    let message = with_config("walkers = [5]", "nets run gmm40").unwrap_err().message();
    assert!(message.contains("`walkers`") && message.contains("a list"), "{message}");
    let message = with_config("walkers = \"many\"", "nets run gmm40").unwrap_err().message();
    assert!(message.contains("--walkers") && message.contains("many"), "{message}");
    let message = with_config("walkers 5", "nets run gmm40").unwrap_err().message();
    assert!(message.contains("not TOML"), "{message}");
    assert!(config::with_file(&words("nets run gmm40"), Path::new("absent.toml")).is_err());
}
