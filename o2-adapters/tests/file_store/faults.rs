//! What can be wrong with a file.

use std::fs;
use std::path::Path;

use o2_adapters::store::file::{FileStore, FileStoreOptions};
use o2_core::store::{Revision, Store};
use o2_core::{Error, ErrorKind, Fault};
use o2_testkit::ManualClock;

use crate::folder::Folder;
use crate::{options, put};

fn open(path: &Path) -> o2_core::Result<FileStore> {
    FileStore::open(path, ManualClock::auto(), options())
}

fn refused(path: &Path) -> Error {
    match open(path) {
        Ok(store) => panic!("{store:?} was opened"),
        Err(error) => error,
    }
}

/// The kind of the error, and what it says behind the file's name.
fn told(path: &Path) -> (ErrorKind, String) {
    let error = refused(path);
    assert_eq!(error.fault(), Fault::Gateway);
    assert!(error.message().contains(&path.display().to_string()), "{error}");
    (
        error.kind(),
        error.message().replace(&format!("'{}'", path.display()), "FILE"),
    )
}

#[test]
fn a_file_that_another_process_has_open_is_told() {
    let folder = Folder::new();
    let first = open(&folder.file()).unwrap();
    let (kind, message) = told(&folder.file());
    assert_eq!(kind, ErrorKind::Unavailable);
    assert!(
        message.starts_with("the store FILE is open in another process"),
        "{message}"
    );
    let other = redb::Database::open(folder.file()).unwrap_err();
    assert!(matches!(other, redb::DatabaseError::DatabaseAlreadyOpen), "{other}");
    drop(first);
    open(&folder.file()).unwrap();
}

#[test]
fn a_missing_folder_is_told() {
    let folder = Folder::new();
    let (kind, message) = told(&folder.path().join("nowhere/test.o2"));
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::Config, "the folder of the store FILE does not exist")
    );
}

#[test]
fn a_folder_instead_of_a_file_is_told() {
    let folder = Folder::new();
    let (kind, message) = told(folder.path());
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::Config, "the store FILE is a folder, not a file")
    );
}

#[test]
fn a_file_of_something_else_is_told_and_left_alone() {
    let folder = Folder::new();
    let text = "# notes\n".repeat(1000);
    fs::write(folder.file(), &text).unwrap();
    let (kind, message) = told(&folder.file());
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::Config, "FILE is not a store of this program")
    );
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
}

#[test]
fn an_empty_file_is_not_taken_for_a_new_one() {
    let folder = Folder::new();
    fs::write(folder.file(), "").unwrap();
    let (kind, message) = told(&folder.file());
    assert_eq!(kind, ErrorKind::Config);
    assert!(message.starts_with("the store FILE is an empty file"), "{message}");
}

#[test]
fn a_database_of_another_program_is_told() {
    let folder = Folder::new();
    let other: redb::TableDefinition<'_, u32, u32> = redb::TableDefinition::new("theirs");
    let database = redb::Database::create(folder.file()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(other).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let (kind, message) = told(&folder.file());
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::Config, "the store FILE is a database of another program")
    );
}

/// A file whose header says that it has this format, and is otherwise whole.
fn file_of_format(folder: &Folder, version: u8) -> Vec<u8> {
    /// Where both commit slots of a file of redb have the version.
    const VERSIONS: [usize; 2] = [64, 192];
    drop(open(&folder.file()).unwrap());
    let mut bytes = fs::read(folder.file()).unwrap();
    for at in VERSIONS {
        assert_eq!(bytes[at], 3, "the format has another layout than this test knows");
        bytes[at] = version;
    }
    fs::write(folder.file(), &bytes).unwrap();
    bytes
}

#[test]
fn a_file_of_another_format_is_told_and_left_alone() {
    for (version, message) in [
        (1, "the store FILE has format 1 of an earlier version of this program"),
        (2, "the store FILE has format 2 of an earlier version of this program"),
        (4, "the store FILE has format 4 of a later version of this program"),
    ] {
        let folder = Folder::new();
        let bytes = file_of_format(&folder, version);
        let (kind, told) = told(&folder.file());
        assert_eq!(kind, ErrorKind::Config);
        assert!(told.starts_with(message), "{told}");
        assert!(
            fs::read(folder.file()).unwrap() == bytes,
            "format {version} was written over"
        );
    }
}

/// Takes the right to write from a file or folder. False where that does not bind this process.
#[cfg(unix)]
fn protect(path: &Path, mode: u32) -> bool {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let binds = if path.is_dir() {
        fs::write(path.join("probe"), "").is_err()
    } else {
        fs::OpenOptions::new().write(true).open(path).is_err()
    };
    if !binds {
        // `eprintln!` would show it for tests that fail only.
        let line = b"SKIPPED: permissions do not bind this process, as it is root\n";
        std::io::stderr().write_all(line).unwrap();
    }
    binds
}

#[cfg(unix)]
fn assert_may_not_be_written(folder: &Folder) {
    let (kind, message) = told(&folder.file());
    assert_eq!(
        (kind, message.as_str()),
        (
            ErrorKind::Config,
            "the store FILE or its folder may not be written by this process"
        )
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_told_and_left_alone() {
    let folder = Folder::new();
    drop(open(&folder.file()).unwrap());
    let bytes = fs::read(folder.file()).unwrap();
    if !protect(&folder.file(), 0o444) {
        return;
    }
    assert_may_not_be_written(&folder);
    assert!(fs::read(folder.file()).unwrap() == bytes, "it was written over");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_told() {
    let folder = Folder::new();
    if !protect(folder.path(), 0o555) {
        return;
    }
    assert_may_not_be_written(&folder);
    assert!(!folder.file().exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    drop(open(&folder.file()).unwrap());
    assert_eq!(fs::metadata(folder.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A store with a thousand commits, as bytes.
async fn sample(folder: &Folder) -> Vec<u8> {
    let store = open(&folder.file()).unwrap();
    for number in 1..=1000 {
        store.commit(put(number)).await.unwrap();
    }
    drop(store);
    fs::read(folder.file()).unwrap()
}

/// What is written over, torn off or missing at the end of the file: it opens with whole commits, or says that it is
/// damaged. It never shows half of anything.
#[tokio::test]
async fn a_damaged_file_is_mended_or_told() {
    let folder = Folder::new();
    let whole = sample(&folder).await;
    let (mut mended, mut refused) = (0, 0);
    for step in 0..64 {
        let mut bytes = whole.clone();
        let at = bytes.len() * step / 64;
        match step % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at..].fill(0),
            _ => {
                let end = (at + 512).min(bytes.len());
                bytes[at..end].fill(0xa5);
            }
        }
        fs::write(folder.file(), &bytes).unwrap();
        match try_all(&folder).await {
            Ok(()) => mended += 1,
            Err(error) => {
                assert!(!error.message().is_empty());
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "{mended} were mended, {refused} refused");
}

async fn try_all(folder: &Folder) -> o2_core::Result<()> {
    let store = open(&folder.file())?;
    let revision = store.revision().await?;
    let first = store.scan("first/", None, 2000).await?;
    let second = store.scan("second/", None, 2000).await?;
    assert!(revision <= Revision(1000));
    if first.len() == second.len() {
        Ok(())
    } else {
        panic!("half a commit: {} and {}", first.len(), second.len())
    }
}

#[test]
fn options_have_defaults_that_are_told() {
    let options = FileStoreOptions::default();
    assert_eq!(
        (options.feed_capacity, options.cache, options.queue),
        (65_536, 64 << 20, 1024)
    );
}
