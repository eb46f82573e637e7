//! [`PlayedHelm`]: the program helm, played by virtual time on a played cluster.
//!
//! It does what the real one does in the same order: the record of a revision first, which is also the lock, then the objects,
//! then how it ended. Like a real program it goes on whether somebody waits for it or not; who drops what waits for it kills it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Either, FutureExt, ready, select};
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner};
use o2_core::{Error, ErrorKind, Result};

use super::api::{Api, Failure};
use super::command::Command;
use super::deed::{Deed, Stage};
use crate::kube::testing::Played;

/// The program.
#[derive(Clone)]
pub(super) struct PlayedHelm {
    played: Played,
    version: &'static str,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    requests: Vec<ProcessRequest>,
    /// When the next program is killed, by whoever runs the machine.
    dies: Option<Stage>,
}

/// One program that runs.
struct Run {
    helm: PlayedHelm,
    deed: Mutex<Deed>,
    waiting: Mutex<Option<oneshot::Sender<Result<ProcessOutput>>>>,
    lives: AtomicBool,
    /// When its time is over.
    deadline: Duration,
}

impl PlayedHelm {
    pub(super) fn new(played: &Played, version: &'static str) -> Self {
        Self {
            played: played.clone(),
            version,
            state: Arc::default(),
        }
    }

    /// Has the next program killed when it is about to do this.
    pub(super) fn kill_at(&self, stage: Stage) {
        self.state.lock().unwrap().dies = Some(stage);
    }

    /// What it was asked for, but for its version.
    pub(super) fn requests(&self) -> Vec<ProcessRequest> {
        let requests = self.state.lock().unwrap().requests.clone();
        requests
            .into_iter()
            .filter(|request| request.arguments[0] != "version")
            .collect()
    }

    fn dies_at(&self, stage: Stage) -> bool {
        let dies = &mut self.state.lock().unwrap().dies;
        let now = *dies == Some(stage);
        if now {
            *dies = None;
        }
        now
    }
}

impl ProcessRunner for PlayedHelm {
    fn run(&self, request: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        self.state.lock().unwrap().requests.push(request.clone());
        if request.arguments == ["version", "--template", "{{.Version}}"] {
            return ready(Ok(output(Some(0), self.version, ""))).boxed();
        }
        let major = self.version[1..2].parse().unwrap();
        let command = match Command::read(&request.arguments, major) {
            Ok(command) => command,
            Err(complaint) => return ready(Ok(output(Some(1), "", &format!("Error: {complaint}\n")))).boxed(),
        };
        let chart = request.files.get("chart.tgz").cloned();
        let api = Api((*self.played.server).clone());
        let deed = Deed::new(api, Arc::clone(&self.played.clock), command, chart, &request.input);
        let (sender, receiver) = oneshot::channel();
        let run = Arc::new(Run {
            helm: self.clone(),
            deed: Mutex::new(deed),
            waiting: Mutex::new(Some(sender)),
            lives: AtomicBool::new(true),
            deadline: self.played.clock.monotonic() + request.timeout,
        });
        let killed = Killed(Arc::clone(&run));
        self.played.later(1, move |_| run.go_on(Stage::Begin));
        let played = self.played.clone();
        async move {
            let _killed = killed;
            end_of(receiver, &played).await
        }
        .boxed()
    }
}

impl Run {
    fn go_on(self: Arc<Self>, stage: Stage) {
        if !self.lives.load(Ordering::SeqCst) {
            return;
        }
        if self.helm.played.clock.monotonic() >= self.deadline {
            return self.end(Err(took_too_long()));
        }
        if self.helm.dies_at(stage) {
            return self.end(Ok(output(None, "", "signal: killed")));
        }
        let done = self.deed.lock().unwrap().stage(stage);
        let next = match done {
            Ok(Some(next)) => next,
            // What it has written down is seen before it has ended.
            Ok(None) => {
                let played = self.helm.played.clone();
                return played.later(1, move |_| self.end(Ok(output(Some(0), "", ""))));
            }
            Err(Failure::Silence) => stage,
            Err(Failure::Complaint(text)) => {
                return self.end(Ok(output(Some(1), "", &format!("Error: {text}\n"))));
            }
        };
        let played = self.helm.played.clone();
        played.later(1, move |_| self.go_on(next));
    }

    fn end(&self, how: Result<ProcessOutput>) {
        self.lives.store(false, Ordering::SeqCst);
        if let Some(waiting) = self.waiting.lock().unwrap().take() {
            // Nobody may be waiting any more.
            let _ = waiting.send(how);
        }
    }
}

/// How the program ends. Who only waits for that asks the server for nothing, so what is due is done from here.
async fn end_of(mut receiver: oneshot::Receiver<Result<ProcessOutput>>, played: &Played) -> Result<ProcessOutput> {
    loop {
        match select(receiver, played.clock.sleep(Duration::from_secs(1))).await {
            Either::Left((how, _)) => return how.unwrap(),
            Either::Right(((), rest)) => receiver = rest,
        }
        played.tick();
    }
}

/// Kills the program of which nobody wants to know the end.
struct Killed(Arc<Run>);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.lives.store(false, Ordering::SeqCst);
    }
}

fn output(code: Option<i32>, stdout: &str, stderr: &str) -> ProcessOutput {
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    ProcessOutput::new(code, bytes(stdout), bytes(stderr))
}

fn took_too_long() -> Error {
    Error::new(ErrorKind::Timeout, "'helm' took too long and was ended")
}

impl fmt::Debug for PlayedHelm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayedHelm")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
