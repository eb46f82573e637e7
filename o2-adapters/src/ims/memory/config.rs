//! The configuration of the in-memory infrastructure backend.

use std::collections::BTreeSet;

use o2_core::config::DurationText;
use o2_core::{Error, Result, TenantId};
use serde::{Deserialize, Serialize};

/// The configuration of [`MemoryIms`](super::MemoryIms).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MemoryImsConfig {
    /// The id of the O-Cloud; every pool belongs to it.
    #[serde(rename = "oCloudId")]
    pub o_cloud_id: String,
    /// Whether there is a sample O-Cloud at the start, or nothing but resource types.
    pub sample: bool,
    /// What the sample is made from; the same seed makes the same sample.
    pub seed: u64,
    /// How many sites the sample has.
    pub sites: u32,
    /// How many pools each site has.
    pub pools: u32,
    /// How many nodes all sites have together, `node-mock-001` among them.
    pub nodes: u32,
    /// The tenants that own pools of the sample; every so many-th pool is shared.
    pub tenants: Vec<TenantId>,
    /// The root of the deployment interface that the sample's deployment managers offer.
    pub service_uri: String,
    /// How long after the one before it each new node of a pool appears.
    pub provisioning: DurationText,
    /// The most nodes a pool may be asked to have.
    pub max_replicas: u32,
    /// How many changes are kept for watches that go on where an earlier one ended.
    pub watch_history: usize,
    /// How many events each pool keeps.
    pub pool_events: usize,
    /// Capability words; everything when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

impl Default for MemoryImsConfig {
    fn default() -> Self {
        Self {
            o_cloud_id: "ocloud-memory".into(),
            sample: true,
            seed: 1,
            sites: 2,
            pools: 3,
            nodes: 24,
            tenants: Vec::new(),
            service_uri: "/o2dms/v1".into(),
            provisioning: DurationText::from_millis(200),
            max_replicas: 1_000,
            watch_history: 10_000,
            pool_events: 100,
            capabilities: None,
        }
    }
}

impl MemoryImsConfig {
    /// An O-Cloud without sites, pools and nodes.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            sample: false,
            ..Self::default()
        }
    }

    /// A sample with this many nodes.
    #[must_use]
    pub fn with_nodes(mut self, nodes: u32) -> Self {
        self.nodes = nodes;
        self
    }

    /// A sample in which these tenants own pools.
    #[must_use]
    pub fn with_tenants(mut self, tenants: impl IntoIterator<Item = impl Into<TenantId>>) -> Self {
        self.tenants = tenants.into_iter().map(Into::into).collect();
        self
    }

    /// Only what these capability words stand for.
    #[must_use]
    pub fn with_capabilities(mut self, words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.capabilities = Some(words.into_iter().map(Into::into).collect());
        self
    }

    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        const MAX_GROUPS: u32 = 1_000;
        const MAX_NODES: u32 = 1_000_000;
        for (name, value, max) in [
            ("sites", self.sites, MAX_GROUPS),
            ("pools", self.pools, MAX_GROUPS),
            ("nodes", self.nodes, MAX_NODES),
            ("maxReplicas", self.max_replicas, MAX_NODES),
        ] {
            if !(1..=max).contains(&value) {
                return Err(Error::config(format!(
                    "{name}: must be 1 to {max}, not {value} (for an O-Cloud without nodes, say 'sample: false')"
                )));
            }
        }
        for (name, value) in [("watchHistory", self.watch_history), ("poolEvents", self.pool_events)] {
            if value == 0 {
                return Err(Error::config(format!("{name}: must be at least 1")));
            }
        }
        if self.o_cloud_id.is_empty() {
            return Err(Error::config("oCloudId: must not be empty"));
        }
        let mut known = BTreeSet::new();
        for tenant in &self.tenants {
            if tenant.as_str().is_empty() || !known.insert(tenant) {
                return Err(Error::config(format!(
                    "tenants: '{tenant}' is empty or appears more than once"
                )));
            }
        }
        Ok(())
    }
}
