//! One table of how fast everything is, and what fraction that is of what the machine could do.
//!
//! ```text
//! cargo bench -p nets-host --bench speed                      the table
//! cargo bench -p nets-host --bench speed -- forward training  rows whose names contain one of the words
//! cargo bench -p nets-host --bench speed -- --lanes=256       of one width
//! cargo bench -p nets-host --bench speed -- --json            a JSON object for each figure
//! ```
//!
//! The bound of a row is stated in arithmetic instructions of one register, each counted as one: a fused multiply-add,
//! an addition, a division alike. The machine's peak, measured in the same process for the same width and precision, says
//! how many it could start in the time that passed; the fraction is the work over that. Rows of the network count its
//! multiply-adds alone, as is usual. The peak is measured again before and after every run, for machines whose speed
//! changes. Figures of one thread unless it says otherwise; medians of several runs.

mod kernels;
mod measure;
mod network;
mod peak;
mod product;

use measure::Figure;
use nets_host::lanes::{Precision, Width};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let json = std::env::args().any(|word| word == "--json");
    let lanes: Option<String> = std::env::args().find_map(|word| word.strip_prefix("--lanes=").map(str::to_string));
    let widths = [Width::W512, Width::W256, Width::Portable].into_iter();
    let widths = widths.filter(|width| width.is_available() && lanes.as_ref().is_none_or(|name| name == width.name()));
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if !json {
        println!("{:<44} {:>6} {:>5} {:>24} {:>9}", "", "lanes", "", "", "of peak");
    }
    for width in widths {
        for precision in Precision::ALL {
            let print = |figure: Figure| {
                if wanted(figure.name) {
                    figure.print(width, precision, json);
                }
            };
            print(Figure::plain("peak", peak::peak_flops(width, precision).expect("available"), "GF/s"));
            network::figures(width, precision, &wanted).into_iter().for_each(print);
            kernels::figures(width, precision, &wanted).into_iter().for_each(print);
            product::figures(width, precision, &wanted, &print);
        }
    }
}
