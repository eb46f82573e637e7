//! [`Child`]: one program that runs, and how it is made to end.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use o2_core::ports::ProcessRequest;
use o2_core::{Error, ErrorKind, Result, Retry};
use tokio::process::Command;
use tokio::time::timeout;

use super::output::Exchange;
use super::{Failure, name};

/// A program that runs, with everything that it has started. Dropping it kills them.
pub(super) struct Child {
    process: tokio::process::Child,
    exchange: Exchange,
}

impl Child {
    /// Starts `program` in a group of its own: what ends the gateway at a terminal does not end the program midway.
    pub(super) fn spawn(program: &Path, request: &ProcessRequest, folder: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(program);
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        command
            .args(&request.arguments)
            .env_clear()
            .envs(&request.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn().map_err(|source| not_started(program, source))?;
        let exchange = Exchange::new(
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
            request.input.clone(),
        );
        Ok(Self { process, exchange })
    }

    /// Feeds it, and waits until it has ended and said everything. May be called again after having been given up.
    ///
    /// It is waited for last: until then its number, which is that of its group, cannot be given to another.
    pub(super) async fn run_on(&mut self, max_output: usize) -> Result<(Option<i32>, Bytes, Bytes), Failure> {
        self.exchange.run(max_output).await?;
        let status = self.process.wait().await.map_err(Failure::Broken)?;
        let (stdout, stderr) = self.exchange.take();
        Ok((status.code(), stdout, stderr))
    }

    /// Asks it to end, and kills it when it does not within `grace`.
    pub(super) async fn end(mut self, grace: Duration, max_output: usize) {
        self.signal(Signal::Term);
        // Its last words are read: whoever cannot write does not end.
        let _ = timeout(grace, self.run_on(max_output)).await;
    }

    #[cfg(unix)]
    fn signal(&mut self, signal: Signal) {
        // A process that was waited for has no number any more.
        let number = self.process.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = number.and_then(rustix::process::Pid::from_raw) {
            let signal = match signal {
                Signal::Term => rustix::process::Signal::TERM,
                Signal::Kill => rustix::process::Signal::KILL,
            };
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _: Signal) {
        let _ = self.process.start_kill();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
    }
}

enum Signal {
    Term,
    Kill,
}

fn not_started(program: &Path, source: std::io::Error) -> Error {
    use std::io::ErrorKind as Io;
    let name = name(program);
    match source.kind() {
        Io::NotFound => Error::config(format!("there is no program '{name}'")).with_source(source),
        Io::PermissionDenied => Error::config(format!("the program '{name}' may not be run")).with_source(source),
        _ => Error::new(
            ErrorKind::Unavailable,
            format!("the program '{name}' cannot be started"),
        )
        .with_retry(Retry::Safe)
        .with_source(source),
    }
}
