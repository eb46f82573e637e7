//! Checks of what callers say about deployments.

use o2_core::error::Excerpt;
use o2_core::{Context, Error, Extensions, Result};

use crate::dms::helm::core::Core;
use crate::dms::helm::draw::REPLICAS_PATH;
use crate::dms::helm::program::Target;
use crate::dms::helm::releases::is_release_name;
use crate::kube::deployed::ValuePath;
use crate::kube::{is_label, is_label_value};

impl Core {
    /// Where a new deployment shall be.
    pub(super) fn new_target(&self, name: &str, namespace: Option<&str>) -> Result<Target> {
        if !is_release_name(name) {
            let reason = format!(
                "'{}' must be 1 to 53 lower-case letters, digits and '-', beginning and ending with a letter or digit",
                Excerpt(name)
            );
            return Err(Error::violation("name", reason));
        }
        let namespace = namespace.unwrap_or(&self.config.namespace);
        if !is_label(namespace) {
            let reason = format!("'{}' is no name of a namespace", Excerpt(namespace));
            return Err(Error::violation("namespace", reason));
        }
        if !self.config.manages(namespace) {
            let reason = format!("deployments can be in {}", self.config.namespaces.join(", "));
            return Err(Error::violation("namespace", reason));
        }
        Ok(Target {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// The tenant that a new deployment belongs to, as a label.
pub(super) fn tenant(context: &Context) -> Result<Option<&str>> {
    let Some(tenant) = context.tenant() else {
        return Ok(None);
    };
    if is_label_value(tenant.as_str()) {
        return Ok(Some(tenant.as_str()));
    }
    let tenant = Excerpt(tenant.as_str()).to_string();
    Err(Error::invalid(format!(
        "the tenant '{tenant}' cannot own deployments: its name cannot be a label"
    )))
}

/// What extensions say to us.
pub(super) fn extensions(extensions: &Extensions) -> Result<()> {
    let Some(path) = extensions.get(REPLICAS_PATH) else {
        return Ok(());
    };
    let at = || format!("extensions.{REPLICAS_PATH}");
    let text = path.as_str().ok_or_else(|| Error::violation(at(), "must be a text"))?;
    ValuePath::parse(text)
        .map(|_| ())
        .map_err(|error| Error::violation(at(), error.message()))
}
