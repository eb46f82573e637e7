//! Why a plugin cannot be given a call.

use std::fmt;

use super::{Conditions, Facts};
use crate::id::{PluginId, TenantId};
use crate::operation::Operation;
use crate::plugin::Plugin;
use crate::registry::{Registered, Status};
use crate::{Error, ErrorKind};

/// A plugin that cannot be given a call. `Display` says why in one sentence, for the operator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Obstacle<'a> {
    pub(super) plugin: &'a PluginId,
    pub(super) reason: Reason<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Reason<'a> {
    NotRegistered,
    OtherTenant(&'a TenantId),
    LacksOperation(&'static Operation),
    LacksFeature(&'a str),
    Disabled,
    Failed(&'a str),
    Unhealthy(&'a str),
}

impl<'a> Obstacle<'a> {
    /// Whether the caller may know that this plugin exists.
    pub(super) fn is_visible(&self) -> bool {
        !matches!(self.reason, Reason::NotRegistered | Reason::OtherTenant(_))
    }

    /// Whether the plugin would serve the call if only it worked.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self.reason, Reason::Failed(_) | Reason::Unhealthy(_))
    }

    /// A word for the caller, without what a backend said.
    pub(super) fn state(&self) -> &'static str {
        match self.reason {
            Reason::NotRegistered | Reason::OtherTenant(_) => "unknown",
            Reason::LacksOperation(_) | Reason::LacksFeature(_) => "unsupported",
            Reason::Disabled => "disabled",
            Reason::Failed(_) => "failed",
            Reason::Unhealthy(_) => "unhealthy",
        }
    }

    /// The error of a call that this plugin alone could have served.
    pub(super) fn unavailable(&self) -> Error {
        let message = format!("plugin '{}' is {}", self.plugin, self.state());
        Error::new(ErrorKind::Unavailable, message)
            .with_plugin(self.plugin)
            .with_detail(self.to_string())
    }

    /// What keeps `entry` from serving the call; what does not pass by itself comes first.
    pub(super) fn of<P: ?Sized + Plugin>(entry: &'a Registered<P>, facts: &Facts<'a>) -> Option<Self> {
        let capabilities = entry.plugin().capabilities();
        let reason = match (facts.tenant, facts.operation) {
            (Some(tenant), _) if !entry.is_visible_to(Some(tenant)) => Reason::OtherTenant(tenant),
            (_, Some(operation)) if !capabilities.supports(operation) => Reason::LacksOperation(operation),
            _ => return Self::of_status(entry),
        };
        let plugin = entry.name();
        Some(Self { plugin, reason })
    }

    /// What keeps `entry` from serving any call.
    pub(super) fn of_status<P: ?Sized>(entry: &'a Registered<P>) -> Option<Self> {
        let finding = || entry.health().map_or("", |health| health.message.as_str());
        let reason = match entry.status() {
            Status::Active => return None,
            Status::Disabled => Reason::Disabled,
            Status::Failed => Reason::Failed(entry.failure().unwrap_or_default()),
            Status::Unhealthy => Reason::Unhealthy(finding()),
        };
        let plugin = entry.name();
        Some(Self { plugin, reason })
    }
}

impl fmt::Display for Obstacle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin '{}' ", self.plugin)?;
        match self.reason {
            Reason::NotRegistered => f.write_str("is not registered"),
            Reason::OtherTenant(tenant) => write!(f, "is not there for tenant '{tenant}'"),
            Reason::LacksOperation(operation) => write!(f, "does not support {}", operation.name),
            Reason::LacksFeature(feature) => write!(f, "does not have the feature '{feature}'"),
            Reason::Disabled => f.write_str("is disabled"),
            Reason::Failed(why) => write!(f, "has failed: {why}"),
            Reason::Unhealthy(why) => write!(f, "is unhealthy: {why}"),
        }
    }
}

impl Conditions {
    /// What the conditions ask of the plugin and it does not have.
    pub(super) fn obstacle<'a, P: ?Sized + Plugin>(&'a self, entry: &'a Registered<P>) -> Option<Obstacle<'a>> {
        let capabilities = entry.plugin().capabilities();
        let operation = self
            .capabilities
            .iter()
            .find(|operation| !capabilities.supports(operation));
        let feature = || self.features.iter().find(|feature| !capabilities.has_feature(feature));
        let reason = match operation {
            Some(operation) => Reason::LacksOperation(operation),
            None => Reason::LacksFeature(feature()?),
        };
        Some(Obstacle {
            plugin: entry.name(),
            reason,
        })
    }
}
