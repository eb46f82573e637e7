//! The configuration of the vsphere backend.

use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde::Deserialize;

/// What the resources are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Mode {
    /// ESXi hosts, in the pools of their clusters.
    #[default]
    Hosts,
    /// Virtual machines, in the pools that they take from.
    Vms,
}

/// The configuration of [`Vsphere`](super::Vsphere).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct VsphereConfig {
    /// Where the vCenter is, without `/sdk`.
    pub endpoint: String,
    /// Who logs in.
    pub username: String,
    /// The password.
    pub password: Option<Secret>,
    /// The name under which the host program keeps the password; instead of `password`.
    pub password_name: Option<String>,
    /// What the resources are.
    #[serde(default)]
    pub mode: Mode,
    /// Only what is in these datacenters; in all of them when empty.
    #[serde(default)]
    pub datacenters: Vec<String>,
    /// The id of the O-Cloud; the instance UUID of the vCenter when absent.
    #[serde(default, rename = "oCloudId")]
    pub o_cloud_id: Option<String>,
    /// The custom attribute in which pools keep what only O2 knows about them.
    #[serde(default = "attribute")]
    pub attribute: String,
    /// How many objects are read at once.
    #[serde(default = "page_size")]
    pub page_size: u32,
    /// How long a call may take, in seconds.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u32,
    /// How long the vCenter holds a question for changes before it answers that there are none, in seconds.
    #[serde(default = "watch_seconds")]
    pub watch_seconds: u32,
}

fn attribute() -> String {
    "o2ims.oran.org".to_owned()
}

const fn page_size() -> u32 {
    500
}

const fn timeout_seconds() -> u32 {
    30
}

const fn watch_seconds() -> u32 {
    60
}

impl VsphereConfig {
    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        let host = ["https://", "http://"]
            .iter()
            .find_map(|scheme| self.endpoint.strip_prefix(scheme));
        let wrong = |text: &str| Err(Error::config(text.to_owned()));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) || self.endpoint.contains(['?', '#', '@']) {
            return wrong("endpoint: must be an absolute http or https URL without user, query and fragment");
        }
        if self.username.is_empty() {
            return wrong("username: must not be empty");
        }
        if self.password.is_some() == self.password_name.is_some() {
            return wrong("password: give either password or passwordName");
        }
        if self.o_cloud_id.as_deref() == Some("") {
            return wrong("oCloudId: must not be empty; leave it out for the instance UUID of the vCenter");
        }
        if self.attribute.is_empty() || self.attribute.len() > 80 {
            return wrong("attribute: must have from 1 to 80 characters");
        }
        if self.datacenters.iter().any(String::is_empty) {
            return wrong("datacenters: no name is empty");
        }
        for (field, value, most) in [
            ("pageSize", self.page_size, 10_000),
            ("timeoutSeconds", self.timeout_seconds, 600),
            ("watchSeconds", self.watch_seconds, 600),
        ] {
            if !(1..=most).contains(&value) {
                return wrong(&format!("{field}: must be from 1 to {most}"));
            }
        }
        Ok(())
    }
}
