//! Keeps the audit trail: who changed what, and how it ended.

use std::sync::Arc;

use async_trait::async_trait;

use crate::layer::{Call, Layer, Next};
use crate::ports::{AuditEntry, AuditOutcome, AuditSink, Clock};
use crate::{Error, ErrorKind, Result};

/// Records every call that changes something, refused and dropped ones included.
///
/// A call whose future was dropped midway is recorded as failed by timeout: nobody knows what has happened.
#[derive(Debug)]
pub struct AuditLayer {
    sink: Arc<dyn AuditSink>,
    clock: Arc<dyn Clock>,
    reads: bool,
}

impl AuditLayer {
    /// Records writes to `sink`.
    #[must_use]
    pub fn new(sink: Arc<dyn AuditSink>, clock: Arc<dyn Clock>) -> Self {
        Self {
            sink,
            clock,
            reads: false,
        }
    }

    /// Records reads too.
    #[must_use]
    pub fn with_reads(mut self) -> Self {
        self.reads = true;
        self
    }
}

#[async_trait]
impl Layer for AuditLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        if !self.reads && !call.operation.is_write() {
            return next.run(call).await;
        }
        let mut record = Record {
            layer: self,
            call,
            outcome: AuditOutcome::Failure(ErrorKind::Timeout),
        };
        let result = next.run(call).await;
        record.outcome = outcome(&result);
        result
    }
}

/// Records the call when it has ended or was dropped.
struct Record<'a> {
    layer: &'a AuditLayer,
    call: &'a Call<'a>,
    outcome: AuditOutcome,
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        let entry = AuditEntry::of(self.call, self.layer.clock.now(), self.outcome);
        self.layer.sink.record(entry);
    }
}

fn outcome(result: &Result<()>) -> AuditOutcome {
    match result.as_ref().map_err(Error::kind) {
        Ok(()) => AuditOutcome::Success,
        Err(kind @ (ErrorKind::PermissionDenied | ErrorKind::QuotaExceeded | ErrorKind::Unauthenticated)) => {
            AuditOutcome::Denied(kind)
        }
        Err(kind) => AuditOutcome::Failure(kind),
    }
}
