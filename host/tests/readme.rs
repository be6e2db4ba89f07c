//! The README shows the example that is compiled and run.

#[test]
fn the_readme_holds_the_example() {
    let readme = include_str!("../../README.md");
    let example = include_str!("../examples/own_density.rs");
    // The example's own introduction is left out.
    let (_, code) = example.split_once("\n\n").expect("the introduction ends with an empty line");
    assert!(readme.contains(code.trim_end()), "README.md and host/examples/own_density.rs differ");
}
