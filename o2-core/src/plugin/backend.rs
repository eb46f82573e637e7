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

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use serde_json::json;

    use super::*;
    use crate::capability::Capabilities;
    use crate::context::Context;
    use crate::plugin::Health;
    use crate::{Timestamp, ports};

    #[derive(Debug)]
    struct Fake(PluginInfo, Capabilities);

    #[async_trait]
    impl Plugin for Fake {
        fn info(&self) -> &PluginInfo {
            &self.0
        }

        fn capabilities(&self) -> &Capabilities {
            &self.1
        }

        async fn health(&self, _: &Context) -> Health {
            Health::healthy(Timestamp::UNIX_EPOCH)
        }
    }

    fn build(info: PluginInfo, config: &Value, _: &Ports) -> Result<Arc<dyn Plugin>> {
        if config.get("url").is_none() {
            return Err(Error::config("url is missing"));
        }
        Ok(Arc::new(Fake(info, Capabilities::default())))
    }

    const fn backend(kind: &'static str, version: &'static str) -> Backend<dyn Plugin> {
        Backend {
            kind,
            aliases: &["k8s"],
            description: "Runs containers.",
            version,
            example: "url: https://x",
            build,
        }
    }

    static BUILT_IN: Backend<dyn Plugin> = backend("kubernetes", "1");
    static OWN: Backend<dyn Plugin> = backend("kubernetes", "2");

    fn catalog() -> Catalog<dyn Plugin> {
        const KNOWN: &[KnownBackend] = &[
            KnownBackend {
                kind: "kubernetes",
                aliases: &[],
                feature: "kubernetes",
            },
            KnownBackend {
                kind: "vsphere",
                aliases: &["vmware"],
                feature: "ims-vsphere",
            },
        ];
        Catalog::new(Category::Ims, &[&BUILT_IN], KNOWN)
    }

    fn ports() -> Ports {
        #[derive(Debug)]
        struct Stopped;
        impl ports::Clock for Stopped {
            fn now(&self) -> Timestamp {
                Timestamp::UNIX_EPOCH
            }
            fn monotonic(&self) -> std::time::Duration {
                std::time::Duration::ZERO
            }
            fn sleep(&self, _: std::time::Duration) -> futures::future::BoxFuture<'static, ()> {
                Box::pin(std::future::pending())
            }
        }
        Ports::new(Arc::new(Stopped))
    }

    #[test]
    fn kinds_are_found_by_any_name_in_any_case() {
        for name in ["kubernetes", "Kubernetes", "K8S"] {
            assert_eq!(catalog().find(name).unwrap().version, "1", "{name}");
        }
        // The embedder's own wins, and the list has both.
        let catalog = catalog().with(&OWN);
        assert_eq!(catalog.find("kubernetes").unwrap().version, "2");
        assert_eq!(catalog.backends().count(), 2);
        assert!(format!("{:?}", catalog.find("k8s").unwrap()).contains("kubernetes"));
    }

    #[test]
    fn what_is_not_compiled_in_is_told_from_what_does_not_exist() {
        for (kind, message) in [
            (
                "vmware",
                "ims plugin type 'vmware' exists but is not compiled in; enable the cargo feature 'ims-vsphere'",
            ),
            ("nova", "unknown ims plugin type 'nova' (compiled in: kubernetes)"),
            ("", "unknown ims plugin type '' (compiled in: kubernetes)"),
        ] {
            let error = catalog().find(kind).unwrap_err();
            assert!(error.is(crate::ErrorKind::Config));
            assert_eq!(error.message(), message);
        }
    }

    #[test]
    fn a_plugin_is_built_under_its_name_or_not_at_all() {
        let built = catalog()
            .build("k8s", "edge-1", &json!({"url": "https://x"}), &ports())
            .unwrap();
        let info = built.info();
        assert_eq!(
            (info.name.as_str(), info.kind, info.version),
            ("edge-1", "kubernetes", "1")
        );
        for (kind, name, config, message) in [
            ("nova", "edge", json!({}), "unknown ims plugin type"),
            ("k8s", "Edge 1", json!({}), "plugin name 'Edge 1' must be"),
            ("k8s", "edge", json!({}), "url is missing"),
        ] {
            let error = catalog().build(kind, name, &config, &ports()).unwrap_err();
            assert!(error.message().starts_with(message), "{error}");
        }
    }
}
