//! Kinds whose objects are stored in another shape than they are sent in: events, which two groups show, and secrets,
//! which may be sent as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::object;
use super::resource::Resource;

/// What events are called in core, and in `events.k8s.io`.
const EVENT: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

impl Resource {
    /// An object as it is sent, from how it is stored.
    pub(super) fn shown(&self, stored: &Value) -> Value {
        let mut shown = stored.clone();
        if self.stored_in.is_some() {
            EVENT.iter().for_each(|(core, new)| rename(&mut shown, core, new));
        }
        shown
    }

    /// An object as it is stored, from how it was sent.
    pub(super) fn absorbed(&self, mut sent: Value) -> Value {
        if self.stored_in.is_some() {
            EVENT.iter().for_each(|(core, new)| rename(&mut sent, new, core));
        }
        if self.built_in && self.kind == "Secret" {
            encode(&mut sent);
        }
        sent
    }

    /// The path at which a field is stored.
    pub(super) fn stored_path(&self, path: &str) -> String {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let renamed = EVENT.iter().find(|(_, new)| self.stored_in.is_some() && *new == first);
        renamed.map_or_else(|| path.to_owned(), |(core, _)| format!("{core}.{rest}"))
    }
}

fn rename(object: &mut Value, from: &str, to: &str) {
    if let Some(value) = object.get(from).cloned() {
        object::set(object, from, None);
        object::set(object, to, Some(value));
    }
}

/// Puts the texts of a secret to its data.
fn encode(secret: &mut Value) {
    let texts = secret.get("stringData").cloned().unwrap_or_default();
    for (key, text) in texts.as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        object::set_in(secret, "data", key, json!(STANDARD.encode(text)));
    }
    object::set(secret, "stringData", None);
    if secret["type"].is_null() {
        object::set(secret, "type", Some(json!("Opaque")));
    }
}
