//! The audit trail, as the host keeps it.

use std::fmt;

use serde::Serialize;

use crate::ErrorKind;
use crate::id::{PluginId, TenantId};
use crate::time::Timestamp;

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditEntry {
    /// When the call ended.
    pub time: Timestamp,
    /// The request.
    pub request_id: String,
    /// Who asked.
    pub principal: String,
    /// For which tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What was asked, `create_resource_pool`.
    pub operation: &'static str,
    /// Of which plugin.
    pub plugin: PluginId,
    /// On which object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How it ended.
    pub outcome: AuditOutcome,
}

impl AuditEntry {
    /// What `call` did, and how it ended.
    #[must_use]
    pub fn of(call: &crate::layer::Call<'_>, time: Timestamp, outcome: AuditOutcome) -> Self {
        Self {
            time,
            request_id: call.context.request_id().to_owned(),
            principal: call.context.principal().name.clone(),
            tenant: call.context.tenant().cloned(),
            operation: call.operation.name,
            plugin: call.plugin.name.clone(),
            target: call.target.map(ToOwned::to_owned),
            outcome,
        }
    }
}

/// How an audited call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was refused: not permitted, no quota.
    Denied(ErrorKind),
    /// It failed.
    Failure(ErrorKind),
}

/// Keeps the audit trail. Must not block; an implementation that writes to a slow place queues.
pub trait AuditSink: fmt::Debug + Send + Sync + 'static {
    /// Keeps one entry.
    fn record(&self, entry: AuditEntry);
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAudit;

impl AuditSink for NoAudit {
    fn record(&self, _: AuditEntry) {}
}
