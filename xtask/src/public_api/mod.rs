//! The public interface of the crates that others build on, as text: `docs/public-api/<crate>.txt` has a line for each
//! thing that can be named from outside. A change of the interface shows as a change of such a file.
//!
//! The lines are read from the sources, so they need no compiler and know no types. `docs/public-api/README.md` says what
//! that leaves out.

mod lines;
mod print;
mod resolve;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The crates, by package and folder, and the names by which they are used.
const CRATES: [(&str, &str, &str); 6] = [
    ("o2-core", "o2-core/src/lib.rs", "o2_core"),
    ("o2-ims", "o2-ims/src/lib.rs", "o2_ims"),
    ("o2-dms", "o2-dms/src/lib.rs", "o2_dms"),
    ("o2-smo", "o2-smo/src/lib.rs", "o2_smo"),
    ("o2-testkit", "o2-testkit/src/lib.rs", "o2_testkit"),
    ("oran-o2", "src/lib.rs", "o2"),
];

/// Compares the files with the sources, or writes them anew.
pub(crate) fn run(root: &Path, bless: bool) -> Result<String, String> {
    let mut told = String::new();
    for (package, library, name) in CRATES {
        let file = format!("docs/public-api/{package}.txt");
        let (path, now) = (root.join(&file), current(&root.join(library), name)?);
        let before = if path.exists() {
            fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?
        } else {
            String::new()
        };
        if before == now {
            continue;
        }
        if bless {
            fs::write(&path, &now).map_err(|error| format!("{file}: {error}"))?;
        }
        told += &format!("{file}:\n{}", difference(&before, &now));
    }
    match (told.is_empty(), bless) {
        (true, _) => Ok("the files are as the sources".to_owned()),
        (false, true) => Ok(told),
        (false, false) => Err(format!(
            "{told}the public interface is not as written down; if that is meant: cargo xtask public-api --bless"
        )),
    }
}

/// The lines of one crate.
fn current(library: &Path, name: &str) -> Result<String, String> {
    let source = source::Source::read(library)?;
    let mut lines: Vec<_> = lines::lines(&source, name).into_iter().collect();
    lines.sort_by_cached_key(|line| (subject(line, name).to_owned(), line.clone()));
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// The path that a line is about, so that a type stands beside its members.
fn subject<'l>(line: &'l str, name: &str) -> &'l str {
    let path = line.find(&format!("{name}::")).map_or("", |at| &line[at..]);
    let end = path.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':'));
    path[..end.unwrap_or(path.len())].trim_end_matches(':')
}

/// The lines that only one of two texts has.
fn difference(before: &str, now: &str) -> String {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.lines().collect(), now.lines().collect());
    let removed = old.difference(&new).map(|line| format!("  - {line}\n"));
    let added = new.difference(&old).map(|line| format!("  + {line}\n"));
    removed.chain(added).collect()
}
