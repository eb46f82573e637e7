//! Reading goes on while writing fails.

use std::sync::atomic::Ordering;
use std::thread;

use futures::executor::block_on;
use o2_core::store::{Batch, Revision, Store};
use o2_core::{ErrorKind, Fault, Result};

use super::faulty::FaultyDisk;
use crate::store::file::FileStore;

const VALUE: usize = 300;

/// A batch with some hundred entries, whose keys begin with this.
fn batch(name: &str) -> Batch {
    large_batch(name, 200)
}

fn large_batch(name: &str, entries: usize) -> Batch {
    (0..entries).fold(Batch::new(), |batch, number| {
        batch.put(format!("{name}/{number:03}"), vec![b'x'; VALUE])
    })
}

fn commit(store: &FileStore, batch: Batch) -> Result<Revision> {
    block_on(store.commit(batch))
}

fn keys(store: &FileStore, prefix: &str) -> Vec<String> {
    let entries = block_on(store.scan(prefix, None, usize::MAX)).unwrap();
    entries.into_iter().map(|entry| entry.key).collect()
}

/// All ways to read tell what was committed: `names` with all of their entries, and nothing else.
fn assert_holds(store: &FileStore, names: &[&str], revision: Revision) {
    let found: Vec<_> = names.iter().map(|name| keys(store, name).len()).collect();
    assert_eq!(found, vec![200; names.len()], "{names:?}");
    assert_eq!(keys(store, "").len(), 200 * names.len(), "{names:?} only");
    assert_eq!(block_on(store.revision()).unwrap(), revision);
    for name in names {
        let entry = block_on(store.get(&format!("{name}/199"))).unwrap().unwrap();
        assert_eq!(entry.value.len(), VALUE);
    }
}

fn assert_unavailable<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Unavailable, Fault::Gateway),
        "{error}"
    );
}

/// Fills a disk in this way, so that a batch of `refused` entries is refused, and makes room again: everything that was
/// answered can be read all the time.
fn reading_goes_on(store: Result<FileStore>, disk: &FaultyDisk, refused: usize, fill: impl Fn(bool)) {
    let store = store.unwrap();
    commit(&store, batch("a")).unwrap();
    let revision = commit(&store, batch("b")).unwrap();
    fill(true);
    for _ in 0..3 {
        assert_unavailable(commit(&store, large_batch("c", refused)));
        let writes = disk.writes.load(Ordering::SeqCst);
        assert_holds(&store, &["a", "b"], revision);
        assert_eq!(disk.writes.load(Ordering::SeqCst), writes, "reading writes nothing");
    }
    fill(false);
    assert_holds(&store, &["a", "b"], revision);
    let revision = commit(&store, batch("d")).unwrap();
    assert_holds(&store, &["a", "b", "d"], revision);
    drop(store);
    assert_holds(&disk.store().unwrap(), &["a", "b", "d"], revision);
}

#[test]
fn a_disk_that_takes_nothing_is_read() {
    let disk = FaultyDisk::default();
    reading_goes_on(disk.store(), &disk, 200, |full| disk.full.store(full, Ordering::SeqCst));
}

#[test]
fn a_disk_that_takes_nothing_is_read_without_a_cache() {
    let disk = FaultyDisk::default();
    reading_goes_on(disk.store_without_cache(), &disk, 200, |full| {
        disk.full.store(full, Ordering::SeqCst);
    });
}

/// As disks that are full do: what is there already can be written over, which is enough to open the file anew.
#[test]
fn a_disk_without_room_for_more_is_read() {
    let disk = FaultyDisk::default();
    reading_goes_on(disk.store_without_cache(), &disk, 3000, |full| {
        let room = if full {
            redb::StorageBackend::len(&disk).unwrap()
        } else {
            u64::MAX
        };
        disk.room.store(room, Ordering::SeqCst);
    });
}

/// A commit whose pages are all in the file, but not flushed: it was refused, so it is not there, now and later.
#[test]
fn what_could_not_be_flushed_is_not_there() {
    let disk = FaultyDisk::default();
    reading_goes_on(disk.store_without_cache(), &disk, 1, |failing| {
        disk.unsafe_.store(failing, Ordering::SeqCst);
    });
}

