//! Small programs of the system, run, fed, ended and killed.

#![allow(clippy::disallowed_methods, reason = "processes live in real time")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::future::{FutureExt, join_all};
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner};
use o2_core::{ErrorKind, Fault, Result, Retry};

use super::TokioProcesses;

fn sh(script: &str) -> ProcessRequest {
    ProcessRequest::new("sh", ["-c", script])
}

async fn run(request: ProcessRequest) -> Result<ProcessOutput> {
    TokioProcesses::new().run(request).await
}

/// A file that does not exist yet, in a folder that goes away.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("o2-process-{}-{name}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("file")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap_or_default()
    }

    /// What is in the file once something is.
    async fn written(&self) -> String {
        for _ in 0..1_000 {
            if self.text().ends_with('\n') {
                return self.text().trim().to_owned();
            }
            wait().await;
        }
        panic!("nothing was written");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Lets the system do something: there is no event for the end of a process that is not ours.
async fn wait() {
    let read = ProcessRequest::new("sleep", ["0.01"]);
    TokioProcesses::new().run(read).await.unwrap();
}

/// Whether a process has ended; one that waits to be waited for has.
fn is_over(number: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    status
        .rsplit(')')
        .next()
        .is_none_or(|rest| rest.is_empty() || rest.starts_with(" Z"))
}

async fn ends(number: &str) -> bool {
    for _ in 0..1_000 {
        if is_over(number) {
            return true;
        }
        wait().await;
    }
    false
}

#[tokio::test]
async fn a_program_gets_what_the_request_has_and_nothing_else() {
    let mut request = ProcessRequest::new("env", Vec::<String>::new());
    request.environment.insert("NAME".into(), "value of it".into());
    let output = run(request).await.unwrap();
    assert_eq!(output.stdout, "NAME=value of it\n");

    let arguments = ["a b", "$HOME", "'", "*"];
    let output = run(ProcessRequest::new("printf", [&["%s|"], &arguments[..]].concat())).await;
    assert_eq!(output.unwrap().stdout, "a b|$HOME|'|*|");
}

#[tokio::test]
async fn how_it_ended_is_told() {
    for (script, code, stdout, stderr) in [
        ("echo out; echo err >&2", Some(0), "out\n", "err\n"),
        ("echo no >&2; exit 3", Some(3), "", "no\n"),
        ("kill -9 $$", None, "", ""),
    ] {
        let output = run(sh(script)).await.unwrap();
        assert_eq!((output.code, &output.stdout[..]), (code, stdout.as_bytes()), "{script}");
        assert_eq!(output.stderr, stderr, "{script}");
    }
}

#[tokio::test]
async fn much_goes_in_and_out_at_the_same_time() {
    let text: String = (0..300_000).map(|number| format!("{number}\n")).collect();
    let mut request = ProcessRequest::new("cat", Vec::<String>::new());
    request.input = text.clone().into();
    assert_eq!(run(request).await.unwrap().stdout, text);
    // Nobody has to read what there is to read.
    let mut deaf = sh("exec <&-; echo done");
    deaf.input = text.into();
    assert_eq!(run(deaf).await.unwrap().stdout, "done\n");
}

#[tokio::test]
async fn what_cannot_be_run_is_named() {
    let error = run(ProcessRequest::new("no-such-program", ["x"])).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no program 'no-such-program'");
    assert!(error.is(ErrorKind::Config));
    let error = run(ProcessRequest::new("/etc", ["x"])).await.unwrap_err();
    assert!(
        error.is(ErrorKind::Config) && error.message().contains("may not be run"),
        "{error}"
    );
    // By name, only what is in the folders of PATH is there; and no relative path is taken for a name.
    let nowhere = TokioProcesses::new().with_path("/nonexistent");
    assert!(nowhere.run(ProcessRequest::new("./sh", ["-c", ""])).await.is_err());
}

#[tokio::test]
async fn output_has_a_limit() {
    let runner = TokioProcesses::new().with_max_output(1_000);
    assert_eq!(runner.run(sh("printf %1000d 7")).await.unwrap().stdout.len(), 1_000);
    for script in ["printf %1001d 7", "printf %1001d 7 >&2", "yes"] {
        let error = runner.run(sh(script)).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (ErrorKind::Internal, Fault::Backend));
        assert_eq!(
            error.message(),
            "'sh' wrote more than 1000 bytes and was ended",
            "{script}"
        );
    }
}

