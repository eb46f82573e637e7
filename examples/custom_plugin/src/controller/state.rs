//! What the controller has, and how groups change.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::Listed;

type Outcome = Result<Value, (StatusCode, &'static str)>;

const GONE: (StatusCode, &str) = (StatusCode::NOT_FOUND, "there is no such group");

pub(super) struct State {
    pub(super) token: String,
    pub(super) odd: bool,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) machines: BTreeMap<String, Machine>,
    pub(super) models: BTreeMap<String, Model>,
    last: u64,
}

#[derive(Serialize)]
pub(super) struct Group {
    uuid: String,
    project: Option<String>,
    revision: u64,
    created: String,
    size: u32,
    #[serde(flatten)]
    described: Described,
}

/// What somebody says about a group.
#[derive(Serialize, Deserialize)]
struct Described {
    label: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    rack: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    props: Map<String, Value>,
}

#[derive(Deserialize)]
struct Wanted {
    project: Option<String>,
    size: Option<u32>,
    #[serde(flatten)]
    described: Described,
}

#[derive(Serialize)]
pub(super) struct Machine {
    uuid: String,
    group: String,
    model: String,
    serial: String,
    power: &'static str,
    project: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Model {
    uuid: String,
    label: &'static str,
    maker: &'static str,
}

impl State {
    pub(super) fn sample(token: &str) -> Self {
        let models = [("m-1", "Two sockets"), ("m-2", "Four sockets")].map(|(uuid, label)| {
            let model = Model {
                uuid: uuid.to_owned(),
                label,
                maker: "Lab Works",
            };
            (uuid.to_owned(), model)
        });
        let mut state = Self {
            token: token.to_owned(),
            odd: false,
            groups: BTreeMap::new(),
            machines: BTreeMap::new(),
            models: models.into(),
            last: 0,
        };
        for (label, rack, project, size) in [
            ("commons", Some("hall-a/1"), None, 3),
            ("radio", Some("hall-a/2"), Some("red"), 2),
            ("core", Some("hall-b/1"), Some("blue"), 2),
            ("spare", None, None, 0),
            ("edge", Some("hall-a/1"), Some("red"), 1),
        ] {
            let described = Described {
                label: label.to_owned(),
                note: format!("the {label} of the lab"),
                rack: rack.map(ToOwned::to_owned),
                tags: BTreeMap::from([("use".to_owned(), label.to_owned())]),
                props: Map::new(),
            };
            state.add(described, project.map(ToOwned::to_owned), size);
        }
        state
    }

    pub(super) fn create(&mut self, body: &[u8]) -> Outcome {
        let wanted = read(body)?;
        self.check_label(&wanted.described.label, wanted.project.as_deref(), None)?;
        let uuid = self.add(wanted.described, wanted.project, wanted.size.unwrap_or(1));
        Ok(json!(self.groups[&uuid]))
    }

    pub(super) fn replace(&mut self, uuid: &str, expected: Option<&str>, body: &[u8]) -> Outcome {
        let wanted = read(body)?;
        let group = self.expect(uuid, expected)?;
        let (project, size) = (group.project.clone(), wanted.size.unwrap_or(group.size));
        self.check_label(&wanted.described.label, project.as_deref(), Some(uuid))?;
        self.resize(uuid, project.as_deref(), size);
        let group = self.groups.get_mut(uuid).ok_or(GONE)?;
        group.described = wanted.described;
        group.size = size;
        group.revision += 1;
        Ok(json!(group))
    }

    pub(super) fn delete(&mut self, uuid: &str, expected: Option<&str>, force: bool) -> Outcome {
        let used = self.machines.values().any(|machine| machine.group == uuid);
        self.expect(uuid, expected)?;
        if used && !force {
            return Err((StatusCode::CONFLICT, "it has machines"));
        }
        self.groups.remove(uuid);
        self.machines.retain(|_, machine| machine.group != uuid);
        Ok(Value::Null)
    }

    /// The group, when it is there and as it was when the caller saw it.
    fn expect(&self, uuid: &str, expected: Option<&str>) -> Result<&Group, (StatusCode, &'static str)> {
        let group = self.groups.get(uuid).ok_or(GONE)?;
        if expected.is_some_and(|expected| expected != group.revision.to_string()) {
            return Err((StatusCode::PRECONDITION_FAILED, "it has another revision"));
        }
        Ok(group)
    }

    fn check_label(
        &self,
        label: &str,
        project: Option<&str>,
        own: Option<&str>,
    ) -> Result<(), (StatusCode, &'static str)> {
        if label.is_empty() {
            return Err((StatusCode::UNPROCESSABLE_ENTITY, "label: must not be empty"));
        }
        let same = |group: &Group| group.described.label == label && group.project.as_deref() == project;
        let taken = self
            .groups
            .iter()
            .any(|(uuid, group)| Some(uuid.as_str()) != own && same(group));
        if taken {
            return Err((StatusCode::CONFLICT, "the project has a group of that label"));
        }
        Ok(())
    }

    fn add(&mut self, described: Described, project: Option<String>, size: u32) -> String {
        let uuid = self.next("g");
        self.resize(&uuid, project.as_deref(), size);
        let group = Group {
            uuid: uuid.clone(),
            project,
            revision: 1,
            created: "2026-01-01T00:00:00Z".to_owned(),
            size,
            described,
        };
        self.groups.insert(uuid.clone(), group);
        uuid
    }

    /// Gives a group as many machines as it shall have.
    fn resize(&mut self, group: &str, project: Option<&str>, size: u32) {
        let own: Vec<_> = self
            .machines
            .values()
            .filter(|machine| machine.group == group)
            .collect();
        let own: Vec<_> = own.into_iter().map(|machine| machine.uuid.clone()).collect();
        for surplus in own.iter().skip(size as usize) {
            self.machines.remove(surplus);
        }
        for _ in own.len()..size as usize {
            let uuid = self.next("s");
            let machine = Machine {
                serial: format!("SN-{uuid}"),
                uuid: uuid.clone(),
                group: group.to_owned(),
                model: if self.last.is_multiple_of(2) { "m-1" } else { "m-2" }.to_owned(),
                power: ["on", "off", "burning"][self.last as usize % 3],
                project: project.map(ToOwned::to_owned),
            };
            self.machines.insert(uuid, machine);
        }
    }

    fn next(&mut self, prefix: &str) -> String {
        self.last += 1;
        format!("{prefix}-{:06}", self.last)
    }
}

fn read(body: &[u8]) -> Result<Wanted, (StatusCode, &'static str)> {
    serde_json::from_slice(body).map_err(|_| (StatusCode::BAD_REQUEST, "that is not a group"))
}

impl Listed for Group {
    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn rack(&self) -> Option<&str> {
        self.described.rack.as_deref()
    }
}

impl Listed for Machine {
    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }
}

impl Listed for Model {
    fn uuid(&self) -> &str {
        &self.uuid
    }

    fn project(&self) -> Option<&str> {
        None
    }
}
