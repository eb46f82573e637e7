//! One plugin of a registry, with everything the registry knows about it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::Statistics;
use crate::id::{PluginId, TenantId};
use crate::plugin::{Health, HealthStatus, Plugin};

/// Whether a plugin may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Status {
    /// It may. Its health may not have been checked yet.
    Active,
    /// The operator switched it off. Nothing else matters then.
    Disabled,
    /// The last health check found that it does not work.
    Unhealthy,
    /// The host recorded that it is broken.
    Failed,
}

impl Status {
    /// Every status, as the wire shows it.
    pub const WORDS: &'static [&'static str] = &["active", "disabled", "unhealthy", "failed"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Unhealthy => "unhealthy",
            Self::Failed => "failed",
        }
    }
}

/// How a plugin is registered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RegisterOptions {
    /// Whether it may be called.
    pub enabled: bool,
    /// Whether it becomes the default plugin, in the place of the one that was.
    pub default: bool,
    /// The tenants it is there for; `None` is all. Those who stand above tenants see every plugin.
    pub tenants: Option<Vec<TenantId>>,
    /// Where its calls are counted.
    pub statistics: Arc<Statistics>,
}

impl RegisterOptions {
    /// Enabled, not the default, for all tenants.
    #[must_use]
    pub fn new() -> Self {
        Self {
            enabled: true,
            default: false,
            tenants: None,
            statistics: Arc::default(),
        }
    }

    /// Switched off until somebody enables it.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// The default plugin.
    #[must_use]
    pub fn as_default(mut self) -> Self {
        self.default = true;
        self
    }

    /// For these tenants only.
    #[must_use]
    pub fn for_tenants(mut self, tenants: impl IntoIterator<Item = TenantId>) -> Self {
        self.tenants = Some(tenants.into_iter().collect());
        self
    }

    /// Counted here; a [`StatisticsLayer`](super::StatisticsLayer) around the plugin does the counting.
    #[must_use]
    pub fn with_statistics(mut self, statistics: Arc<Statistics>) -> Self {
        self.statistics = statistics;
        self
    }
}

impl Default for RegisterOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// One plugin of a registry. Immutable, but for the statistics, which all versions of the entry share.
pub struct Registered<P: ?Sized> {
    pub(super) plugin: Arc<P>,
    name: PluginId,
    tenants: Option<Arc<[TenantId]>>,
    enabled: bool,
    pub(super) is_default: bool,
    pub(super) health: Option<Arc<Health>>,
    pub(super) failure: Option<Arc<str>>,
    statistics: Arc<Statistics>,
    /// Later registrations have higher numbers.
    pub(super) order: u64,
}

impl<P: ?Sized + Plugin> Registered<P> {
    pub(super) fn new(plugin: Arc<P>, options: RegisterOptions, order: u64) -> Self {
        Self {
            name: plugin.info().name.clone(),
            plugin,
            tenants: options.tenants.map(Arc::from),
            enabled: options.enabled,
            is_default: options.default,
            health: None,
            failure: None,
            statistics: options.statistics,
            order,
        }
    }

    pub(super) fn with_plugin(&self, plugin: Arc<P>) -> Self {
        Self {
            plugin,
            health: None,
            failure: None,
            ..self.clone()
        }
    }
}

impl<P: ?Sized> Registered<P> {
    /// The plugin.
    #[must_use]
    pub fn plugin(&self) -> &Arc<P> {
        &self.plugin
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &PluginId {
        &self.name
    }

    /// Whether it is the default plugin, whose objects keep their own ids.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.is_default
    }

    /// The tenants it is there for; `None` is all.
    #[must_use]
    pub fn tenants(&self) -> Option<&[TenantId]> {
        self.tenants.as_deref()
    }

    /// Whether it exists for this tenant; `None` stands above tenants and sees every plugin.
    #[must_use]
    pub fn is_visible_to(&self, tenant: Option<&TenantId>) -> bool {
        match (&self.tenants, tenant) {
            (Some(tenants), Some(tenant)) => tenants.contains(tenant),
            _ => true,
        }
    }

    /// Whether it may be called.
    #[must_use]
    pub fn status(&self) -> Status {
        if !self.enabled {
            Status::Disabled
        } else if self.failure.is_some() {
            Status::Failed
        } else if self
            .health()
            .is_some_and(|health| health.status == HealthStatus::Unhealthy)
        {
            Status::Unhealthy
        } else {
            Status::Active
        }
    }

    /// What the last health check found; `None` before the first.
    #[must_use]
    pub fn health(&self) -> Option<&Health> {
        self.health.as_deref()
    }

    /// Why the host recorded it as broken. For the operator only.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// How much it is used.
    #[must_use]
    pub fn statistics(&self) -> &Arc<Statistics> {
        &self.statistics
    }

    pub(super) fn enable(&mut self) {
        self.enabled = true;
        self.health = None;
        self.failure = None;
    }

    pub(super) fn disable(&mut self) {
        self.enabled = false;
    }
}

/// Not derived: a copy shares the plugin, which need not be `Clone`.
impl<P: ?Sized> Clone for Registered<P> {
    fn clone(&self) -> Self {
        Self {
            plugin: Arc::clone(&self.plugin),
            name: self.name.clone(),
            tenants: self.tenants.clone(),
            enabled: self.enabled,
            is_default: self.is_default,
            health: self.health.clone(),
            failure: self.failure.clone(),
            statistics: Arc::clone(&self.statistics),
            order: self.order,
        }
    }
}

impl<P: ?Sized> fmt::Debug for Registered<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered")
            .field("name", &self.name)
            .field("status", &self.status())
            .field("is_default", &self.is_default)
            .finish_non_exhaustive()
    }
}
