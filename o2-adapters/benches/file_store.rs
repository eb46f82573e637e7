//! What the store in a file costs: commits, each made durable, and opening it after its process was killed. Prints tables in
//! Markdown:
//!
//! `cargo bench -p o2-adapters --no-default-features --features store-file --bench file_store`
//!
//! The files are in the target folder, so the figures are those of the disk it is on.
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(
    clippy::print_stdout,
    reason = "prints what it measured, and a child tells its parent"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "disks and processes live in real time, and a child is told its task"
)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::join_all;
use o2_adapters::store::file::{FileStore, FileStoreOptions};
use o2_core::store::{Batch, Store};
use o2_testkit::ManualClock;

const VALUE: usize = 300;
/// What is written at once when a file is filled.
const FILL: u64 = 1000;
/// How often commits are measured.
const ROUNDS: usize = 7;
/// How often a file that was left behind is mended.
const TRIES: usize = 5;
/// The file that a child has to fill, and with how many entries.
const CHILD_FILE: &str = "O2_BENCH_FILE";
const CHILD_ENTRIES: &str = "O2_BENCH_ENTRIES";

fn main() {
    if let Some(file) = std::env::var_os(CHILD_FILE) {
        return fill_and_wait(Path::new(&file));
    }
    // Cargo says so when it benchmarks; otherwise this is a test, and small.
    let measure = std::env::args().any(|argument| argument == "--bench");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("file-store-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder in the target folder");
    commits(&folder, Duration::from_millis(if measure { 1500 } else { 20 }));
    mending(
        &folder,
        if measure {
            &[10_000, 100_000, 1_000_000]
        } else {
            &[1000]
        },
    );
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

fn open(path: &Path) -> FileStore {
    FileStore::open(path, ManualClock::auto(), FileStoreOptions::default()).expect("a store")
}

fn key(number: u64) -> String {
    format!("resource/{number:012}")
}

fn batch(first: u64, entries: u64) -> Batch {
    (first..first + entries).fold(Batch::new(), |batch, number| batch.put(key(number), vec![b'x'; VALUE]))
}

/// All cases in turn, round by round, so that what the machine does beside it hits all of them alike.
fn commits(folder: &Path, time: Duration) {
    let cases = [
        ("one caller, one entry each", 1, 1),
        ("64 callers at once, one entry each", 64, 1),
        ("one caller, batches of 100 entries", 1, 100),
        ("64 callers at once, batches of 100 entries", 64, 100),
    ];
    let mut alone = Vec::new();
    let mut rates = [(); 4].map(|()| Vec::new());
    for _ in 0..ROUNDS {
        alone.push(flushes(&folder.join("plain"), time));
        for ((_, callers, entries), rates) in cases.iter().zip(&mut rates) {
            rates.push(commits_per_second(&folder.join("commits.o2"), time, *callers, *entries));
        }
    }
    println!("\n### Commits to the store in a file, entries of {VALUE} bytes, each commit flushed\n");
    println!("| | commits/s, best of {ROUNDS} | median | entries/s, median |");
    println!("|---|--:|--:|--:|");
    let (best, median) = best_and_median(alone);
    println!("| 4 KiB written over and flushed, without a store | {best:.0} | {median:.0} | |");
    for ((name, _, entries), rates) in cases.into_iter().zip(rates) {
        let (best, median) = best_and_median(rates);
        println!(
            "| {name} | {best:.0} | {median:.0} | {:.0} |",
            median * f64::from(entries)
        );
    }
}

fn best_and_median(mut rates: Vec<f64>) -> (f64, f64) {
    rates.sort_by(f64::total_cmp);
    (rates[rates.len() - 1], rates[rates.len() / 2])
}

/// What the disk does by itself.
fn flushes(path: &Path, time: Duration) -> f64 {
    use std::io::{Seek, SeekFrom};
    let mut file = File::create(path).expect("a file");
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        file.seek(SeekFrom::Start(0)).expect("the beginning");
        file.write_all(&[b'x'; 4096]).expect("room");
        file.sync_data().expect("a flush");
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn commits_per_second(path: &Path, time: Duration, callers: u32, entries: u32) -> f64 {
    let store = open(path);
    let began = Instant::now();
    let caller = |number: u32| {
        let store = &store;
        async move {
            let mut count = 0_u32;
            while began.elapsed() < time {
                // Every caller writes at places of its own, as tables do.
                let first = (u64::from(number) << 32) + u64::from(count) * u64::from(entries);
                store.commit(batch(first, entries.into())).await.expect("a commit");
                count += 1;
            }
            count
        }
    };
    let count: u32 = block_on(join_all((0..callers).map(caller))).into_iter().sum();
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    drop(store);
    fs::remove_file(path).expect("the file can be removed");
    rate
}

fn mending(folder: &Path, sizes: &[u64]) {
    println!("\n### Opening the store in a file, entries of {VALUE} bytes\n");
    println!("| entries | file | closed properly | killed, best of {TRIES} | killed, median |");
    println!("|--:|--:|--:|--:|--:|");
    for &entries in sizes {
        let left = folder.join("left.o2");
        let file = fill_and_kill(&left, entries);
        let mut times: Vec<_> = (0..TRIES)
            .map(|_| {
                let copy = folder.join("copy.o2");
                fs::copy(&left, &copy).expect("room for a copy");
                // Otherwise mending would flush the copy too.
                File::open(&copy).and_then(|file| file.sync_all()).expect("a flush");
                time_to_open(&copy, entries)
            })
            .collect();
        times.sort();
        // The last one has been closed by now.
        let closed = time_to_open(&folder.join("copy.o2"), entries);
        let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        println!(
            "| {entries} | {:.1} MiB | {} | {} | {} |",
            file as f64 / f64::from(1 << 20),
            milliseconds(closed),
            milliseconds(times[0]),
            milliseconds(times[TRIES / 2]),
        );
    }
}

fn time_to_open(path: &Path, entries: u64) -> Duration {
    let began = Instant::now();
    let store = open(path);
    let time = began.elapsed();
    let last = block_on(store.get(&key(entries - 1))).expect("an answer");
    assert!(last.is_some(), "what was committed is there");
    time
}

/// The size of a file whose process was killed when it had committed so much.
fn fill_and_kill(path: &Path, entries: u64) -> u64 {
    if path.exists() {
        fs::remove_file(path).expect("the file can be removed");
    }
    let program: PathBuf = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .env(CHILD_FILE, path)
        .env(CHILD_ENTRIES, entries.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let output = child.stdout.take().expect("its output");
    let filled = BufReader::new(output).lines().next();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(matches!(filled, Some(Ok(_))), "the child did not fill the file");
    fs::metadata(path).expect("the file").len()
}

fn fill_and_wait(path: &Path) {
    let entries = std::env::var(CHILD_ENTRIES).expect("how many entries");
    let entries: u64 = entries.parse().expect("a number of entries");
    let store = open(path);
    for first in (0..entries).step_by(usize::try_from(FILL).expect("a small number")) {
        block_on(store.commit(batch(first, FILL.min(entries - first)))).expect("a commit");
    }
    println!("filled");
    std::io::stdout().flush().expect("somebody reads");
    loop {
        std::thread::park();
    }
}
