//! `DELETE` of objects and collections, with its options.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::object;
use super::owners::{FOREGROUND, ORPHAN};
use super::reply::Reply;
use super::route::Target;
use super::selector::Selector;
use super::state::State;
use super::status::{self, Cause, Outcome, Status};
use super::store::Key;
use super::view::View;

/// What becomes of the dependants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Propagation {
    Background,
    Foreground,
    Orphan,
}

/// How to delete.
#[derive(Debug)]
struct Options {
    propagation: Propagation,
    is_dry_run: bool,
    uid: Option<String>,
    resource_version: Option<String>,
}

impl Options {
    /// From the body, or else from the query.
    fn of(call: &Call) -> Outcome<Self> {
        let body = if call.body.is_empty() { json!({}) } else { call.json()? };
        let stated = body["propagationPolicy"].as_str().or(call.param("propagationPolicy"));
        let orphans = body["orphanDependents"]
            .as_bool()
            .unwrap_or(call.param("orphanDependents") == Some("true"));
        let propagation = match stated {
            Some("Orphan") => Propagation::Orphan,
            Some("Foreground") => Propagation::Foreground,
            None if orphans => Propagation::Orphan,
            None | Some("Background") => Propagation::Background,
            Some(other) => return Err(unknown_policy(other)),
        };
        let precondition = |name: &str| body["preconditions"][name].as_str().map(str::to_owned);
        Ok(Self {
            propagation,
            is_dry_run: call.is_dry_run()? || body["dryRun"] == json!(["All"]),
            uid: precondition("uid"),
            resource_version: precondition("resourceVersion"),
        })
    }

    fn check(&self, target: &Target, object: &Value) -> Outcome<()> {
        let conflict = |what: &str, stated: &str, is: &str, maybe: &str| {
            let why = format!(
                "the {what} in the precondition ({stated}) does not match the {what} in record ({is}). {maybe}"
            );
            Err(Status::conflicting_kind(&target.resource, object::name(object), &why))
        };
        let (uid, version) = (object::uid(object), object::resource_version(object));
        match (self.uid.as_deref(), self.resource_version.as_deref()) {
            (Some(stated), _) if stated != uid => conflict(
                "UID",
                stated,
                uid,
                "The object might have been deleted and then recreated",
            ),
            (_, Some(stated)) if stated != version => conflict(
                "ResourceVersion",
                stated,
                version,
                "The object might have been modified",
            ),
            _ => Ok(()),
        }
    }
}

fn unknown_policy(policy: &str) -> Status {
    let supported = ["Foreground", "Background", "Orphan", "nil"];
    let cause = Cause::not_supported("propagationPolicy", &format!("{policy:?}"), &supported);
    Status::invalid_of("meta.k8s.io", "DeleteOptions", "", &[cause])
}

impl State {
    pub(super) fn delete(&mut self, target: &Target, call: &Call) -> Outcome<Reply> {
        let options = Options::of(call)?;
        let object = self.stored(target)?;
        options.check(target, &object)?;
        let last = if options.is_dry_run {
            object
        } else {
            self.remove(&target.key(), &options).unwrap_or(object)
        };
        let resource = &target.resource;
        let waits = !options.is_dry_run && object::is_deleting(&last);
        if waits || resource.is_namespace() || resource.kind == "Pod" {
            return Ok(Reply::ok(View::of(target, call).object(&last)));
        }
        Ok(Reply::ok(status::success(resource, &target.name, object::uid(&last))))
    }

    pub(super) fn delete_collection(&mut self, target: &Target, call: &Call) -> Outcome<Reply> {
        let options = Options::of(call)?;
        let selector = Selector::of(call, &target.resource)?;
        let list = self.list(target, call)?;
        if !options.is_dry_run {
            for (key, object) in self.store.of(&target.resource.collection(), &target.namespace) {
                if selector.matches(&object) {
                    self.remove(&key, &options);
                }
            }
        }
        Ok(Reply::ok(list))
    }

    fn remove(&mut self, key: &Key, options: &Options) -> Option<Arc<Value>> {
        let object = Arc::clone(self.store.get(key)?);
        match options.propagation {
            Propagation::Background => self.begin_end(key),
            Propagation::Foreground => self.remove_waiting(key, &object, FOREGROUND),
            Propagation::Orphan => self.remove_waiting(key, &object, ORPHAN),
        }
    }

    /// The owner goes when its dependants have been dealt with.
    fn remove_waiting(&mut self, key: &Key, object: &Value, finalizer: &str) -> Option<Arc<Value>> {
        let uid = object::uid(object).to_owned();
        let mut waiting = object.clone();
        let mut finalizers = object::finalizers(object);
        if !finalizers.contains(&finalizer) {
            finalizers.push(finalizer);
        }
        object::set_metadata(&mut waiting, "finalizers", json!(finalizers));
        let last = self.mark(key, &waiting);
        for (dependant, content) in self.dependants(&uid) {
            if finalizer == ORPHAN {
                self.disown(&dependant, &content, &uid);
            } else {
                self.begin_end(&dependant);
            }
        }
        self.finish_waiting(&uid);
        Some(last)
    }
}
