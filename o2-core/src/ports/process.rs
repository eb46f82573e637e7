//! External programs, as the host runs them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::NotProvided;
use crate::Result;

/// A program to run to its end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProcessRequest {
    /// The program, by path or by name.
    pub program: PathBuf,
    /// Its arguments. Never a shell line.
    pub arguments: Vec<String>,
    /// The whole environment of the process.
    pub environment: BTreeMap<String, String>,
    /// What it reads.
    pub input: Bytes,
    /// The time it may take; then it is killed.
    pub timeout: Duration,
}

impl ProcessRequest {
    /// Runs `program` with `arguments`, an empty environment, no input, for 60 s at most.
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            input: Bytes::new(),
            timeout: Duration::from_secs(60),
        }
    }
}

/// How a program ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProcessOutput {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote.
    pub stdout: Bytes,
    /// What it complained about.
    pub stderr: Bytes,
}

impl ProcessOutput {
    /// A program that ended like this.
    #[must_use]
    pub fn new(code: Option<i32>, stdout: Bytes, stderr: Bytes) -> Self {
        Self { code, stdout, stderr }
    }
}

/// Runs external programs.
pub trait ProcessRunner: fmt::Debug + Send + Sync + 'static {
    /// Runs one program to its end. Dropping the future kills it.
    ///
    /// # Errors
    /// `Config` when there is no such program, `Timeout` when it took too long. A non-zero exit code is not an error.
    fn run(&self, request: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>>;
}

impl ProcessRunner for NotProvided {
    fn run(&self, _: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        Box::pin(std::future::ready(Err(Self::error(
            "process runner",
            "the one of o2-adapters, feature 'rt-tokio'",
        ))))
    }
}
