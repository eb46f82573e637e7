//! `DELETE` of objects and collections, with its options.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::object;
use super::owners::FOREGROUND;
use super::reply::Reply;
use super::route::Target;
use super::selector::Selector;
use super::state::State;
use super::status::{self, Outcome, Status};
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
        let conflict = |what: &str, wanted: &str, is: &str| {
            let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {is}");
            Err(Status::conflict(&target.resource, object::name(object), &why))
        };
        match (&self.uid, &self.resource_version) {
            (Some(uid), _) if uid != object::uid(object) => conflict("UID", uid, object::uid(object)),
            (_, Some(version)) if version != object::resource_version(object) => {
                conflict("ResourceVersion", version, object::resource_version(object))
            }
            _ => Ok(()),
        }
    }
}

fn unknown_policy(policy: &str) -> Status {
    let message = format!(
        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {policy:?}: supported values: \
         \"Foreground\", \"Background\", \"Orphan\", \"nil\""
    );
    Status::new(422, "Invalid", message)
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
        let stays = self.store.get(&target.key()).is_some() && !options.is_dry_run;
        let resource = &target.resource;
        let answers_object = stays || resource.is_namespace() || resource.kind == "Pod";
        if answers_object {
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
            Propagation::Background => {}
            Propagation::Orphan => self.orphan(object::uid(&object)),
            Propagation::Foreground => return self.remove_foreground(key, &object),
        }
        self.begin_end(key)
    }

    fn orphan(&mut self, uid: &str) {
        for (key, dependant) in self.dependants(uid) {
            self.disown(&key, &dependant, uid);
        }
    }

    /// The owner goes after its dependants.
    fn remove_foreground(&mut self, key: &Key, object: &Value) -> Option<Arc<Value>> {
        let uid = object::uid(object).to_owned();
        let mut waiting = object.clone();
        let mut finalizers = object::finalizers(object);
        if !finalizers.contains(&FOREGROUND) {
            finalizers.push(FOREGROUND);
        }
        object::set_metadata(&mut waiting, "finalizers", json!(finalizers));
        let last = self.mark(key, &waiting);
        for (dependant, _) in self.dependants(&uid) {
            self.begin_end(&dependant);
        }
        self.finish_foreground(&uid);
        Some(last)
    }
}
