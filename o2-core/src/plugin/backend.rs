//! [`Backend`]: how a plugin of one kind is built from configuration. A [`Catalog`] lists the kinds that are compiled
//! in, and the kinds that exist but are not, so that the error can name the cargo feature to enable.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{Plugin, PluginInfo};
use crate::config::PluginConfig;
use crate::operation::Category;
use crate::ports::Ports;
use crate::{Error, Result};

/// A kind of plugin: `Backend<dyn IMSPlugin>`.
pub struct Backend<P: ?Sized> {
    /// The kind, as configuration names it.
    pub kind: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// One line about it.
    pub description: &'static str,
    /// The version of the adapter.
    pub version: &'static str,
    /// A documented example of the configuration, in YAML.
    pub example: &'static str,
    /// Validates the configuration and returns a usable plugin. Does no I/O.
    pub build: fn(info: PluginInfo, config: &Value, ports: &Ports) -> Result<Arc<P>>,
}

impl<P: ?Sized> fmt::Debug for Backend<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A kind of plugin that exists, compiled in or not.
#[derive(Debug, Clone, Copy)]
pub struct KnownBackend {
    /// The kind.
    pub kind: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The cargo feature that compiles it in.
    pub feature: &'static str,
}

/// The kinds of plugins of one category.
#[derive(Debug)]
pub struct Catalog<P: ?Sized + 'static> {
    category: Category,
    backends: Vec<&'static Backend<P>>,
    known: &'static [KnownBackend],
}

impl<P: ?Sized + Plugin> Catalog<P> {
    /// The backends that are compiled in, and all that exist.
    #[must_use]
    pub fn new(category: Category, backends: &[&'static Backend<P>], known: &'static [KnownBackend]) -> Self {
        Self {
            category,
            backends: backends.to_vec(),
            known,
        }
    }

    /// Adds a backend of the embedder's own. It wins over one of the same kind.
    #[must_use]
    pub fn with(mut self, backend: &'static Backend<P>) -> Self {
        self.backends.insert(0, backend);
        self
    }

    /// The backends that are compiled in.
    pub fn backends(&self) -> impl Iterator<Item = &'static Backend<P>> + '_ {
        self.backends.iter().copied()
    }

    /// The backend of this kind, by name or alias.
    ///
    /// # Errors
    /// `Config`: the kind is not compiled in (names the feature), or unknown (names the known kinds).
    pub fn find(&self, kind: &str) -> Result<&'static Backend<P>> {
        let named = |name: &str, aliases: &[&str]| {
            name.eq_ignore_ascii_case(kind) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(kind))
        };
        if let Some(backend) = self.backends().find(|backend| named(backend.kind, backend.aliases)) {
            return Ok(backend);
        }
        if let Some(known) = self.known.iter().find(|known| named(known.kind, known.aliases)) {
            return Err(Error::config(format!(
                "{} plugin type '{kind}' exists but is not compiled in; enable the cargo feature '{}'",
                self.category, known.feature
            )));
        }
        let kinds = self
            .backends()
            .map(|backend| backend.kind)
            .collect::<Vec<_>>()
            .join(", ");
        Err(Error::config(format!(
            "unknown {} plugin type '{kind}' (compiled in: {kinds})",
            self.category
        )))
    }

    /// Builds the plugin `name` of this kind.
    ///
    /// # Errors
    /// As [`Self::find`]; `Config` when the name or the configuration is wrong.
    pub fn build(&self, kind: &str, name: &str, config: &Value, ports: &Ports) -> Result<Arc<P>> {
        let mut plugin = PluginConfig::new(name, kind);
        plugin.config = config.clone();
        self.build_configured(&plugin, ports)
    }

    /// Builds the plugin that the configuration describes.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn build_configured(&self, config: &PluginConfig, ports: &Ports) -> Result<Arc<P>> {
        let backend = self.find(&config.kind)?;
        let info = PluginInfo::new(self.category, backend.kind, config.name.as_str(), backend.version)?;
        (backend.build)(info.with_metadata(config.metadata.clone()), &config.config, ports)
    }
}
