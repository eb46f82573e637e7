//! A process that writes is killed at random: what it was told to be written is there.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use o2_adapters::store::file::FileStore;
use o2_core::store::Store;
use o2_testkit::ManualClock;

use crate::folder::Folder;
use crate::{options, put};

const FILE: &str = "O2_TEST_STORE";
const KILLS: u32 = 12;
/// Writers of a child, so that several wait for the same `fsync`.
const WRITERS: u64 = 8;

#[test]
#[ignore = "is run by `acknowledged_commits_survive_sigkill`, which kills it"]
fn child() {
    let path = PathBuf::from(std::env::var_os(FILE).unwrap());
    let store = Arc::new(FileStore::open(path, ManualClock::auto(), options()).unwrap());
    let last = futures::executor::block_on(store.scan("first/", None, usize::MAX)).unwrap();
    let begin = last
        .last()
        .map_or(0, |entry| entry.key["first/".len()..].parse::<u64>().unwrap() + 1);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                for round in 0.. {
                    let number = begin + round * WRITERS + writer;
                    futures::executor::block_on(store.commit(put(number))).unwrap();
                    println!("wrote {number}");
                }
            });
        }
    });
}

#[test]
fn acknowledged_commits_survive_sigkill() {
    let folder = Folder::new();
    let mut acknowledged = Vec::new();
    let mut longest = Duration::ZERO;
    for kill in 0..KILLS {
        acknowledged.extend(run_and_kill(
            &folder,
            Duration::from_millis(60 + 37 * u64::from(kill % 5)),
        ));
        let began = Instant::now();
        let store = FileStore::open(folder.file(), ManualClock::auto(), options()).unwrap();
        longest = longest.max(began.elapsed());
        let keys = |prefix: &str| -> Vec<u64> {
            let entries = futures::executor::block_on(store.scan(prefix, None, usize::MAX)).unwrap();
            entries
                .iter()
                .map(|entry| entry.key[prefix.len()..].parse().unwrap())
                .collect()
        };
        let first = keys("first/");
        assert_eq!(first, keys("second/"), "half a commit is there");
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|number| first.binary_search(number).is_err())
            .collect();
        assert!(lost.is_empty(), "lost after kill {kill}: {lost:?}");
    }
    assert!(
        acknowledged.len() > 100,
        "the children wrote {} commits only",
        acknowledged.len()
    );
    eprintln!(
        "{} commits, {KILLS} kills, opened within {longest:?}",
        acknowledged.len()
    );
}

/// What a child said it had written until it was killed.
fn run_and_kill(folder: &Folder, life: Duration) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child", "--ignored", "--nocapture"])
        .env(FILE, folder.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines
            .filter_map(|line| line.strip_prefix("wrote ")?.parse().ok())
            .collect::<Vec<u64>>()
    });
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}
