//! [`Storage`]: releases in Secrets, as Helm keeps them.

use std::collections::BTreeMap;

use http::Method;
use o2_core::Timestamp;
use serde_json::{Value, json};

use super::api::{Api, Failure, text};
use crate::dms::helm::release::Record;
use crate::dms::helm::release::testing::{gzipped, unpacked};

/// One revision.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// As it is in the Secret.
    pub(super) record: Value,
    /// The labels that Helm did not give it.
    pub(super) labels: BTreeMap<String, String>,
}

const SYSTEM: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

impl Kept {
    pub(super) fn revision(&self) -> u64 {
        self.record["version"].as_u64().unwrap()
    }

    pub(super) fn status(&self) -> &str {
        text(&self.record["info"]["status"])
    }

    pub(super) fn is_pending(&self) -> bool {
        self.status().starts_with("pending-")
    }

    pub(super) fn manifest(&self) -> &str {
        text(&self.record["manifest"])
    }

    pub(super) fn set(&mut self, status: &str, description: Option<&str>) {
        self.record["info"]["status"] = json!(status);
        if let Some(description) = description {
            self.record["info"]["description"] = json!(description);
        }
    }

    fn name(&self) -> String {
        format!("sh.helm.release.v1.{}.v{}", text(&self.record["name"]), self.revision())
    }

    /// The Secret. Only a new one says when it was created, and only a changed one when it was changed.
    fn secret(&self, time: &str, now: Timestamp) -> Value {
        let mut labels = json!(self.labels);
        for (key, value) in [
            ("owner", "helm"),
            ("name", text(&self.record["name"])),
            ("status", self.status()),
            ("version", &self.revision().to_string()),
            (time, &now.unix_seconds().to_string()),
        ] {
            labels[key] = json!(value);
        }
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
            "metadata": {"name": self.name(), "labels": labels},
            "data": {"release": gzipped(&self.record)},
        })
    }

    /// What a Secret holds; `None` for one that Helm has not written.
    pub(super) fn read(secret: &Value) -> Option<Self> {
        let data = secret["data"]["release"].as_str()?;
        Record::read(data).ok()?;
        let all: BTreeMap<String, String> = serde_json::from_value(secret["metadata"]["labels"].clone()).ok()?;
        let own = all.into_iter().filter(|(key, _)| !SYSTEM.contains(&key.as_str()));
        Some(Self {
            record: unpacked(data),
            labels: own.collect(),
        })
    }
}

/// The Secrets of one release.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub(super) api: Api,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Storage {
    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", self.namespace)
    }

    /// All revisions, oldest first.
    pub(super) fn history(&self) -> Result<Vec<Kept>, Failure> {
        let path = format!("{}?labelSelector=name%3D{},owner%3Dhelm", self.path(), self.name);
        let list = self
            .api
            .call(Method::GET, &path, None)
            .map_err(|failure| failure.after("query: failed to query with labels: "))?;
        let mut all: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Kept::read)
            .collect();
        all.sort_by_key(Kept::revision);
        Ok(all)
    }

    /// Keeps a new revision. There is none of this number yet: that is Helm's lock.
    pub(super) fn create(&self, kept: &Kept, now: Timestamp) -> Result<(), Failure> {
        let made = self
            .api
            .call(Method::POST, &self.path(), Some(&kept.secret("createdAt", now)));
        match made {
            Err(Failure::Complaint(complaint)) if complaint.contains("already exists") => {
                Err("release: already exists".to_owned().into())
            }
            made => made
                .map(|_| ())
                .map_err(|failure| failure.after("create: failed to create: ")),
        }
    }

    pub(super) fn update(&self, kept: &Kept, now: Timestamp) -> Result<(), Failure> {
        let path = format!("{}/{}", self.path(), kept.name());
        let put = self.api.call(Method::PUT, &path, Some(&kept.secret("modifiedAt", now)));
        put.map(|_| ())
            .map_err(|failure| failure.after("update: failed to update: "))
    }

    pub(super) fn delete(&self, kept: &Kept) -> Result<(), Failure> {
        self.api.delete(&format!("{}/{}", self.path(), kept.name()))
    }

    /// Makes room for one revision more. The last one that was deployed stays.
    pub(super) fn prune(&self, most: usize) -> Result<(), Failure> {
        let all = self.history()?;
        let deployed = all
            .iter()
            .rev()
            .find(|kept| kept.status() == "deployed")
            .map(Kept::revision);
        let surplus = (all.len() + 1).saturating_sub(most);
        let old = all
            .iter()
            .filter(|kept| Some(kept.revision()) != deployed)
            .take(surplus);
        old.clone().try_for_each(|kept| self.delete(kept))
    }
}
