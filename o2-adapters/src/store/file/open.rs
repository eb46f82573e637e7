//! [`Opener`]: opens the file, now and after a failure, and makes sure that it is one of ours.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use o2_core::{Error, ErrorKind, Fault, Result, Retry};
use redb::backends::FileBackend;
use redb::{Builder, Database, ReadableDatabase, TableHandle};

use super::data::guarded;
use super::failure::Failure;
use super::read::{self, FORMAT, NUMBERS, ROWS};

/// The layout this program writes.
const CURRENT: u64 = 1;

type Open = dyn Fn() -> Result<Database, Failure> + Send + Sync;

/// Opens a database as often as it must be.
pub(super) struct Opener {
    name: String,
    open: Box<Open>,
}

impl Opener {
    /// Opens this file, with so many bytes of memory for it.
    pub(super) fn file(path: &Path, cache: usize) -> Self {
        let path: PathBuf = path.to_owned();
        let name = format!("'{}'", path.display());
        Self::new(name, move || {
            let file = private(&path)?;
            Ok(Builder::new()
                .set_cache_size(cache)
                .create_with_backend(FileBackend::new(file)?)?)
        })
    }

    /// Opens whatever `open` does.
    pub(super) fn new(name: String, open: impl Fn() -> Result<Database, Failure> + Send + Sync + 'static) -> Self {
        let open = Box::new(open);
        Self { name, open }
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn open(&self) -> Result<Database> {
        let opened = guarded(|| {
            let database = (self.open)()?;
            let wrong = prepare(&database)?;
            Ok((database, wrong))
        });
        match opened {
            Ok((database, None)) => Ok(database),
            Ok((_, Some(wrong))) => Err(Error::config(format!("the store {} {wrong}", self.name))),
            Err(failure) => Err(failure.into_error(&self.name)),
        }
    }
}

/// Opens the file, or makes one that nobody else may read: it holds the secrets of subscriptions.
fn private(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Ok(file) if file.metadata()?.len() == 0 => Err(Failure::empty()),
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => new(path, options),
        Err(error) => Err(error.into()),
    }
}

fn new(path: &Path, mut options: OpenOptions) -> Result<File, Failure> {
    options.create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // A folder is flushed apart from its files: without, a crash of the machine may forget that there is one.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

/// Makes the tables of a new database, or says what is wrong with one that is there.
fn prepare(database: &Database) -> Result<Option<String>, Failure> {
    let is_new = {
        let transaction = database.begin_read()?;
        let mut tables = transaction.list_tables()?.map(|table| table.name().to_owned());
        let known = |name: String| name == ROWS_NAME || name == NUMBERS_NAME;
        let first = tables.next();
        let is_new = first.is_none();
        if first.is_some_and(|name| !known(name)) || tables.any(|name| !known(name)) {
            return Ok(Some("is a database of another program".to_owned()));
        }
        is_new
    };
    if is_new {
        let transaction = database.begin_write()?;
        transaction.open_table(ROWS)?;
        transaction.open_table(NUMBERS)?.insert(FORMAT, CURRENT)?;
        transaction.commit()?;
        return Ok(None);
    }
    let format = read::format(database)?;
    let expected = || format!("has layout {format}; this version of the program knows layout {CURRENT}");
    Ok((format != CURRENT).then(expected))
}

const ROWS_NAME: &str = "rows";
const NUMBERS_NAME: &str = "numbers";

/// The error of a database that could not be opened anew yet.
pub(super) fn closed(name: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("the store {name} is closed after an earlier failure"),
    )
    .with_fault(Fault::Gateway)
    .with_retry(Retry::Safe)
}
