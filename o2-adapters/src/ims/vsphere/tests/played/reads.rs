//! What a played vCenter answers to questions.

use std::collections::BTreeSet;

use o2_testkit::conformance::Trouble;

use super::super::super::vim::{Element, Ref};
use super::{Answer, Properties, State};

impl State {
    /// One object when the call names one, and otherwise everything, two objects a page.
    pub(super) fn retrieve(&self, call: &Element, from: usize) -> Answer {
        let named: Vec<Ref> = call.child("specSet").map_or_else(Vec::new, named);
        let paths = call.child("specSet").map_or_else(Vec::new, paths);
        match named
            .first()
            .filter(|one| one.kind != "Folder" || paths == ["triggeredAlarmState"])
        {
            Some(root) if root.kind == "Folder" => Ok(format!("<returnval>{}</returnval>", self.triggered(root))),
            Some(alarm) if alarm.kind == "Alarm" => {
                let found = named
                    .iter()
                    .map(|alarm| Some(self.sent(alarm, self.definitions.get(alarm)?)));
                let found: Option<String> = found.collect();
                Ok(format!(
                    "<returnval>{}</returnval>",
                    found.ok_or("ManagedObjectNotFound")?
                ))
            }
            Some(task) if task.kind == "Task" => Ok(format!(
                "<returnval><objects>{}<propSet><name>info.state</name><val>success</val></propSet></objects></returnval>",
                task.write("obj")
            )),
            Some(one) => {
                let properties = self.objects.get(one).ok_or("ManagedObjectNotFound")?;
                Ok(format!("<returnval>{}</returnval>", self.sent(one, properties)))
            }
            None => {
                let odd = self.trouble == Some(Trouble::OddObject) && from == 0;
                let odd = if odd { ODD } else { "" };
                let page: String = self
                    .objects
                    .iter()
                    .skip(from)
                    .take(2)
                    .map(|(o, p)| self.sent(o, p))
                    .collect();
                let more = from + 2 < self.objects.len();
                let token = if more {
                    format!("<token>{}</token>", from + 2)
                } else {
                    String::new()
                };
                Ok(format!("<returnval>{odd}{page}{token}</returnval>"))
            }
        }
    }

    pub(super) fn updates(&self, call: &Element) -> String {
        let version = call
            .text_at(&["version"])
            .map(|version| version.parse::<usize>().unwrap());
        let changed: BTreeSet<&Ref> = match version {
            None => self.objects.keys().collect(),
            Some(version) => self.log[version..].iter().collect(),
        };
        if changed.is_empty() {
            return String::new();
        }
        let set: String = changed
            .into_iter()
            .map(|object| {
                let Some(properties) = self.objects.get(object) else {
                    return format!("<objectSet><kind>leave</kind>{}</objectSet>", object.write("obj"));
                };
                if self.hidden.contains(&object.kind) {
                    let missing = missing(properties);
                    return format!(
                        "<objectSet><kind>enter</kind>{}{missing}</objectSet>",
                        object.write("obj")
                    );
                }
                let changes = properties
                    .iter()
                    .map(|(name, value)| format!("<changeSet><name>{name}</name><op>assign</op>{value}</changeSet>"));
                let changes: String = changes.collect();
                format!(
                    "<objectSet><kind>enter</kind>{}{changes}</objectSet>",
                    object.write("obj")
                )
            })
            .collect();
        format!(
            "<returnval><version>{}</version><filterSet><filter type=\"PropertyFilter\">f</filter>{set}</filterSet></returnval>",
            self.log.len()
        )
    }

    /// The root with the alarms of everything below it.
    fn triggered(&self, root: &Ref) -> String {
        let odd = self.trouble == Some(Trouble::OddObject);
        let odd = if odd { "<AlarmState><odd/></AlarmState>" } else { "" };
        let states = format!(
            "<val xsi:type=\"ArrayOfAlarmState\">{odd}{}</val>",
            self.alarms.concat()
        );
        self.sent(root, &Properties::from([("triggeredAlarmState".to_owned(), states)]))
    }

    fn sent(&self, object: &Ref, properties: &Properties) -> String {
        if self.hidden.contains(&object.kind) {
            return format!("<objects>{}{}</objects>", object.write("obj"), missing(properties));
        }
        let set = properties
            .iter()
            .map(|(name, value)| format!("<propSet><name>{name}</name>{value}</propSet>"));
        let set: String = set.collect();
        format!("<objects>{}{set}</objects>", object.write("obj"))
    }
}

/// Properties that may not be seen.
fn missing(properties: &Properties) -> String {
    let missing = properties.keys().map(|name| {
        format!(
            r#"<missingSet><path>{name}</path><fault><fault xsi:type="NoPermission"><privilegeId>System.Read</privilegeId>
            </fault><localizedMessage/></fault></missingSet>"#
        )
    });
    missing.collect()
}

/// The objects that a specification names.
fn named(spec: &Element) -> Vec<Ref> {
    let sets = spec.all("objectSet");
    sets.filter_map(|set| set.child("obj")?.reference()).collect()
}

/// The properties that a specification asks for.
fn paths(spec: &Element) -> Vec<&str> {
    let sets = spec.all("propSet");
    sets.flat_map(|set| set.all("pathSet"))
        .map(|path| path.text.as_str())
        .collect()
}

pub(super) const NOBODY: &str = concat!(
    r#"<objects><obj type="Folder">group-d1</obj><missingSet><path>name</path><fault><fault xsi:type="NotAuthenticated">"#,
    r#"<object type="Folder">group-d1</object><privilegeId>System.Read</privilegeId></fault></fault></missingSet></objects>"#
);

const ODD: &str = concat!(
    r#"<objects><obj type="ClusterComputeResource">domain-c666</obj><propSet><name>nobody.knows</name><val>"#,
    r#"<odd/></val></propSet></objects><objects><obj type="HostSystem">host-666</obj></objects>"#
);
