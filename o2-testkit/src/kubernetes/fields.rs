//! Fields of objects as paths, as whoever writes them owns them, and `FieldsV1`, which is how an object says that.
//!
//! Lists are one field each, whatever is in them; empty objects are none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The names on the way to a field.
pub(super) type Path = Vec<String>;

/// Members of the metadata that nobody owns.
const UNOWNED: &[&str] = &[
    "name",
    "namespace",
    "generateName",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// The fields of an object that somebody can own.
pub(super) fn leaves(object: &Value) -> BTreeSet<Path> {
    let mut all = BTreeSet::new();
    collect(object, &mut Vec::new(), &mut all);
    all.retain(|path| is_ownable(path));
    all
}

fn collect(value: &Value, path: &mut Path, all: &mut BTreeSet<Path>) {
    let Some(members) = value.as_object() else {
        all.insert(path.clone());
        return;
    };
    for (key, member) in members {
        path.push(key.clone());
        collect(member, path, all);
        path.pop();
    }
}

fn is_ownable(path: &[String]) -> bool {
    match path {
        [] => false,
        [first] => !["apiVersion", "kind"].contains(&first.as_str()),
        [first, second, ..] => first != "metadata" || !UNOWNED.contains(&second.as_str()),
    }
}

/// The value at a path.
pub(super) fn at<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, key| value.as_object()?.get(key))
}

/// Takes a field away, and objects that are empty then, but for those at the top.
pub(super) fn remove(object: &mut Value, path: &[String]) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    let Some(members) = object.as_object_mut() else {
        return;
    };
    if rest.is_empty() {
        members.remove(key);
    } else if let Some(member) = members.get_mut(key) {
        remove(member, rest);
    }
}

/// Takes away what is an empty object on the way to a field, the deepest first, but not at the top.
pub(super) fn prune(object: &mut Value, path: &[String]) {
    for length in (2..path.len()).rev() {
        let is_empty = at(object, &path[..length]).and_then(Value::as_object);
        if is_empty.is_some_and(serde_json::Map::is_empty) {
            remove(object, &path[..length]);
        }
    }
}

/// Whether one of two fields is inside the other, or the same.
pub(super) fn overlap(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// A path as messages have it, `.spec.replicas`.
pub(super) fn dotted(path: &[String]) -> String {
    path.iter().map(|key| format!(".{key}")).collect()
}

pub(super) fn to_fields_v1(paths: &BTreeSet<Path>) -> Value {
    let mut all = json!({});
    for path in paths {
        let mut place = &mut all;
        for key in path {
            let next = &mut place[format!("f:{key}")];
            if next.is_null() {
                *next = json!({});
            }
            place = next;
        }
    }
    all
}

pub(super) fn of_fields_v1(fields: &Value) -> BTreeSet<Path> {
    let mut all = BTreeSet::new();
    read(fields, &mut Vec::new(), &mut all);
    all
}

fn read(fields: &Value, path: &mut Path, all: &mut BTreeSet<Path>) {
    let members = fields.as_object().into_iter().flatten();
    let mut inside = members
        .filter_map(|(key, member)| Some((key.strip_prefix("f:")?, member)))
        .peekable();
    if inside.peek().is_none() && !path.is_empty() {
        all.insert(path.clone());
    }
    for (key, member) in inside {
        path.push(key.to_owned());
        read(member, path, all);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(all: &[&str]) -> BTreeSet<Path> {
        let path = |path: &&str| path.split(' ').map(str::to_owned).collect();
        all.iter().map(path).collect()
    }

    #[test]
    fn leaves_are_what_can_be_owned() {
        let object = json!({
            "apiVersion": "v1",
            "kind": "Pool",
            "metadata": {"name": "a", "uid": "u", "labels": {"a.b/c": "d"}, "finalizers": ["f"]},
            "spec": {"replicas": 1, "list": [{"a": 1}], "empty": {}, "none": null},
        });
        let all = paths(&[
            "metadata labels a.b/c",
            "metadata finalizers",
            "spec replicas",
            "spec list",
            "spec none",
        ]);
        assert_eq!(leaves(&object), all);
    }

    #[test]
    fn fields_are_read_as_they_were_written() {
        let all = paths(&["metadata labels a.b/c", "spec replicas", "data x"]);
        let written = to_fields_v1(&all);
        assert_eq!(written["f:metadata"]["f:labels"], json!({"f:a.b/c": {}}));
        assert_eq!(of_fields_v1(&written), all);
        assert_eq!(of_fields_v1(&json!({})), paths(&[]));
    }

    #[test]
    fn what_is_empty_goes_with_its_last_field() {
        let mut object = json!({"spec": {"a": {"b": {"c": 1}}, "d": 2}});
        let path: Path = ["spec", "a", "b", "c"].map(str::to_owned).into();
        remove(&mut object, &path);
        prune(&mut object, &path);
        assert_eq!(object, json!({"spec": {"d": 2}}));
        remove(&mut object, &["spec".to_owned(), "d".to_owned()]);
        prune(&mut object, &["spec".to_owned(), "d".to_owned()]);
        assert_eq!(object, json!({"spec": {}}));
    }
}
