//! Server-side apply: what a manager says about an object is merged into it, unless others say otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::checks::check_type;
use super::fields;
use super::managers::{Conflict, Managers};
use super::object;
use super::patch::merge;
use super::route::Target;
use super::state::State;
use super::status::{Outcome, Status};
use super::write::{Edit, Part};

impl State {
    /// Applies what somebody says about an object, which is created when there is none. Says whether it was.
    pub(super) fn apply(
        &mut self,
        target: &Target,
        sent: Value,
        edit: &Edit,
        force: bool,
    ) -> Outcome<(bool, Arc<Value>)> {
        check_version(&sent, target)?;
        check_type(&sent, target)?;
        if !sent["metadata"]["managedFields"].is_null() {
            return Err(Status::bad_request("metadata.managedFields must be nil"));
        }
        let Some(old) = self.store.get(&target.key()).cloned() else {
            return self.apply_first(target, sent, edit);
        };
        let writer = &edit.writer;
        let sent = said(target, target.resource.absorbed(sent), edit.part);
        let paths = fields::leaves(&sent);
        let mut managers = Managers::of(&old);
        let conflicts = managers.conflicts(&old, &sent, &paths, writer);
        if !conflicts.is_empty() && !force {
            return Err(refusal(&conflicts));
        }
        let mut new = Value::clone(&old);
        object::set_metadata(&mut new, "resourceVersion", Value::Null);
        let abandoned = managers.abandoned(&paths, writer);
        abandoned.iter().for_each(|path| fields::remove(&mut new, path));
        abandoned.iter().for_each(|path| fields::prune(&mut new, path));
        merge(&mut new, &sent);
        managers.apply(paths, &conflicts, &new, writer, &self.now().to_string());
        let new = self.replace_managed(target, &old, new, edit, Some(managers))?;
        Ok((false, new))
    }

    fn apply_first(&mut self, target: &Target, mut sent: Value, edit: &Edit) -> Outcome<(bool, Arc<Value>)> {
        if edit.part == Part::Status {
            return Err(Status::not_found(&target.resource, &target.name));
        }
        let uid = object::uid(&sent);
        if !uid.is_empty() {
            let why =
                format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
            return Err(Status::conflict(&target.resource, &target.name, &why));
        }
        object::set_metadata(&mut sent, "resourceVersion", Value::Null);
        sent["metadata"]["name"] = json!(target.name);
        Ok((true, self.add(target, sent, edit)?))
    }
}

fn check_version(sent: &Value, target: &Target) -> Outcome<()> {
    let (version, expected) = (
        object::text(sent, "/apiVersion"),
        target.resource.api_version(&target.version),
    );
    if version == expected {
        return Ok(());
    }
    Err(Status::bad_request(format!(
        "Incorrect version specified in apply patch. Specified patch version: {version}, expected: {expected}"
    )))
}

/// What is said about the part that is written.
fn said(target: &Target, mut sent: Value, part: Part) -> Value {
    match part {
        Part::Status => {
            let mut metadata = sent["metadata"].take();
            if let Some(members) = metadata.as_object_mut() {
                members.retain(|key, _| ["name", "namespace", "uid", "resourceVersion"].contains(&key.as_str()));
            }
            json!({"metadata": metadata, "status": sent["status"]})
        }
        Part::Main if target.resource.has_status => {
            object::set(&mut sent, "status", None);
            sent
        }
        Part::Main | Part::Whole => sent,
    }
}

fn refusal(conflicts: &[Conflict]) -> Status {
    let causes: Vec<_> = conflicts
        .iter()
        .map(|conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", conflict.manager),
                "field": fields::dotted(&conflict.path),
            })
        })
        .collect();
    let what = match conflicts {
        [one] => format!(
            "1 conflict: conflict with {}: {}",
            one.manager,
            fields::dotted(&one.path)
        ),
        many => format!("{} conflicts: {}", many.len(), by_manager(many)),
    };
    let message = format!("Apply failed with {what}");
    Status::new(409, "Conflict", message).with_details(json!({"causes": causes}))
}

fn by_manager(conflicts: &[Conflict]) -> String {
    let mut managers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for conflict in conflicts {
        let path = format!("\n- {}", fields::dotted(&conflict.path));
        managers.entry(&conflict.manager).or_default().push(path);
    }
    let managers = managers.iter();
    let managers: Vec<_> = managers
        .map(|(manager, paths)| format!("conflicts with {manager}:{}", paths.concat()))
        .collect();
    managers.join("\n")
}
