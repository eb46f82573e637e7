//! What the controller sends and takes. What is read is tolerant: a field that is not used is not declared.

use std::collections::BTreeMap;

use o2_core::Timestamp;
use o2_core::model::extensions::JsonMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What is in one of the controller's collections.
pub(super) trait Item: DeserializeOwned + Send {
    /// The collection, as its path names it.
    const COLLECTION: &'static str;
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) uuid: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) note: String,
    pub(super) rack: Option<String>,
    pub(super) size: u32,
    /// Whose it is; shared when absent.
    pub(super) project: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) props: JsonMap,
    pub(super) revision: u64,
    pub(super) created: Timestamp,
}

impl Item for Group {
    const COLLECTION: &'static str = "groups";
}

/// A group, as it is created or replaced.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct NewGroup<'a> {
    pub(super) label: &'a str,
    pub(super) note: &'a str,
    pub(super) rack: Option<&'a str>,
    /// The controller makes one machine when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<u32>,
    pub(super) tags: &'a BTreeMap<String, String>,
    pub(super) props: &'a JsonMap,
    /// Whose it shall be; only read when it is created.
    pub(super) project: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Machine {
    pub(super) uuid: String,
    pub(super) group: String,
    pub(super) model: String,
    pub(super) serial: String,
    pub(super) power: Power,
    pub(super) project: Option<String>,
}

impl Item for Machine {
    const COLLECTION: &'static str = "machines";
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Power {
    On,
    Off,
    /// Whatever else there may be.
    #[serde(other)]
    Fault,
}

#[derive(Debug, Deserialize)]
pub(super) struct Model {
    pub(super) uuid: String,
    pub(super) label: String,
    pub(super) maker: String,
}

impl Item for Model {
    const COLLECTION: &'static str = "models";
}
