//! The configuration of the crossplane backend.

use std::collections::BTreeSet;

use o2_core::config::DurationText;
use o2_core::error::Excerpt;
use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kube::ClusterConfig;
use crate::kube::deployed::{ValuePath, check_label};

/// The configuration of [`Crossplane`](super::Crossplane).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CrossplaneConfig {
    /// The API server of the cluster that Crossplane runs on.
    pub cluster: ClusterConfig,
    /// The definitions whose objects are deployments; no others are looked at.
    pub definitions: Vec<DefinitionConfig>,
    /// Only deployments in this namespace; all when absent. Objects of the cluster are in none and always meant.
    pub namespace: Option<String>,
    /// The namespace of deployments that name none, and of what is kept about objects of the cluster.
    pub target_namespace: String,
    /// The label that says whose an object is.
    pub tenant_label: String,
    /// Where in the values the number of replicas is, for definitions that do not say it themselves. Without it deployments
    /// cannot be scaled, unless they say it.
    pub replicas_path: Option<String>,
    /// The most replicas that a deployment may have.
    pub max_replicas: u32,
    /// The Secrets with which Crossplane gets packages, in its own namespace.
    pub package_pull_secrets: Vec<String>,
    /// How many earlier revisions of a deployment are kept.
    pub history: usize,
    /// How long work may take until it counts as failed.
    pub work_timeout: DurationText,
    /// How long Crossplane may say that it cannot do the work until it counts as failed; many causes go away by themselves.
    pub error_patience: DurationText,
    /// How long after a change what is said may still be about the state before it, where Crossplane does not say which state
    /// it means.
    pub settle_time: DurationText,
}

/// A definition of composite resources.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DefinitionConfig {
    /// Its name, `xedgeapps.platform.example.org`.
    pub name: String,
    /// Where in the values of its deployments the number of replicas is.
    #[serde(default)]
    pub replicas_path: Option<String>,
}

impl DefinitionConfig {
    /// The definition of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            replicas_path: None,
        }
    }

    /// With this place of the number of replicas.
    #[must_use]
    pub fn with_replicas_path(mut self, path: impl Into<String>) -> Self {
        self.replicas_path = Some(path.into());
        self
    }
}

impl Default for CrossplaneConfig {
    fn default() -> Self {
        Self {
            cluster: ClusterConfig::default(),
            definitions: Vec::new(),
            namespace: None,
            target_namespace: "default".to_owned(),
            tenant_label: "o2ims.oran.org/tenant".to_owned(),
            replicas_path: None,
            max_replicas: 1_000,
            package_pull_secrets: Vec::new(),
            history: 10,
            work_timeout: DurationText::from_secs(20 * 60),
            error_patience: DurationText::from_secs(2 * 60),
            settle_time: DurationText::from_secs(10),
        }
    }
}

impl CrossplaneConfig {
    /// Crossplane on this cluster with these definitions, and everything else as it is by default.
    #[must_use]
    pub fn of(cluster: ClusterConfig, definitions: impl IntoIterator<Item = DefinitionConfig>) -> Self {
        Self {
            cluster,
            definitions: definitions.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        self.cluster.check()?;
        self.check_definitions()?;
        if let Some(namespace) = &self.namespace {
            named("namespace", namespace)?;
        }
        named("targetNamespace", &self.target_namespace)?;
        if self.tenant_label.is_empty() {
            return Err(Error::config("tenantLabel: must not be empty"));
        }
        if let Some(path) = &self.replicas_path {
            placed("replicasPath", path)?;
        }
        if self.history == 0 {
            return Err(Error::config("history: must be at least 1"));
        }
        for (name, duration) in [
            ("workTimeout", self.work_timeout),
            ("errorPatience", self.error_patience),
        ] {
            if duration.get().as_secs() == 0 {
                return Err(Error::config(format!("{name}: must be at least one second")));
            }
        }
        Ok(())
    }

    fn check_definitions(&self) -> Result<()> {
        if self.definitions.is_empty() {
            return Err(Error::config(
                "definitions: must name at least one, such as 'xedgeapps.platform.example.org'",
            ));
        }
        let mut known = BTreeSet::new();
        for (number, definition) in self.definitions.iter().enumerate() {
            let (at, name) = (format!("definitions.{number}"), definition.name.as_str());
            let is_name = name
                .split_once('.')
                .is_some_and(|(plural, group)| check_label("", plural).is_ok() && !group.is_empty());
            if !is_name {
                let excerpt = Excerpt(name);
                return Err(Error::config(format!(
                    "{at}.name: '{excerpt}' must be plural and group, such as 'xedgeapps.platform.example.org'"
                )));
            }
            if !known.insert(name) {
                return Err(Error::config(format!("{at}.name: '{name}' is there twice")));
            }
            if let Some(path) = &definition.replicas_path {
                placed(&format!("{at}.replicasPath"), path)?;
            }
        }
        Ok(())
    }

    /// Where the number of replicas is in the values of a definition's deployments.
    pub(super) fn replicas_path(&self, definition: &str) -> Option<&str> {
        let known = self.definitions.iter().find(|known| known.name == definition);
        let own = known.and_then(|known| known.replicas_path.as_deref());
        own.or(self.replicas_path.as_deref())
    }
}

fn named(attribute: &str, name: &str) -> Result<()> {
    check_label(attribute, name).map_err(|error| Error::config(error.message().to_owned()))
}

fn placed(attribute: &str, path: &str) -> Result<()> {
    let parsed = ValuePath::parse(path).map(drop);
    parsed.map_err(|error| Error::config(format!("{attribute}: {}", error.message())))
}
