//! What a disk can do to the store.

mod faulty;
mod reading;

use std::io;
use std::sync::atomic::Ordering;

use o2_core::store::{Batch, Revision, Store};
use o2_core::{ErrorKind, Fault};

use self::faulty::FaultyDisk;
use super::failure::Failure;

#[tokio::test]
async fn a_full_disk_is_told_and_the_store_goes_on_when_there_is_room() {
    let disk = FaultyDisk::default();
    let store = disk.store().unwrap();
    store.commit(Batch::new().put("a", "1")).await.unwrap();

    disk.full.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let error = store.commit(Batch::new().put("b", "2")).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (ErrorKind::Unavailable, Fault::Gateway));
    }

    disk.full.store(false, Ordering::SeqCst);
    let revision = store.commit(Batch::new().put("c", "3")).await.unwrap();
    assert!(revision > Revision(1));
    let keys: Vec<_> = store
        .scan("", None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.key)
        .collect();
    assert_eq!(keys, ["a", "c"], "what was refused is not there");
    assert_eq!(store.revision().await.unwrap(), revision);
}

#[tokio::test]
async fn a_disk_that_is_away_for_a_while_costs_nothing_that_was_answered() {
    let disk = FaultyDisk::default();
    let store = disk.store().unwrap();
    let mut answered = Vec::new();
    for number in 0..50 {
        disk.gone.store(number % 5 == 4, Ordering::SeqCst);
        let key = format!("{number:03}");
        if store.commit(Batch::new().put(key.clone(), "x")).await.is_ok() {
            answered.push(key);
        }
    }
    disk.gone.store(false, Ordering::SeqCst);
    store.commit(Batch::new().put("last", "x")).await.unwrap();
    let entries = store.scan("", None, 100).await.unwrap();
    for key in &answered {
        assert!(entries.iter().any(|entry| entry.key == *key), "{key} is lost");
    }
    assert!((30..50).contains(&answered.len()), "{answered:?}");
}

#[test]
fn failures_are_told_in_words_for_the_operator() {
    let told = |kind: io::ErrorKind| {
        let error = Failure::from(io::Error::from(kind)).into_error("'x'");
        (error.kind(), error.message().to_owned())
    };
    for (kind, expected, message) in [
        (
            io::ErrorKind::NotFound,
            ErrorKind::Config,
            "the folder of the store 'x' does not exist",
        ),
        (
            io::ErrorKind::PermissionDenied,
            ErrorKind::Config,
            "the store 'x' or its folder may not be written by this process",
        ),
        (
            io::ErrorKind::ReadOnlyFilesystem,
            ErrorKind::Config,
            "the store 'x' or its folder may not be written by this process",
        ),
        (
            io::ErrorKind::StorageFull,
            ErrorKind::Unavailable,
            "there is no room left for the store 'x'",
        ),
        (
            io::ErrorKind::TimedOut,
            ErrorKind::Unavailable,
            "the store 'x' cannot be read or written",
        ),
    ] {
        assert_eq!(told(kind), (expected, message.to_owned()), "{kind}");
    }
}
