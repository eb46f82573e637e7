//! [`Folder`]: the files of one program, in a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use o2_core::error::Excerpt;
use o2_core::{Error, ErrorKind, Fault, Result, Retry};

/// How often another name is tried, where somebody has taken one.
const TRIES: usize = 100;

/// A folder that only this user can look into. It goes with everything in it when it is dropped.
#[derive(Debug)]
pub(super) struct Folder(Option<PathBuf>);

impl Folder {
    /// A folder in `place` with these files; none for no files.
    pub(super) fn of(files: &BTreeMap<String, Bytes>, place: &Path, made: &AtomicU64) -> Result<Self> {
        if files.is_empty() {
            return Ok(Self(None));
        }
        for path in files.keys() {
            check(path)?;
        }
        let folder = Self(Some(new(place, made).map_err(unusable)?));
        for (path, content) in files {
            folder.write(path, content).map_err(unusable)?;
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }

    fn write(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let Some(folder) = &self.0 else {
            return Ok(());
        };
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            private_folder().recursive(true).create(parent)?;
        }
        private_file().open(file)?.write_all(content)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // A program that was killed a moment ago may be about to write.
            let _ = fs::remove_dir_all(folder).or_else(|_| fs::remove_dir_all(folder));
        }
    }
}

fn new(place: &Path, made: &AtomicU64) -> io::Result<PathBuf> {
    let process = std::process::id();
    let mut refused = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..TRIES {
        let number = made.fetch_add(1, Ordering::Relaxed);
        let folder = place.join(format!("o2-process-{process}-{number}"));
        match private_folder().create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refused = error,
            Err(error) => return Err(error),
        }
    }
    Err(refused)
}

/// Checks that a path stays in the folder.
fn check(path: &str) -> Result<()> {
    let mut components = Path::new(path).components().peekable();
    let inside = components.peek().is_some() && components.all(|part| matches!(part, Component::Normal(_)));
    if inside && !path.contains('\\') && !path.ends_with('/') {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "'{}' is no file in the folder of a program",
        Excerpt(path)
    )))
}

fn private_folder() -> fs::DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn unusable(source: io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the files of a program cannot be written")
        .with_fault(Fault::Gateway)
        .with_retry(Retry::Safe)
        .with_source(source)
}