/// When only tidying up fails, the commit is durable, and must not be refused: it would be there all the same.
#[test]
fn what_is_durable_is_not_refused() {
    let disk = FaultyDisk::default();
    let store = disk.store().unwrap();
    commit(&store, batch("a")).unwrap();
    commit(&store, large_batch("more", 3000)).unwrap();
    disk.rigid_after_flush.store(true, Ordering::SeqCst);
    let mut revision = Revision::default();
    // The file gets shorter some commits after what was in it went away.
    for keys in keys(&store, "more").chunks(300) {
        let batch = keys.iter().fold(Batch::new(), Batch::delete);
        revision = commit(&store, batch).unwrap();
        assert_eq!(block_on(store.revision()).unwrap(), revision);
    }
    assert!(disk.refused_lengths.load(Ordering::SeqCst) > 0, "nothing was refused");
    assert_holds(&store, &["a"], revision);
    disk.rigid_after_flush.store(false, Ordering::SeqCst);
    let revision = commit(&store, batch("b")).unwrap();
    assert_holds(&store, &["a", "b"], revision);
}

/// A read that failed harms neither those after it nor the next write.
#[test]
fn a_read_that_failed_is_told_and_the_next_one_works() {
    let disk = FaultyDisk::default();
    let store = disk.store_without_cache().unwrap();
    let revision = commit(&store, batch("a")).unwrap();
    disk.gone.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert_unavailable(block_on(store.get("a/000")));
    }
    disk.gone.store(false, Ordering::SeqCst);
    let writes = disk.writes.load(Ordering::SeqCst);
    assert_holds(&store, &["a"], revision);
    assert_eq!(disk.writes.load(Ordering::SeqCst), writes, "nobody had to write");
    let revision = commit(&store, batch("b")).unwrap();
    assert_holds(&store, &["a", "b"], revision);
}

/// Opening anew takes long in a large file.
#[test]
fn readers_do_not_wait_while_the_file_is_opened_anew() {
    let disk = FaultyDisk::default();
    let store = disk.store_without_cache().unwrap();
    let revision = commit(&store, batch("a")).unwrap();
    disk.full.store(true, Ordering::SeqCst);
    assert_unavailable(commit(&store, batch("b")));
    disk.full.store(false, Ordering::SeqCst);

    let gate = disk.gate.lock().unwrap();
    let before = disk.at_gate.load(Ordering::SeqCst);
    thread::scope(|scope| {
        let writer = scope.spawn(|| commit(&store, batch("b")));
        while disk.at_gate.load(Ordering::SeqCst) == before {
            thread::yield_now();
        }
        assert_holds(&store, &["a"], revision);
        drop(gate);
        let revision = writer.join().unwrap().unwrap();
        assert_holds(&store, &["a", "b"], revision);
    });
}

/// Readers and a writer on a disk that fails now and then: whoever reads finds whole commits, and none that is older than
/// one that was answered before.
#[test]
fn whoever_reads_while_a_disk_fails_finds_whole_commits() {
    const ROUNDS: u64 = 60;
    let disk = FaultyDisk::default();
    let store = disk.store_without_cache().unwrap();
    let same = |round: u64| {
        (0..50).fold(Batch::new(), |batch, key| {
            batch.put(format!("{key:02}"), format!("{round:0VALUE$}"))
        })
    };
    commit(&store, same(0)).unwrap();
    let answered = std::sync::atomic::AtomicU64::new(0);
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = || {
            let mut reads = 0;
            while !done.load(Ordering::SeqCst) {
                let at_least = answered.load(Ordering::SeqCst);
                let entries = block_on(store.scan("", None, 100)).unwrap();
                let first = &entries[0].value;
                assert!(entries.len() == 50 && entries.iter().all(|entry| entry.value == first));
                let round: u64 = std::str::from_utf8(first).unwrap().parse().unwrap();
                assert!(round >= at_least, "{round} after {at_least} was answered");
                reads += 1;
            }
            reads
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        for round in 1..=ROUNDS {
            disk.full.store(round % 4 == 1, Ordering::SeqCst);
            disk.unsafe_.store(round % 4 == 2, Ordering::SeqCst);
            if commit(&store, same(round)).is_ok() {
                answered.store(round, Ordering::SeqCst);
            }
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            assert!(reader.join().unwrap() > 0, "nobody read");
        }
    });
    assert_eq!(answered.load(Ordering::SeqCst), ROUNDS);
}
