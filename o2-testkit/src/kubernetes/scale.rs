//! `/scale`: the number of replicas of an object, as `autoscaling/v1` shows it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::object;
use super::patch::patched;
use super::reply::Reply;
use super::route::Target;
use super::selector::match_labels;
use super::state::State;
use super::status::{Cause, Outcome, Status};
use super::write::Edit;

impl State {
    pub(super) fn read_scale(&self, target: &Target) -> Outcome<Reply> {
        let stored = self.stored(target)?;
        Ok(Reply::ok(scale(target, &stored)))
    }

    /// `PUT` and `PATCH` of the scale.
    pub(super) fn write_scale(&mut self, target: &Target, call: &Call, verb: &str) -> Outcome<Reply> {
        let old = self.stored(target)?;
        let edit = Edit::of(target, call)?;
        let sent = match verb {
            "update" => call.object()?,
            _ => patched(scale(target, &old), call, true)?,
        };
        let replicas = sent["spec"]["replicas"].as_i64().unwrap_or_default();
        if replicas < 0 {
            return Err(negative(target, replicas));
        }
        let mut new = Value::clone(&old);
        object::set_in(&mut new, "spec", "replicas", json!(replicas));
        let version = json!(object::resource_version(&sent));
        object::set_metadata(&mut new, "resourceVersion", version);
        let new = self.replace(target, &old, new, &edit)?;
        Ok(Reply::ok(scale(target, &new)))
    }
}

/// Custom and built-in kinds say it in different words.
fn negative(target: &Target, replicas: i64) -> Status {
    let (resource, replicas) = (&target.resource, json!(replicas));
    if resource.built_in {
        let cause = Cause::invalid("spec.replicas", &replicas, "must be greater than or equal to 0");
        return Status::invalid_of("autoscaling", "Scale", &target.name, &[cause]);
    }
    let cause = Cause::invalid(".spec.replicas", &replicas, "should be a non-negative integer");
    Status::invalid(resource, &target.name, &[cause])
}

/// None wanted are not shown, as the real server leaves out what is zero there.
fn scale(target: &Target, stored: &Arc<Value>) -> Value {
    let mut metadata = json!({"name": target.name});
    for key in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
        object::set(&mut metadata, key, stored["metadata"].get(key).cloned());
    }
    let number = |part: &str| stored[part]["replicas"].as_i64().unwrap_or_default();
    let mut spec = json!({});
    if number("spec") != 0 {
        spec["replicas"] = json!(number("spec"));
    }
    let mut status = json!({"replicas": number("status")});
    let selector = selector(stored);
    if !selector.is_empty() {
        status["selector"] = json!(selector);
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": spec,
        "status": status,
    })
}

/// Where kinds have their selector: the status of custom ones, the intention of built-in ones.
fn selector(stored: &Value) -> String {
    let of_status = ["/status/selector", "/status/labelSelector"].map(|path| object::text(stored, path));
    let stated = of_status.into_iter().find(|selector| !selector.is_empty());
    stated.map_or_else(|| match_labels(&stored["spec"]["selector"]), str::to_owned)
}
