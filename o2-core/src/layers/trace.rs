//! One `tracing` span per call, and one event per failure that is not the caller's fault.

use async_trait::async_trait;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::error::{Error, Fault, Result};
use crate::id::TenantId;
use crate::layer::{Call, Layer, Next, Outcome};

/// Wraps each call in a span `plugin_call` and reports failures that the operator has to look at.
///
/// The span's fields: `category`, `plugin`, `operation`, `target`, `request_id`, `tenant`, `trace_parent`, and, when
/// the call has ended, `outcome`. The event of a failure carries the error's detail and source, which callers never
/// see. Without a subscriber both cost next to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct TraceLayer;

#[async_trait]
impl Layer for TraceLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let mut ending = Ending {
            span: span_of(call),
            outcome: Outcome::Cancelled,
        };
        let result = next.run(call).instrument(ending.span.clone()).await;
        ending.outcome = Outcome::of(&result);
        if let Err(error) = &result {
            ending.span.in_scope(|| report(call, error));
        }
        result
    }
}

/// Records the outcome when the call has ended or was dropped.
struct Ending {
    span: Span,
    outcome: Outcome,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.span.record("outcome", self.outcome.as_str());
    }
}

fn span_of(call: &Call<'_>) -> Span {
    tracing::info_span!(
        "plugin_call",
        category = call.plugin.category.as_str(),
        plugin = call.plugin.name.as_str(),
        operation = call.operation.name,
        target = call.target,
        request_id = call.context.request_id(),
        tenant = call.context.tenant().map(TenantId::as_str),
        trace_parent = call.context.trace_parent(),
        outcome = Empty,
    )
}

/// Names plugin and operation again: a filter may have switched the span off.
fn report(call: &Call<'_>, error: &Error) {
    let plugin = call.plugin.name.as_str();
    let operation = call.operation.name;
    let kind = error.kind().as_str();
    let detail = error.detail();
    let source = std::error::Error::source(error);
    match error.fault() {
        Fault::Caller => {}
        Fault::Gateway => {
            tracing::error!(
                plugin,
                operation,
                kind,
                error = error.message(),
                detail,
                source,
                "plugin call failed"
            );
        }
        Fault::Backend => {
            tracing::warn!(
                plugin,
                operation,
                kind,
                error = error.message(),
                detail,
                source,
                "plugin call failed"
            );
        }
    }
}
