//! [`Failure`]: what redb says went wrong, in the words of whoever runs the gateway.

use std::io;

use o2_core::{Error, ErrorKind, Fault, Retry};
use redb::{CommitError, DatabaseError, SetDurabilityError, StorageError, TableError, TransactionError};

/// Why the database could not be read or written.
#[derive(Debug)]
pub(super) struct Failure {
    cause: redb::Error,
}

impl Failure {
    pub(super) fn damaged(what: String) -> Self {
        Self {
            cause: redb::Error::Corrupted(what),
        }
    }

    /// A file without anything in it.
    pub(super) fn empty() -> Self {
        Self {
            cause: io::Error::new(io::ErrorKind::UnexpectedEof, EMPTY).into(),
        }
    }

    /// Whether the database refuses to work until it is opened anew.
    pub(super) fn needs_reopening(&self) -> bool {
        matches!(
            self.cause,
            redb::Error::Io(_) | redb::Error::PreviousIo | redb::Error::DatabaseClosed
        )
    }

    /// The error of a store, which is in the file `name`.
    pub(super) fn into_error(self, name: &str) -> Error {
        let error = match &self.cause {
            redb::Error::DatabaseAlreadyOpen => Error::new(
                ErrorKind::Unavailable,
                format!(
                    "the store {name} is open in another process; stop that one, or give this one a file of its own"
                ),
            ),
            redb::Error::Io(error) => of_io(error, name),
            redb::Error::PreviousIo | redb::Error::DatabaseClosed => Error::new(
                ErrorKind::Unavailable,
                format!("the store {name} is closed after an earlier failure"),
            )
            .with_retry(Retry::Safe),
            redb::Error::Corrupted(what) => Error::new(
                ErrorKind::Internal,
                format!("the store {name} is damaged; bring back a copy of it"),
            )
            .with_detail(what),
            redb::Error::UpgradeRequired(version) => Error::config(format!(
                "the store {name} has format {version} of an earlier version of this program; bring back that version, or begin with a new file"
            )),
            other => Error::new(ErrorKind::Internal, format!("the store {name} cannot be used"))
                .with_detail(other.to_string()),
        };
        error.with_fault(Fault::Gateway).with_source(self.cause)
    }
}

/// The same error for somebody else who waited for the same write.
pub(super) fn repeated(error: &Error) -> Error {
    let again = Error::new(error.kind(), error.message())
        .with_fault(error.fault())
        .with_retry(error.retry());
    match error.detail() {
        Some(detail) => again.with_detail(detail),
        None => again,
    }
}

const EMPTY: &str = "the file is empty";

fn of_io(error: &io::Error, name: &str) -> Error {
    let message = match error.kind() {
        io::ErrorKind::UnexpectedEof if error.to_string() == EMPTY => {
            let what =
                format!("the store {name} is an empty file; bring back a copy of it, or remove it to begin anew");
            return Error::config(what);
        }
        io::ErrorKind::NotFound => return Error::config(format!("the folder of the store {name} does not exist")),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            return Error::config(format!(
                "the store {name} or its folder may not be written by this process"
            ));
        }
        io::ErrorKind::IsADirectory => return Error::config(format!("the store {name} is a folder, not a file")),
        io::ErrorKind::InvalidData => return Error::config(format!("{name} is not a store of this program")),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!("there is no room left for the store {name}")
        }
        _ => format!("the store {name} cannot be read or written"),
    };
    Error::new(ErrorKind::Unavailable, message)
        .with_retry(Retry::IfIdempotent)
        .with_detail(error.to_string())
}

impl From<redb::Error> for Failure {
    fn from(cause: redb::Error) -> Self {
        Self { cause }
    }
}

macro_rules! from {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { cause: error.into() }
            }
        })*
    };
}

from!(
    CommitError,
    DatabaseError,
    SetDurabilityError,
    StorageError,
    TableError,
    TransactionError,
    io::Error
);
