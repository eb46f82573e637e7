//! [`Config`]: what an operator writes down about plugins, routing, identity and limits, as one value. It is read from
//! YAML or JSON, strictly: what is unknown, of the wrong type or contradictory is told with file, line, path and what
//! would be right. It opens no file and looks at no environment; the host brings both.
//!
//! Reading goes through a tree that knows its lines: parse, replace variables, bring other spellings into the canonical
//! one, read typed sections, check what they say about each other. `docs/configuration.md` lists every key.

mod collectors;
mod duration;
mod gateway;
mod identity;
mod interpolate;
mod limits;
mod notifications;
mod plugins;
mod problem;
mod reader;
mod resilience;
mod routing;
mod spelling;
#[cfg(test)]
mod tests;
mod tree;
#[cfg(feature = "config-yaml")]
mod yaml;

pub use collectors::{CollectConfig, CollectorsConfig};
pub use duration::DurationText;
pub use gateway::{ApiVersions, GatewayConfig, ReadsConfig};
pub use identity::{IdentityConfig, IdentitySourceConfig, RoleConfig};
pub use limits::{LimitsConfig, Quotas};
pub use notifications::{
    BreakerConfig, DeadLettersConfig, NotificationsConfig, OutboxConfig, ProfileName, ProfilesConfig, SigningConfig,
};
pub use plugins::{PluginConfig, Plugins};
pub use resilience::{CircuitBreakerConfig, ResilienceConfig, RetryConfig};
pub use routing::{CategoryRouting, Conditions, FanOutConfig, FanOutStrategy, LocationCondition, Routing, RuleConfig};

use problem::Problems;
use tree::{Node, Path, Value};

use crate::Result;
use crate::id::PluginId;
use crate::operation::Category;

/// What values of numbers that must not be 0 are told.
const AT_LEAST_ONE: &str = "expected 1 or more";

/// The same for durations.
const MORE_THAN_ZERO: &str = "expected more than no time";

/// The whole configuration.
///
/// Its default has one in-memory plugin per category and routes everything to it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Which plugins there are.
    pub plugins: Plugins,
    /// Which plugin serves what.
    pub routing: Routing,
    /// What the gateway says about itself, and the bounds of a request.
    pub gateway: GatewayConfig,
    /// Who asks, and what they may do.
    pub identity: IdentityConfig,
    /// How much each tenant may use.
    pub limits: LimitsConfig,
    /// How calls of plugins are bounded, repeated and cut off.
    pub resilience: ResilienceConfig,
    /// How subscribers are told of changes.
    pub notifications: NotificationsConfig,
    /// How the objects of plugins are kept up to date in memory.
    pub collectors: CollectorsConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            plugins: Plugins::memory(),
            routing: Routing::default(),
            gateway: GatewayConfig::default(),
            identity: IdentityConfig::default(),
            limits: LimitsConfig::default(),
            resilience: ResilienceConfig::default(),
            notifications: NotificationsConfig::default(),
            collectors: CollectorsConfig::default(),
        }
    }
}

impl Config {
    const SECTIONS: [&str; 8] = [
        "plugins",
        "routing",
        "gateway",
        "identity",
        "limits",
        "resilience",
        "notifications",
        "collectors",
    ];

    /// Reads and validates a YAML text. `file` is its name for error messages, `variables` finds what `${NAME}` holds.
    ///
    /// ```
    /// use o2_core::config::Config;
    /// let text = "
    /// plugins:
    ///   ims:
    ///     - name: edge
    ///       type: memory
    ///       enabeld: false
    /// ";
    /// let error = Config::from_yaml(text, "gateway.yaml", &|_| None).unwrap_err();
    /// assert!(error.message().starts_with(
    ///     "gateway.yaml:6: plugins.ims[0].enabeld: unknown key 'enabeld', did you mean 'enabled'?"
    /// ));
    /// ```
    ///
    /// # Errors
    /// `Config`; the message and the violations name everything that is wrong, with file, line and path.
    #[cfg(feature = "config-yaml")]
    pub fn from_yaml(text: &str, file: &str, variables: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        Self::from_tree(yaml::parse(text, file)?, file, variables)
    }

