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
///
/// `Debug` output tells names and sizes only: arguments, environment and input may hold secrets.
#[derive(Clone)]
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
    /// Files for it, by their paths in the folder in which it runs, with `/` between the parts. The runner makes that folder
    /// for it alone and removes it at the end; a program without files runs in any folder.
    pub files: BTreeMap<String, Bytes>,
    /// The time it may take; then it is killed.
    pub timeout: Duration,
}

impl ProcessRequest {
    /// Runs `program` with `arguments`, an empty environment, no input, no files, for 60 s at most.
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            input: Bytes::new(),
            files: BTreeMap::new(),
            timeout: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for ProcessRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessRequest")
            .field("program", &self.program)
            .field("arguments", &self.arguments.len())
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("input_bytes", &self.input.len())
            .field("files", &self.files.len())
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// How a program ended. `Debug` output tells the sizes of what it wrote, not the text.
#[derive(Clone)]
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

impl fmt::Debug for ProcessOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessOutput")
            .field("code", &self.code)
            .field("stdout_bytes", &self.stdout.len())
            .field("stderr_bytes", &self.stderr.len())
            .finish()
    }
}

/// Runs external programs.
pub trait ProcessRunner: fmt::Debug + Send + Sync + 'static {
    /// Runs one program to its end. Dropping the future kills it.
    ///
    /// # Errors
    /// `Config` when there is no such program, `Timeout` when it took too long; `InvalidInput` for a path of a file that leads
    /// out of the folder. A non-zero exit code is not an error.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_names_and_sizes_and_no_value() {
        let mut request = ProcessRequest::new("/usr/bin/helm", ["install", "--set", "password=s3cret"]);
        request.environment.insert("KUBE_TOKEN".into(), "s3cret".into());
        request.input = Bytes::from_static(b"s3cret");
        request
            .files
            .insert("values.yaml".into(), Bytes::from_static(b"s3cret"));
        let shown = format!("{request:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        for part in [
            "/usr/bin/helm",
            "arguments: 3",
            "KUBE_TOKEN",
            "input_bytes: 6",
            "files: 1",
            "60s",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let output = ProcessOutput::new(Some(1), Bytes::from_static(b"s3cret"), Bytes::from_static(b"s3cret!"));
        let shown = format!("{output:?}");
        assert_eq!(
            shown,
            "ProcessOutput { code: Some(1), stdout_bytes: 6, stderr_bytes: 7 }"
        );
    }
}
