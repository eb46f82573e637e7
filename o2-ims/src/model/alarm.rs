//! Alarms that are raised now (AlarmEventRecord, O2IMS-INTERFACE v10 clause 3.3, v2 names).

use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, TenantId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Resource, ResourceType};

/// The id of an [`Alarm`].
pub type AlarmId = Id<Alarm>;

/// An alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Alarm {
    /// Its id.
    pub alarm_event_record_id: AlarmId,
    /// The type of the object that has a problem.
    pub object_type_id: Id<ResourceType>,
    /// The object that has a problem.
    pub object_id: Id<Resource>,
    /// The definition in the alarm dictionary.
    pub alarm_definition_id: String,
    /// The cause in the alarm dictionary.
    pub probable_cause_id: String,
    /// When it was raised.
    pub alarm_raised_time: Timestamp,
    /// When it changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_changed_time: Option<Timestamp>,
    /// When it was cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_cleared_time: Option<Timestamp>,
    /// When somebody took note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm_acknowledge_time: Option<Timestamp>,
    /// Whether somebody took note.
    pub alarm_acknowledged: bool,
    /// How bad it is.
    pub perceived_severity: PerceivedSeverity,
    /// The tenant whose object it is; shared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What else the backend says.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl Alarm {
    /// An alarm that nobody has taken note of.
    pub fn new(
        id: impl Into<AlarmId>,
        object: &Resource,
        definition: impl Into<String>,
        severity: PerceivedSeverity,
        raised: Timestamp,
    ) -> Self {
        Self {
            alarm_event_record_id: id.into(),
            object_type_id: object.resource_type_id.clone(),
            object_id: object.resource_id.clone(),
            alarm_definition_id: definition.into(),
            probable_cause_id: "UNKNOWN".into(),
            alarm_raised_time: raised,
            alarm_changed_time: None,
            alarm_cleared_time: None,
            alarm_acknowledge_time: None,
            alarm_acknowledged: false,
            perceived_severity: severity,
            tenant_id: object.tenant_id.clone(),
            extensions: Extensions::new(),
        }
    }
}

/// How bad an alarm is; a number on the wire, 0 is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PerceivedSeverity {
    /// Service is lost.
    Critical,
    /// Service suffers.
    Major,
    /// Service will suffer if nothing is done.
    Minor,
    /// Something may come.
    Warning,
    /// Nobody knows.
    Indeterminate,
    /// It is over.
    Cleared,
}

impl PerceivedSeverity {
    const ALL: [Self; 6] = [
        Self::Critical,
        Self::Major,
        Self::Minor,
        Self::Warning,
        Self::Indeterminate,
        Self::Cleared,
    ];

    /// The number on the wire, 0 to 5.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl Serialize for PerceivedSeverity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for PerceivedSeverity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        Self::ALL
            .get(usize::from(number))
            .copied()
            .ok_or_else(|| serde::de::Error::custom(format!("perceivedSeverity is 0 to 5, not {number}")))
    }
}

impl Attributes for Alarm {
    const NAME: &'static str = "Alarm";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<Alarm>] = &[
            Attribute::required("alarmEventRecordId", Kind::String, "Its id.", |a| {
                Value::String(a.alarm_event_record_id.as_str())
            }),
            Attribute::required(
                "objectTypeId",
                Kind::String,
                "The type of the object that has a problem.",
                |a| Value::String(a.object_type_id.as_str()),
            ),
            Attribute::required("objectId", Kind::String, "The object that has a problem.", |a| {
                Value::String(a.object_id.as_str())
            }),
            Attribute::required(
                "alarmDefinitionId",
                Kind::String,
                "The definition in the alarm dictionary.",
                |a| Value::String(&a.alarm_definition_id),
            ),
            Attribute::required(
                "probableCauseId",
                Kind::String,
                "The cause in the alarm dictionary.",
                |a| Value::String(&a.probable_cause_id),
            ),
            Attribute::required("alarmRaisedTime", Kind::DateTime, "When it was raised.", |a| {
                Value::DateTime(a.alarm_raised_time)
            }),
            Attribute::optional("alarmChangedTime", Kind::DateTime, "When it changed last.", |a| {
                Value::time(a.alarm_changed_time)
            }),
            Attribute::optional("alarmClearedTime", Kind::DateTime, "When it was cleared.", |a| {
                Value::time(a.alarm_cleared_time)
            }),
            Attribute::optional(
                "alarmAcknowledgeTime",
                Kind::DateTime,
                "When somebody took note.",
                |a| Value::time(a.alarm_acknowledge_time),
            ),
            Attribute::required("alarmAcknowledged", Kind::Boolean, "Whether somebody took note.", |a| {
                Value::Boolean(a.alarm_acknowledged)
            }),
            Attribute::required(
                "perceivedSeverity",
                Kind::Integer,
                "How bad it is, 0 (critical) to 5 (cleared).",
                |a| Value::Integer(a.perceived_severity.number().into()),
            ),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant whose object it is; shared when absent.",
                |a| Value::text(a.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |a| {
                Value::map(&a.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for Alarm {
    const OBJECT: &'static str = "alarm";
    const IDS: &'static [&'static str] = &["alarmEventRecordId", "objectTypeId", "objectId"];

    fn id(&self) -> &str {
        self.alarm_event_record_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.alarm_event_record_id.as_str());
        visit(self.object_type_id.as_str());
        visit(self.object_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.alarm_event_record_id);
        qualifier.apply(&mut self.object_type_id);
        qualifier.apply(&mut self.object_id);
    }
}