    /// Reads and validates a JSON value, as [`Self::from_yaml`] does a text; errors know no lines.
    ///
    /// ```
    /// use o2_core::config::Config;
    /// let value = serde_json::json!({"gateway": {"oCloudId": "${CLOUD}"}});
    /// let config = Config::from_value(value, "settings", &|_| Some("ocloud-7".into()))?;
    /// assert_eq!(config.gateway.o_cloud_id, "ocloud-7");
    /// # Ok::<(), o2_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::from_yaml`].
    pub fn from_value(
        value: serde_json::Value,
        file: &str,
        variables: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        Self::from_tree(Node::from_json(value, Path::root()), file, variables)
    }

    fn from_tree(mut root: Node, file: &str, variables: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let problems = Problems::default();
        interpolate::interpolate(&mut root, variables, &problems);
        spelling::normalise(&mut root, &problems);
        let config = Self::read(&root, &problems);
        // Sections that could not be read have nothing to say about each other.
        if problems.is_empty() {
            config.check(&problems);
            problems.locate(&root);
        }
        problems.into_result(Some(file)).map(|()| config)
    }

    fn read(root: &Node, problems: &Problems) -> Self {
        match &root.value {
            Value::Object(entries) => reader::reject_unknown(entries, &Self::SECTIONS, problems),
            Value::Null => {}
            other => {
                let keys = Self::SECTIONS.join(", ");
                let reason = format!("expected an object with the keys {keys}, found {}", other.describe());
                problems.push(root.place.clone(), reason);
            }
        }
        Self {
            plugins: reader::section(root, "plugins", problems).unwrap_or_else(Plugins::memory),
            routing: reader::section(root, "routing", problems).unwrap_or_default(),
            gateway: reader::section(root, "gateway", problems).unwrap_or_default(),
            identity: reader::section(root, "identity", problems).unwrap_or_default(),
            limits: reader::section(root, "limits", problems).unwrap_or_default(),
            resilience: reader::section(root, "resilience", problems).unwrap_or_default(),
            notifications: reader::section(root, "notifications", problems).unwrap_or_default(),
            collectors: reader::section(root, "collectors", problems).unwrap_or_default(),
        }
    }

    /// Checks what the types cannot: names that must be unique or known, numbers that must not be 0. Reading does it
    /// already; it is for configurations made in code. Whether a plugin's `type` and `config` are right is known to
    /// the [`Catalog`](crate::plugin::Catalog) alone.
    ///
    /// # Errors
    /// `Config`; the message and the violations name everything that is wrong.
    pub fn validate(&self) -> Result<()> {
        let problems = Problems::default();
        self.check(&problems);
        problems.into_result(None)
    }

    fn check(&self, problems: &Problems) {
        let path = |section| Path::root().key(section);
        self.plugins.check(&path("plugins"), problems);
        self.routing.check(&self.plugins, &path("routing"), problems);
        self.gateway.check(&path("gateway"), problems);
        self.identity.check(&path("identity"), problems);
        self.limits.check(&path("limits"), problems);
        self.resilience.check(&path("resilience"), problems);
        self.notifications.check(&path("notifications"), problems);
        self.collectors.check(&path("collectors"), problems);
    }

    /// The plugin of `category` that serves what no rule decides: the one that routing names, or the one marked
    /// `default: true`, or the only enabled one there is.
    #[must_use]
    pub fn default_plugin(&self, category: Category) -> Option<&PluginId> {
        let named = self.routing.of(category).and_then(|routing| routing.default.as_ref());
        let mut enabled = self.plugins.of(category).iter().filter(|plugin| plugin.enabled);
        let marked = || enabled.clone().find(|plugin| plugin.default).map(|plugin| &plugin.name);
        named
            .or_else(marked)
            .or_else(|| match (enabled.next(), enabled.next()) {
                (Some(only), None) => Some(&only.name),
                _ => None,
            })
    }
}
