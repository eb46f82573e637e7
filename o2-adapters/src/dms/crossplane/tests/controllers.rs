//! The controllers of Crossplane, as far as they are seen from claims, composite resources and Configurations.
//!
//! A composite resource is looked at when what is wanted of it changes, or somebody asks with a new token; then it is synced
//! and not ready until what it is composed of is. A claim hands on what it wants, and says what its composite resource is;
//! releases 1.x do not say which state they mean. What is paused is left alone, also when it is deleted.

use o2_core::Timestamp;
use o2_testkit::kubernetes::{Change, ChangeType};
use serde_json::{Value, json};

use super::definition::GROUP;
use super::packages::install;
use crate::kube::testing::Played;

/// Revisions of compositions whose names begin so cannot be composed.
pub(super) const BROKEN: &str = "broken";
/// What nobody looks at.
pub(super) const IDLE: &str = "idle";
/// The annotation with which somebody asks to look again.
pub(super) const TOKEN: &str = "crossplane.io/reconcile-requested-at";
/// What a claim does not hand on.
const OF_CLAIMS: [&str; 3] = ["compositeDeletePolicy", "resourceRef", "writeConnectionSecretToRef"];

/// Which object of which kind.
#[derive(Debug, Clone)]
pub(super) struct Place {
    kind: String,
    namespace: String,
    name: String,
    uid: Value,
}

/// Plays the controllers on this server.
pub(super) fn play(played: &Played) {
    let played = played.clone();
    let server = played.server.clone();
    server.on_change(move |_, change| seen(change, &played));
}

fn is_claim(kind: &str) -> bool {
    kind == "EdgeAppClaim"
}

fn is_modern(kind: &str) -> bool {
    ["EdgeApp", "EdgeSite"].contains(&kind)
}

fn seen(change: &Change, played: &Played) {
    if change.change == ChangeType::Deleted || change.name == IDLE {
        return;
    }
    let place = Place {
        kind: change.kind.clone(),
        namespace: change.namespace.clone(),
        name: change.name.clone(),
        uid: change.object["metadata"]["uid"].clone(),
    };
    let (object, before) = (&change.object, change.previous.as_ref());
    if change.kind == "Configuration" {
        if before.map(|before| &before["spec"]["package"]) != Some(&object["spec"]["package"]) {
            let name = place.name;
            played.later(0, move |played| install(played, &name));
        }
        return;
    }
    if !["EdgeAppClaim", "XEdgeApp", "EdgeApp", "EdgeSite", "XPlain"].contains(&change.kind.as_str()) {
        return;
    }
    if is_deleting(object) {
        let begun = before.is_some_and(|before| is_deleting(before) && is_paused(before) == is_paused(object));
        if !begun {
            played.later(2, move |played| delete(played, &place));
        }
        return;
    }
    if !is_paused(object) && before.map(asked) != Some(asked(object)) {
        let asked = asked(object);
        played.later(1, move |played| begin(played, &place, &asked));
    }
}

fn is_deleting(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn is_paused(object: &Value) -> bool {
    object["metadata"]["annotations"]["crossplane.io/paused"] == "true"
}

/// What is wanted of an object.
fn asked(object: &Value) -> Value {
    let mut spec = object["spec"].clone();
    for own in ["resourceRef", "resourceRefs"] {
        spec.as_object_mut().unwrap().remove(own);
    }
    if let Some(crossplane) = spec["crossplane"].as_object_mut() {
        crossplane.remove("resourceRefs");
    }
    if spec["crossplane"].is_null() {
        spec.as_object_mut().unwrap().remove("crossplane");
    }
    json!([spec, object["metadata"]["annotations"][TOKEN], is_paused(object)])
}

fn get(played: &Played, place: &Place) -> Option<Value> {
    let object = played.server.get(&place.kind, &place.namespace, &place.name)?;
    (object["metadata"]["uid"] == place.uid).then_some(object)
}

/// The object, if it is still to be what was asked for.
fn present(played: &Played, place: &Place, wanted: &Value) -> Option<Value> {
    get(played, place).filter(|object| !is_deleting(object) && !is_paused(object) && asked(object) == *wanted)
}

fn change(played: &Played, place: &Place, change: impl FnOnce(&mut Value)) -> Value {
    played.server.update(&place.kind, &place.namespace, &place.name, change)
}

/// Says something, as of now unless it is what was said before.
pub(super) fn say(played: &Played, object: &mut Value, kind: &str, status: &str, reason: &str, message: &str) {
    let now = json!(Timestamp::from_unix_seconds(played.clock.now().unix_seconds()));
    let mut said = json!({"type": kind, "status": status, "reason": reason, "message": message});
    let observes = object["kind"].as_str().is_some_and(is_modern);
    let generation = object["metadata"]["generation"].clone();
    if !object["status"]["conditions"].is_array() {
        object["status"]["conditions"] = json!([]);
    }
    let conditions = object["status"]["conditions"].as_array_mut().unwrap();
    let known = conditions.iter().position(|condition| condition["type"] == kind);
    let known = known.map(|at| conditions.remove(at));
    let same =
        known.filter(|known| known["status"] == status && known["reason"] == reason && known["message"] == message);
    said["lastTransitionTime"] = same.map_or(now, |same| same["lastTransitionTime"].clone());
    if observes {
        said["observedGeneration"] = generation;
    }
    conditions.push(said);
}

fn own<'o>(object: &'o Value, field: &str) -> &'o Value {
    match &object["spec"]["crossplane"][field] {
        Value::Null => &object["spec"][field],
        own => own,
    }
}

