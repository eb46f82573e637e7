//! [`Folder`]: the folder of one program, with its files.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use o2_core::error::Excerpt;
use o2_core::{Error, Result};

/// A folder that is there as long as this is.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// How often another name is tried.
const ATTEMPTS: u32 = 100;

impl Folder {
    /// Makes a folder below `place` that nobody else can look into, with `files` in it.
    pub(super) async fn with(place: PathBuf, files: BTreeMap<String, Bytes>) -> Result<Self> {
        let paths = files.keys().map(|path| inner(path));
        paths.collect::<Result<Vec<_>>>()?;
        // Who gives up meanwhile lets go of the folder when it is there.
        let made = tokio::task::spawn_blocking(move || Self::make(&place, &files)).await;
        let made = made.map_err(|source| Error::internal("a folder could not be made").with_source(source))?;
        made.map_err(|source| Error::internal("the files of a program cannot be written").with_source(source))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn make(place: &Path, files: &BTreeMap<String, Bytes>) -> io::Result<Self> {
        let folder = Self::create(place)?;
        for (path, content) in files {
            let path = folder.path.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, content)?;
        }
        Ok(folder)
    }

    fn create(place: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            // Every such state has keys of its own.
            let number = RandomState::new().build_hasher().finish();
            let path = place.join(format!("o2-{number:016x}"));
            match private(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self { path }),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }
}

fn private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Checks that a path stays within the folder that it is in.
fn inner(path: &str) -> Result<()> {
    let parts: Vec<_> = Path::new(path).components().collect();
    let normal = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    if !parts.is_empty() && normal && !path.contains('\\') {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "'{}' is no path within a folder",
        Excerpt(path)
    )))
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to who cleans up the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
