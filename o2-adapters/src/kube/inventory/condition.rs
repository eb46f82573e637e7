//! [`Condition`]: how an object says how it is.

use o2_core::Timestamp;
use serde::Deserialize;

/// A condition, without the heartbeat that it may carry.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Condition {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// `True`, `False` or `Unknown`.
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    last_transition_time: Option<String>,
}

impl Condition {
    pub(crate) fn holds(&self) -> bool {
        self.status == "True"
    }

    /// Since when it is so.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        Timestamp::parse(self.last_transition_time.as_deref()?).ok()
    }

    /// `reason: message`, as far as there are both.
    pub(crate) fn words(&self) -> String {
        match (self.reason.as_str(), self.message.as_str()) {
            ("", message) => message.to_owned(),
            (reason, "") => reason.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        }
    }

    pub(crate) fn find<'c>(conditions: &'c [Self], kind: &str) -> Option<&'c Self> {
        conditions.iter().find(|condition| condition.kind == kind)
    }
}
