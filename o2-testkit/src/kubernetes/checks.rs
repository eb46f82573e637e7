//! What a write is refused for, whatever it writes: another kind than the path says, another object than is there, a
//! namespace that is missing, names and labels that cannot be, and what the schema of a test does not know.

use serde_json::{Value, json};

use super::object;
use super::owners;
use super::resource::Resource;
use super::route::Target;
use super::schema;
use super::state::State;
use super::status::{Cause, Outcome, Status};
use super::store::Key;
use super::syntax;

const FOREIGN_NAMESPACE: &str = "the namespace of the provided object does not match the namespace sent on the request";

/// Whether an object is of the kind and version of the path.
pub(super) fn check_type(object: &Value, target: &Target) -> Outcome<()> {
    let (version, kind) = (object::text(object, "/apiVersion"), object::text(object, "/kind"));
    let resource = &target.resource;
    let expected = resource.api_version(&target.version);
    if (version.is_empty() || kind.is_empty()) && !resource.built_in {
        let why = format!("unmarshalerDecoder: Object 'Kind' is missing in '{object}'");
        return Err(not_handled(&resource.kind, target, &why));
    }
    if !version.is_empty() && version != expected {
        let message =
            format!("the API version in the data ({version}) does not match the expected API version ({expected})");
        return Err(Status::bad_request(message));
    }
    if kind.is_empty() || kind == resource.kind {
        return Ok(());
    }
    if resource.built_in {
        let why = format!(
            "converting ({expected}.{kind}) to ({expected}.{}): unknown conversion",
            resource.kind
        );
        return Err(not_handled(kind, target, &why));
    }
    let cause = Cause::invalid("kind", &json!(kind), &format!("must be {}", resource.kind));
    Err(Status::invalid_of(
        &resource.group,
        kind,
        object::name(object),
        &[cause],
    ))
}

fn not_handled(kind: &str, target: &Target, why: &str) -> Status {
    let (version, expected) = (&target.version, &target.resource.kind);
    Status::bad_request(format!(
        "{kind} in version {version:?} cannot be handled as a {expected}: {why}"
    ))
}

/// Whether an object may go where a target leads.
pub(super) fn check_place(target: &Target, object: &Value) -> Outcome<()> {
    if ["", target.namespace.as_str()].contains(&object::namespace(object)) {
        return Ok(());
    }
    Err(Status::bad_request(FOREIGN_NAMESPACE))
}

/// Whether a new state is meant for the object that is there.
pub(super) fn check_identity(target: &Target, old: &Value, new: &Value) -> Outcome<()> {
    let resource = &target.resource;
    let name = object::name(old);
    let stated = object::name(new);
    if !stated.is_empty() && stated != name {
        let message = format!("the name of the object ({stated}) does not match the name on the URL ({name})");
        return Err(Status::bad_request(message));
    }
    check_place(target, new)?;
    if ![object::uid(old), ""].contains(&object::uid(new)) {
        let (stated, is) = (object::uid(new), object::uid(old));
        let Key {
            collection, namespace, ..
        } = target.key();
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{}/{}/{namespace}/{name}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: {stated}, UID in object meta: {is}",
            collection.group, collection.plural
        );
        return Err(Status::conflict(resource, name, &why));
    }
    if ![object::resource_version(old), ""].contains(&object::resource_version(new)) {
        return Err(Status::outdated(resource, name));
    }
    Ok(())
}

/// Whether a patch leaves alone which object it is.
pub(super) fn check_same(target: &Target, old: &Value, new: &Value) -> Outcome<()> {
    let uid = object::uid(new);
    if ["", object::uid(old)].contains(&uid) {
        return Ok(());
    }
    let cause = Cause::invalid("metadata.uid", &json!(uid), "field is immutable");
    Err(Status::invalid(&target.resource, object::name(old), &[cause]))
}

/// Whether a new state adds finalizers to an object that is on its way out.
pub(super) fn check_finalizers(target: &Target, old: &Value, new: &Value) -> Outcome<()> {
    let known = object::finalizers(old);
    let added = object::finalizers(new).into_iter().find(|one| !known.contains(one));
    let Some(added) = added.filter(|_| object::is_deleting(old)) else {
        return Ok(());
    };
    let why = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{added:?}}}"
    );
    let cause = Cause::forbidden("metadata.finalizers", &why);
    Err(Status::invalid(&target.resource, object::name(old), &[cause]))
}

/// Whether the server takes what an object says.
pub(super) fn check_content(target: &Target, object: &Value) -> Outcome<()> {
    for map in ["labels", "annotations"] {
        if !is_map_of_texts(&object["metadata"][map]) {
            let message =
                format!("json: cannot unmarshal into Go struct field ObjectMeta.metadata.{map} of type string");
            return Err(Status::bad_request(message));
        }
    }
    let resource = &target.resource;
    let mut causes = syntax::metadata(resource, object);
    if let Some(schema) = resource.schema(&target.version) {
        causes.extend(schema::check(schema, object));
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(resource, object::name(object), &causes))
}

fn is_map_of_texts(value: &Value) -> bool {
    let is_map = |members: &serde_json::Map<String, Value>| members.values().all(Value::is_string);
    value.is_null() || value.as_object().is_some_and(is_map)
}

impl State {
    /// Whether a new object has a namespace to go to.
    pub(super) fn check_namespace(&self, target: &Target, name: &str) -> Outcome<()> {
        let resources = self.registry.called("namespaces");
        let Some(namespaces) = resources.first().filter(|_| target.resource.namespaced) else {
            return Ok(());
        };
        let namespace = &target.namespace;
        match self.store.get(&owners::namespace(namespace)) {
            None => Err(Status::not_found(namespaces, namespace)),
            Some(found) if object::is_deleting(found) => Err(terminating(&target.resource, name, namespace)),
            Some(_) => Ok(()),
        }
    }
}

fn terminating(resource: &Resource, name: &str, namespace: &str) -> Status {
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let refused = Status::forbidden(resource, name, &why);
    let mut details = refused.body()["details"].clone();
    details["causes"] = json!([{
        "reason": "NamespaceTerminating",
        "message": format!("namespace {namespace} is being terminated"),
        "field": "metadata.namespace",
    }]);
    refused.with_details(details)
}