fn begin(played: &Played, place: &Place, wanted: &Value) {
    let Some(object) = present(played, place, wanted) else {
        return;
    };
    if is_claim(&place.kind) {
        return hand_on(played, place, &object);
    }
    let revision = own(&object, "compositionRevisionRef")["name"]
        .as_str()
        .unwrap_or_default();
    let broken = revision.starts_with(BROKEN);
    let composed = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": format!("{}-x7k2p", place.name)}]);
    change(played, place, |object| {
        let finalizers = json!(["composite.apiextensions.crossplane.io"]);
        object["metadata"]["finalizers"] = finalizers;
        if is_modern(&place.kind) {
            object["spec"]["crossplane"]["resourceRefs"] = composed;
        } else {
            object["spec"]["resourceRefs"] = composed;
        }
    });
    change(played, place, |object| {
        if is_modern(&place.kind) {
            object["status"]["lastHandledReconcileAt"] =
                json!(object["metadata"]["annotations"][TOKEN].as_str().unwrap_or_default());
        }
        if broken {
            let message = "cannot compose resources: pipeline step \"render\" returned a fatal result";
            say(played, object, "Synced", "False", "ReconcileError", message);
        } else {
            say(played, object, "Synced", "True", "ReconcileSuccess", "");
            say(
                played,
                object,
                "Ready",
                "False",
                "Creating",
                "Unready resources: deployment",
            );
        }
    });
    tell_claim(played, &object);
    if !broken {
        let (place, wanted) = (place.clone(), wanted.clone());
        played.later(3, move |played| end(played, &place, &wanted));
    }
}

fn end(played: &Played, place: &Place, wanted: &Value) {
    let Some(object) = present(played, place, wanted) else {
        return;
    };
    change(played, place, |object| {
        say(played, object, "Synced", "True", "ReconcileSuccess", "");
        say(played, object, "Ready", "True", "Available", "");
    });
    tell_claim(played, &object);
}

/// A claim gives its composite resource what it wants; it makes one where there is none.
fn hand_on(played: &Played, place: &Place, claim: &Value) {
    let name = format!("{}-{}-m4tzw", place.namespace, place.name);
    let kind = "XEdgeApp";
    let api_version = format!("{GROUP}/v1alpha1");
    let mut spec = claim["spec"].clone();
    for own in OF_CLAIMS {
        spec.as_object_mut().unwrap().remove(own);
    }
    spec["claimRef"] = json!({
        "apiVersion": api_version, "kind": "EdgeAppClaim", "namespace": place.namespace, "name": place.name,
    });
    change(played, place, |claim| {
        claim["metadata"]["finalizers"] = json!(["finalizer.apiextensions.crossplane.io"]);
        claim["spec"]["resourceRef"] = json!({"apiVersion": api_version, "kind": kind, "name": name});
        say(played, claim, "Synced", "True", "ReconcileSuccess", "");
    });
    let (labels, annotations) = (&claim["metadata"]["labels"], &claim["metadata"]["annotations"]);
    if played.server.get(kind, "", &name).is_none() {
        played.server.put(json!({
            "apiVersion": api_version, "kind": kind,
            "metadata": {"name": name, "labels": labels, "annotations": annotations},
            "spec": spec,
        }));
    } else {
        played.server.update(kind, "", &name, |composite| {
            let composed = composite["spec"]["resourceRefs"].clone();
            composite["metadata"]["labels"] = labels.clone();
            composite["metadata"]["annotations"] = annotations.clone();
            composite["spec"] = spec;
            if !composed.is_null() {
                composite["spec"]["resourceRefs"] = composed;
            }
        });
    }
    // It says what the composite resource is now, which may be about what that was before.
    let composite = played.server.get(kind, "", &name).unwrap();
    tell_claim(played, &composite);
}

/// A claim says what its composite resource is, shortly after.
pub(super) fn tell_claim(played: &Played, composite: &Value) {
    let reference = &composite["spec"]["claimRef"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (namespace, name) = (text(&reference["namespace"]), text(&reference["name"]));
    let composite = text(&composite["metadata"]["name"]);
    if name.is_empty() {
        return;
    }
    played.later(0, move |played| {
        let found = played.server.get("XEdgeApp", "", &composite);
        let claim = played.server.get("EdgeAppClaim", &namespace, &name);
        let (Some(found), Some(claim)) = (found, claim) else {
            return;
        };
        if is_paused(&claim) {
            return;
        }
        let conditions = found["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let is_ready = conditions
            .iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        played.server.update("EdgeAppClaim", &namespace, &name, |claim| {
            if is_ready {
                say(played, claim, "Ready", "True", "Available", "");
            } else {
                let message = "Claim is waiting for composite resource to become Ready";
                say(played, claim, "Ready", "False", "Waiting", message);
            }
        });
    });
}

fn delete(played: &Played, place: &Place) {
    let Some(object) = get(played, place).filter(|object| !is_paused(object)) else {
        return;
    };
    if is_claim(&place.kind) && object["spec"]["compositeDeletePolicy"] == "Foreground" {
        let composite = object["spec"]["resourceRef"]["name"].as_str().unwrap_or_default();
        played.server.remove("XEdgeApp", "", composite);
    }
    played.server.remove(&place.kind, &place.namespace, &place.name);
}
