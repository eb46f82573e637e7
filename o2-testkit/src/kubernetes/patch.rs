//! `PATCH`: merge patches, JSON patches and what is applied.

use serde_json::{Value, json};

use super::call::Call;
use super::checks::check_same;
use super::object::is_well_formed;
use super::reply::Reply;
use super::route::Target;
use super::state::State;
use super::status::{Cause, Outcome, Status};
use super::view::View;
use super::write::Edit;

const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const JSON: &str = "application/json-patch+json";
const APPLY: &str = "application/apply-patch+yaml";

impl State {
    pub(super) fn patch(&mut self, target: &Target, call: &Call) -> Outcome<Reply> {
        let edit = Edit::of(target, call)?;
        let view = View::of(target, call);
        if call.media_type() == APPLY {
            if call.param("fieldManager").unwrap_or_default().is_empty() {
                return Err(manager_required());
            }
            let (is_new, object) = self.apply(target, call.object()?, &edit.applying(), call.flag("force"))?;
            return Ok(Reply::Json(if is_new { 201 } else { 200 }, view.object(&object)));
        }
        let old = self.stored(target)?;
        let new = patched(view.object(&old), call, target.resource.built_in)?;
        check_same(target, &old, &new)?;
        let new = self.replace(target, &old, new, &edit)?;
        Ok(Reply::ok(view.object(&new)))
    }
}

/// An object with a patch on it.
pub(super) fn patched(mut object: Value, call: &Call, is_built_in: bool) -> Outcome<Value> {
    match call.media_type() {
        MERGE | APPLY => merge(&mut object, &call.json()?),
        STRATEGIC if is_built_in => merge(&mut object, &call.json()?),
        JSON => patch(&mut object, &call.json()?)?,
        _ => return Err(Status::unsupported_media_type(&[JSON, MERGE, APPLY].join(", "))),
    }
    if is_well_formed(&object) {
        return Ok(object);
    }
    Err(Status::bad_request("the patched object has no metadata"))
}

fn manager_required() -> Status {
    let cause = Cause {
        message: "Required value: is required for apply patch".to_owned(),
        ..Cause::required("fieldManager")
    };
    Status::invalid_of("meta.k8s.io", "PatchOptions", "", &[cause])
}

fn unprocessable() -> Status {
    let message = "the server rejected our request due to an error in our request";
    Status::new(422, "Invalid", message).with_details(json!({}))
}

/// RFC 7386.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Some(members) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    for (key, value) in members {
        if value.is_null() {
            super::object::set(target, key, None);
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// RFC 6902: `add`, `remove`, `replace` and `test`.
fn patch(target: &mut Value, patch: &Value) -> Outcome<()> {
    let Some(steps) = patch.as_array() else {
        let message = "json: cannot unmarshal object into Go value of type jsonpatch.Patch";
        return Err(Status::bad_request(message));
    };
    let done = steps.iter().try_for_each(|step| apply(target, step));
    done.ok_or_else(unprocessable)
}

/// One step; `None` when it cannot be done.
fn apply(target: &mut Value, step: &Value) -> Option<()> {
    let path = step["path"].as_str()?;
    let value = step.get("value");
    match step["op"].as_str()? {
        "test" => (target.pointer(path) == value).then_some(()),
        "add" => add(target, path, value?.clone()),
        "remove" => remove(target, path),
        "replace" => {
            *target.pointer_mut(path)? = value?.clone();
            Some(())
        }
        _ => None,
    }
}

/// The parent of a path, and the last part of it.
fn parent<'a>(target: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    let last = last.replace("~1", "/").replace("~0", "~");
    Some((target.pointer_mut(parent)?, last))
}

fn add(target: &mut Value, path: &str, value: Value) -> Option<()> {
    match parent(target, path)? {
        (Value::Object(members), key) => {
            members.insert(key, value);
        }
        (Value::Array(items), key) if key == "-" => items.push(value),
        (Value::Array(items), key) => {
            let at = key.parse().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(target: &mut Value, path: &str) -> Option<()> {
    match parent(target, path)? {
        (Value::Object(members), key) => {
            members.remove(&key)?;
        }
        (Value::Array(items), key) => {
            let at: usize = key.parse().ok().filter(|at| *at < items.len())?;
            items.remove(at);
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_patches_do_what_rfc_7386_says() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
            (json!("text"), json!({"a": 1}), json!({"a": 1})),
        ] {
            let mut patched = target.clone();
            merge(&mut patched, &patch);
            assert_eq!(patched, result, "{target} with {patch}");
        }
    }

    #[test]
    fn json_patches_do_what_rfc_6902_says() {
        let object = json!({"a": {"b/c": 1}, "list": [1, 3]});
        for (steps, result) in [
            (json!([{"op": "add", "path": "/x", "value": 1}]), Some(("/x", json!(1)))),
            (
                json!([{"op": "add", "path": "/list/1", "value": 2}]),
                Some(("/list", json!([1, 2, 3]))),
            ),
            (
                json!([{"op": "add", "path": "/list/-", "value": 4}]),
                Some(("/list", json!([1, 3, 4]))),
            ),
            (
                json!([{"op": "remove", "path": "/list/0"}]),
                Some(("/list", json!([3]))),
            ),
            (json!([{"op": "remove", "path": "/a/b~1c"}]), Some(("/a", json!({})))),
            (
                json!([{"op": "replace", "path": "/a/b~1c", "value": 2}]),
                Some(("/a", json!({"b/c": 2}))),
            ),
            (
                json!([{"op": "test", "path": "/list/0", "value": 1}, {"op": "add", "path": "/x", "value": 1}]),
                Some(("/x", json!(1))),
            ),
            (json!([{"op": "test", "path": "/list/0", "value": 2}]), None),
            (json!([{"op": "remove", "path": "/missing"}]), None),
            (json!([{"op": "remove", "path": "/list/2"}]), None),
            (json!([{"op": "replace", "path": "/missing", "value": 1}]), None),
            (json!([{"op": "add", "path": "/missing/x", "value": 1}]), None),
            (json!([{"op": "add", "path": "/list/9", "value": 1}]), None),
            (json!([{"op": "add", "path": "/x"}]), None),
            (json!([{"op": "move", "path": "/x", "from": "/a"}]), None),
            (json!({"op": "add"}), None),
        ] {
            let mut patched = object.clone();
            let outcome = patch(&mut patched, &steps);
            match result {
                Some((path, value)) => assert_eq!(patched.pointer(path), Some(&value), "{steps}"),
                None => assert!(outcome.is_err(), "{steps}"),
            }
        }
    }
}
