//! [`Exchange`]: what a program reads and writes.

use bytes::{Bytes, BytesMut};
use futures::future::try_join3;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

use super::Failure;

/// The three pipes to a program. What has gone through them is kept here, so that an exchange can be gone on with.
pub(super) struct Exchange {
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    input: Bytes,
    said: BytesMut,
    complained: BytesMut,
}

impl Exchange {
    pub(super) fn new(
        stdin: Option<ChildStdin>,
        stdout: Option<ChildStdout>,
        stderr: Option<ChildStderr>,
        input: Bytes,
    ) -> Self {
        Self {
            stdin,
            stdout,
            stderr,
            input,
            said: BytesMut::new(),
            complained: BytesMut::new(),
        }
    }

    /// Writes all of the input and reads all of the output, at the same time: a program may do either first.
    pub(super) async fn run(&mut self, max_output: usize) -> Result<(), Failure> {
        let fed = feed(&mut self.stdin, &mut self.input);
        let said = read(&mut self.stdout, &mut self.said, max_output);
        let complained = read(&mut self.stderr, &mut self.complained, max_output);
        try_join3(fed, said, complained).await.map(|_| ())
    }

    /// What it has said and what it has complained about.
    pub(super) fn take(&mut self) -> (Bytes, Bytes) {
        (self.said.split().freeze(), self.complained.split().freeze())
    }
}

/// Writes what is left of the input and closes the pipe. A program that does not want it is none the worse.
async fn feed(stdin: &mut Option<ChildStdin>, input: &mut Bytes) -> Result<(), Failure> {
    if let Some(pipe) = stdin {
        let _ = pipe.write_all_buf(input).await;
    }
    *stdin = None;
    Ok(())
}

async fn read<R: AsyncRead + Unpin>(pipe: &mut Option<R>, into: &mut BytesMut, limit: usize) -> Result<(), Failure> {
    if let Some(from) = pipe {
        while from.read_buf(into).await.map_err(Failure::Broken)? > 0 {
            if into.len() > limit {
                return Err(Failure::TooMuch(limit));
            }
        }
    }
    *pipe = None;
    Ok(())
}
