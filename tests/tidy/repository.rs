//! The files of the repository, and what cargo knows about its crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// Folders that hold nothing anybody wrote.
const SKIPPED: [&str; 3] = [".git", "target", "coverage"];

/// A text file, by its path from the root of the repository, with `/` between its parts.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is(&self, extension: &str) -> bool {
        self.path.ends_with(&format!(".{extension}"))
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn exists(path: &str) -> bool {
    root().join(path).exists()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every text file, by path.
pub(crate) fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let mut files = Vec::new();
        collect(root(), &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    });
    &FILES
}

pub(crate) fn with_extension(extension: &str) -> impl Iterator<Item = &'static File> {
    files().iter().filter(move |file| file.is(extension))
}

/// The names of the folders in a folder, which need not exist.
pub(crate) fn folders(path: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(path)) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| !SKIPPED.iter().any(|skipped| path.ends_with(skipped)));
    for path in paths {
        if path.is_dir() {
            collect(&path, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let parts = path.strip_prefix(root()).unwrap().iter();
            let parts: Vec<_> = parts.map(|part| part.to_str().unwrap()).collect();
            files.push(File {
                path: parts.join("/"),
                text,
            });
        }
    }
}

/// The crates of the workspace, as `cargo metadata` describes them.
pub(crate) fn packages() -> &'static [Value] {
    static METADATA: LazyLock<Value> = LazyLock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "asks cargo about this very repository")]
        let mut cargo = Command::new(env!("CARGO"));
        let arguments = ["metadata", "--offline", "--no-deps", "--format-version", "1"];
        let output = cargo.args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    });
    METADATA["packages"].as_array().unwrap()
}

/// The path of a crate's manifest.
pub(crate) fn manifest(package: &Value) -> String {
    let path = Path::new(package["manifest_path"].as_str().unwrap());
    let path = path.strip_prefix(root()).unwrap();
    path.to_str().unwrap().replace('\\', "/")
}
