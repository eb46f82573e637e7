//! [`TokioProcesses`]: the [`ProcessRunner`] port on tokio.

mod child;
mod folder;
mod output;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use o2_core::error::Excerpt;
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner};
use o2_core::{Error, ErrorKind, Fault, Result, Retry};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use child::Child;
use folder::Folder;

/// Runs programs as children of this process, a bounded number of them at a time.
///
/// A program gets the environment of its request and nothing of ours. It may write a bounded amount. When its time is over it
/// is asked to end (SIGTERM) and killed after a grace; when the future that runs it is dropped it is killed at once. Either is
/// done to what it has started, too. The time that a program has to wait for its turn counts. Its files are in a folder that
/// nobody else can look into, and that is removed with it.
///
/// ```
/// use o2_adapters::rt::TokioProcesses;
/// use o2_core::ports::{ProcessRequest, ProcessRunner};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let output = TokioProcesses::new().run(ProcessRequest::new("echo", ["hello"])).await?;
/// assert_eq!((output.code, &output.stdout[..]), (Some(0), &b"hello\n"[..]));
/// # Ok::<(), o2_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct TokioProcesses {
    places: Arc<Semaphore>,
    /// Where programs are looked for that are given by name.
    path: OsString,
    /// Where folders for files are made.
    folders: PathBuf,
    /// Counts folders, so that each has another name.
    made: Arc<AtomicU64>,
    grace: Duration,
    max_output: usize,
}

impl TokioProcesses {
    /// Eight programs at a time, each of which may write 16 MiB of output and as much of complaints, and has 5 s to end when
    /// its time is over. Those given by name are looked for where the `PATH` of this process says, and files are put where
    /// temporary files are.
    #[must_use]
    pub fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(8)),
            path: std::env::var_os("PATH").unwrap_or_default(),
            folders: std::env::temp_dir(),
            made: Arc::default(),
            grace: Duration::from_secs(5),
            max_output: 16 << 20,
        }
    }

    /// So many programs at a time, one at least.
    #[must_use]
    pub fn with_parallelism(mut self, programs: usize) -> Self {
        self.places = Arc::new(Semaphore::new(programs.clamp(1, Semaphore::MAX_PERMITS)));
        self
    }

    /// Looks for programs that are given by name in these folders, written as in `PATH`.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<OsString>) -> Self {
        self.path = path.into();
        self
    }

    /// Makes folders for files in this one.
    #[must_use]
    pub fn with_folders_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders = folder.into();
        self
    }

    /// Lets a program write so many bytes to each of its two outputs.
    #[must_use]
    pub fn with_max_output(mut self, bytes: usize) -> Self {
        self.max_output = bytes;
        self
    }

    /// Gives a program so much time to end by itself.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    async fn run_one(&self, request: ProcessRequest) -> Result<ProcessOutput> {
        let deadline = Instant::now() + request.timeout;
        let _place = self.place(&request, deadline).await?;
        // It goes after the child: what still runs in it can still write into it.
        let folder = Folder::of(&request.files, &self.folders, &self.made)?;
        let mut child = Child::spawn(&self.find(&request.program), &request, folder.path())?;
        let ended = timeout_at(deadline, child.run_on(self.max_output)).await;
        let Ok(ended) = ended else {
            child.end(self.grace, self.max_output).await;
            let name = name(&request.program);
            return Err(Error::new(
                ErrorKind::Timeout,
                format!("'{name}' took longer than {:?} and was ended", request.timeout),
            ));
        };
        let (code, stdout, stderr) = ended.map_err(|failure| failed(&request.program, failure))?;
        Ok(ProcessOutput::new(code, stdout, stderr))
    }

    /// One of the places for programs that run at the same time.
    async fn place(&self, request: &ProcessRequest, deadline: Instant) -> Result<SemaphorePermit<'_>> {
        match timeout_at(deadline, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(source)) => Err(Error::internal("the places for programs are closed").with_source(source)),
            Err(_) => {
                let message = format!("'{}' has waited too long for its turn", name(&request.program));
                Err(Error::new(ErrorKind::Timeout, message)
                    .with_fault(Fault::Gateway)
                    .with_retry(Retry::Safe))
            }
        }
    }

    /// Where a program is. What is not found is left to the system, which says so.
    fn find(&self, program: &Path) -> PathBuf {
        if program.components().count() != 1 {
            return program.to_owned();
        }
        let mut places = std::env::split_paths(&self.path).map(|folder| folder.join(program));
        places
            .find(|place| place.is_file())
            .unwrap_or_else(|| program.to_owned())
    }
}

impl Default for TokioProcesses {
    fn default() -> Self {
        Self::new()
    }
}

impl ProcessRunner for TokioProcesses {
    fn run(&self, request: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        self.run_one(request).boxed()
    }
}

fn name(program: &Path) -> String {
    Excerpt(&program.to_string_lossy()).to_string()
}

/// Why a program did not come to its end.
#[derive(Debug)]
enum Failure {
    /// It could not be talked to.
    Broken(std::io::Error),
    /// It wrote more than it may.
    TooMuch(usize),
}

fn failed(program: &Path, failure: Failure) -> Error {
    let name = name(program);
    match failure {
        Failure::Broken(source) => {
            Error::new(ErrorKind::Internal, format!("'{name}' could not be run to its end")).with_source(source)
        }
        Failure::TooMuch(limit) => Error::new(
            ErrorKind::Internal,
            format!("'{name}' wrote more than {limit} bytes and was ended"),
        )
        .with_fault(Fault::Backend),
    }
}