#[tokio::test]
async fn time_that_is_over_ends_it_gently_then_not() {
    let place = Place::new("over");
    let file = place.file();
    let listening = format!(
        "trap 'echo ended >{}; exit 0' TERM; echo; while :; do sleep 0.02; done",
        file.display()
    );
    let deaf = "trap '' TERM; while :; do sleep 0.02; done".to_owned();
    let runner = TokioProcesses::new().with_grace(Duration::from_millis(300));
    for (script, gently) in [(listening, true), (deaf, false)] {
        let mut request = sh(&script);
        request.timeout = Duration::from_millis(200);
        let began = Instant::now();
        let error = runner.run(request).await.unwrap_err();
        assert!(error.is(ErrorKind::Timeout), "{error}");
        assert_eq!(error.message(), "'sh' took longer than 200ms and was ended");
        assert!(began.elapsed() < Duration::from_secs(20), "{script}");
        assert_eq!(place.text() == "ended\n", gently);
        let _ = std::fs::remove_file(&file);
    }
}

#[tokio::test]
async fn dropping_it_kills_it_and_what_it_has_started() {
    let place = Place::new("dropped");
    let script = format!("sleep 600 & echo $! >{}; wait", place.file().display());
    let runner = TokioProcesses::new();
    let mut running = runner.run(sh(&script));
    assert!((&mut running).now_or_never().is_none());
    let number = place.written().await;
    assert!(!is_over(&number));
    drop(running);
    assert!(ends(&number).await, "what it has started goes on");
}

#[tokio::test]
async fn so_many_run_at_a_time() {
    let place = Place::new("turns");
    let file = place.file();
    let script = format!("echo in >>{0}; sleep 0.05; echo out >>{0}", file.display());
    let runner = TokioProcesses::new().with_parallelism(1);
    join_all((0..4).map(|_| runner.run(sh(&script)))).await;
    assert_eq!(place.text(), "in\nout\n".repeat(4));

    let mut late = sh("true");
    late.timeout = Duration::from_millis(50);
    let slow = runner.run(sh("sleep 0.4"));
    let (_, late) = futures::future::join(slow, runner.run(late)).await;
    let error = late.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Timeout, Retry::Safe),
        "{error}"
    );
}

#[tokio::test]
async fn files_are_in_a_folder_of_its_own_that_goes_with_it() {
    let place = Place::new("files");
    let runner = TokioProcesses::new().with_folders_in(&place.0);
    let mut request = sh("pwd; cat a.txt sub/b.txt; stat -c %a . sub a.txt sub/b.txt; echo more >c.txt");
    request.files.insert("a.txt".into(), "first\n".into());
    request.files.insert("sub/b.txt".into(), "second\n".into());
    let output = runner.run(request.clone()).await.unwrap();
    let text = String::from_utf8(output.stdout.to_vec()).unwrap();
    let (folder, rest) = text.split_once('\n').unwrap();
    assert!(folder.starts_with(&*place.0.to_string_lossy()), "{folder}");
    assert_eq!(rest, "first\nsecond\n700\n700\n600\n600\n");
    let left = || std::fs::read_dir(&place.0).unwrap().count();
    assert_eq!(left(), 0);

    let mut killed = sh("sleep 600");
    killed.files = request.files;
    let mut running = runner.run(killed);
    assert!((&mut running).now_or_never().is_none());
    assert_eq!(left(), 1);
    drop(running);
    assert_eq!(left(), 0);

    for path in ["", "/a", "../a", "a/../../b", ".", "a/", "a\\b", "./a"] {
        let mut request = sh("true");
        request.files.insert(path.into(), "x".into());
        let error = runner.run(request).await.unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{path}: {error}");
    }
}
