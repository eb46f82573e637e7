//! A real disk that is full. It has to be given, so this is not run by itself: see the README of the store.

use std::fs;
use std::path::PathBuf;

use futures::executor::block_on;
use o2_adapters::store::file::FileStore;
use o2_core::ErrorKind;
use o2_core::store::{Batch, Store};
use o2_testkit::ManualClock;

use crate::options;

/// A folder on a file system of some MiB.
const SMALL_DISK: &str = "O2_TEST_SMALL_DISK";
const BALLAST: usize = 2 << 20;

fn key(number: u32) -> String {
    format!("{number:06}")
}

#[test]
#[ignore = "needs a small file system, whose folder O2_TEST_SMALL_DISK names"]
fn a_store_on_a_full_disk_is_read_and_goes_on_when_there_is_room() {
    let folder = PathBuf::from(std::env::var_os(SMALL_DISK).expect("a folder in O2_TEST_SMALL_DISK"));
    let (file, ballast) = (folder.join("test.o2"), folder.join("ballast"));
    fs::write(&ballast, vec![1; BALLAST]).unwrap();
    let store = FileStore::open(&file, ManualClock::auto(), options()).unwrap();
    let write = |number: u32| block_on(store.commit(Batch::new().put(key(number), vec![b'x'; 30_000])));
    let held = || {
        let entries = block_on(store.scan("", None, usize::MAX)).unwrap();
        entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };

    let (mut answered, mut number) = (Vec::new(), 0);
    let error = loop {
        match write(number) {
            Ok(_) => answered.push(key(number)),
            Err(error) => break error,
        }
        number += 1;
    };
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    assert!(!answered.is_empty(), "the disk was full from the beginning");
    for attempt in 0..10 {
        if write(number + attempt).is_ok() {
            // What a commit that was refused had taken may do for a smaller one.
            answered.push(key(number + attempt));
        }
        assert_eq!(held(), answered);
        let revision = block_on(store.revision()).unwrap();
        assert_eq!(revision.0, answered.len() as u64);
    }
    eprintln!("full after {} commits: {error}", answered.len());

    fs::remove_file(&ballast).unwrap();
    write(900_000).unwrap();
    answered.push(key(900_000));
    assert_eq!(held(), answered);
    drop(store);
    let store = FileStore::open(&file, ManualClock::auto(), options()).unwrap();
    let entries = block_on(store.scan("", None, usize::MAX)).unwrap();
    assert_eq!(entries.len(), answered.len());
    drop(store);
    fs::remove_file(&file).unwrap();
}
