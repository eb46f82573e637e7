//! [`Opener`]: opens the file, now and after a failure, and makes sure that it is one of ours.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use o2_core::{Error, Result};
use redb::backends::FileBackend;
use redb::{Builder, Database, ReadOnlyDatabase, ReadableDatabase, StorageBackend, TableHandle};

use super::data::guarded;
use super::disk::{Disk, Writing};
use super::failure::Failure;
use super::read::{self, FORMAT, NUMBERS, ROWS};
use super::view::View;

/// The layout this program writes.
const CURRENT: u64 = 1;

/// Opens a database as often as it must be, always on the same file.
pub(super) struct Opener {
    name: String,
    disk: Arc<Disk>,
    cache: usize,
}

impl Opener {
    /// Opens databases in this file, with so many bytes of memory for it.
    pub(super) fn file(path: &Path, cache: usize) -> Result<Self> {
        let name = format!("'{}'", path.display());
        let file = || Ok(Box::new(FileBackend::new(private(path)?)?));
        let file = file().map_err(|failure: Failure| failure.into_error(&name))?;
        Self::new(name, file, cache)
    }

    /// Opens databases in whatever `file` is.
    pub(super) fn new(name: String, file: Box<dyn StorageBackend>, cache: usize) -> Result<Self> {
        let disk = Disk::new(file).map_err(|error| Failure::from(error).into_error(&name))?;
        if let Some(version) = disk.later_format() {
            return Err(Error::config(format!(
                "the store {name} has format {version} of a later version of this program, or is damaged"
            )));
        }
        let disk = Arc::new(disk);
        Ok(Self { name, disk, cache })
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Opens the database the first time.
    pub(super) fn open(&self) -> Result<Database> {
        let opened = guarded(|| {
            let database = self.database()?;
            let wrong = prepare(&database)?;
            Ok((database, wrong))
        });
        match opened {
            Ok((database, None)) => {
                self.disk.keep_locks();
                Ok(database)
            }
            Ok((_, Some(wrong))) => Err(Error::config(format!("the store {} {wrong}", self.name))),
            Err(failure) => Err(failure.into_error(&self.name)),
        }
    }

    /// Opens it after a failure, at the last durable commit.
    pub(super) fn open_anew(&self) -> Result<Database> {
        let opened = guarded(|| {
            self.disk.take_back()?;
            self.database()
        });
        opened.map_err(|failure| failure.into_error(&self.name))
    }

    /// The last durable commit, for reading only.
    pub(super) fn view(&self) -> Result<ReadOnlyDatabase, Failure> {
        Ok(View::open(Arc::clone(&self.disk))?)
    }

    fn database(&self) -> Result<Database, Failure> {
        let mut builder = Builder::new();
        let builder = builder.set_cache_size(self.cache);
        Ok(builder.create_with_backend(Writing(Arc::clone(&self.disk)))?)
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
    let format = read::format(&database.begin_read()?)?;
    let expected = || format!("has layout {format}; this version of the program knows layout {CURRENT}");
    Ok((format != CURRENT).then(expected))
}

const ROWS_NAME: &str = "rows";
const NUMBERS_NAME: &str = "numbers";
