//! How busy a pool is and what happened in it.

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Model, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// How busy a pool is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// Processor use, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_usage_percent: Option<f64>,
    /// Memory use, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_usage_percent: Option<f64>,
    /// How many nodes it has.
    pub node_count: u64,
    /// How many of them are healthy.
    pub healthy_node_count: u64,
}

impl Attributes for PoolMetrics {
    const NAME: &'static str = "PoolMetrics";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<PoolMetrics>] = &[
            Attribute::optional("cpuUsagePercent", Kind::Number, "Processor use, in percent.", |m| {
                m.cpu_usage_percent.map_or(Value::Absent, Value::Number)
            }),
            Attribute::optional("memoryUsagePercent", Kind::Number, "Memory use, in percent.", |m| {
                m.memory_usage_percent.map_or(Value::Absent, Value::Number)
            }),
            Attribute::required("nodeCount", Kind::Integer, "How many nodes it has.", |m| {
                Value::Integer(m.node_count.try_into().unwrap_or(i64::MAX))
            }),
            Attribute::required(
                "healthyNodeCount",
                Kind::Integer,
                "How many of them are healthy.",
                |m| Value::Integer(m.healthy_node_count.try_into().unwrap_or(i64::MAX)),
            ),
        ];
        TABLE
    }
}

/// Something that happened in a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PoolEvent {
    /// Its id, unique in the pool.
    pub event_id: String,
    /// What kind of thing happened, one CamelCase word.
    pub event_type: String,
    /// What happened, for people.
    pub message: String,
    /// When.
    pub timestamp: Timestamp,
}

impl PoolEvent {
    /// Something that happened.
    pub fn new(
        event_id: impl Into<String>,
        event_type: impl Into<String>,
        message: impl Into<String>,
        timestamp: Timestamp,
    ) -> Self {
        Self {
            event_id: event_id.into(),
            event_type: event_type.into(),
            message: message.into(),
            timestamp,
        }
    }
}

impl Attributes for PoolEvent {
    const NAME: &'static str = "PoolEvent";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<PoolEvent>] = &[
            Attribute::required("eventId", Kind::String, "Its id, unique in the pool.", |e| {
                Value::String(&e.event_id)
            }),
            Attribute::required("eventType", Kind::String, "What kind of thing happened.", |e| {
                Value::String(&e.event_type)
            }),
            Attribute::required("message", Kind::String, "What happened, for people.", |e| {
                Value::String(&e.message)
            }),
            Attribute::required("timestamp", Kind::DateTime, "When.", |e| Value::DateTime(e.timestamp)),
        ];
        TABLE
    }
}

impl Model for PoolEvent {
    const OBJECT: &'static str = "resourcePoolEvent";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        &self.event_id
    }

    fn tenant(&self) -> Option<&TenantId> {
        None
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}
