//! Chores of the repository, as `cargo xtask`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to whoever runs it"
)]

mod new_backend;
mod public_api;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask new-backend <ims|dms|smo|observability> <kind>
           writes the folder, feature, catalog and documentation lines of a backend
       cargo xtask public-api [--bless]
           compares docs/public-api with the sources, or writes it anew";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["new-backend", category, kind] => new_backend::run(&root(), category, kind),
        ["public-api"] => public_api::run(&root(), false),
        ["public-api", "--bless"] => public_api::run(&root(), true),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository for which cargo runs this program: copies that share a target folder also share the program.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).join("..")
}
