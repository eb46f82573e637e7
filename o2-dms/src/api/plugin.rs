//! The query parameter that picks the backend: `?plugin=helm-edge`, or `?adapter=` as netweave calls it.

use o2_core::http::{Exchange, Parameter};
use o2_core::id::qualified::{SEPARATOR, split};
use o2_core::{Error, ErrorKind, PluginId, Result};

use crate::{DmsService, PackageId};

/// The names of the parameter.
pub(super) const NAMES: [&str; 2] = ["plugin", "adapter"];

/// The query parameter, for the route table.
pub(super) const PLUGIN: Parameter = Parameter::new("plugin", "The plugin that shall do it.");
/// Its other name, for the route table.
pub(super) const ADAPTER: Parameter = Parameter::new("adapter", "The same as `plugin`.");

/// The plugin that the caller picked.
pub(super) fn picked(service: &DmsService, exchange: &Exchange) -> Result<Option<PluginId>> {
    let Some((parameter, name)) = exchange.params.single(&NAMES)? else {
        return Ok(None);
    };
    match service.plugins().router().named(name, exchange.context.tenant()) {
        Ok(plugin) => Ok(Some(plugin.name().clone())),
        Err(error) if error.is(ErrorKind::NotFound) => Err(Error::violation(parameter, error.message())),
        Err(error) => Err(error),
    }
}

/// The package as one of the plugin that the caller picked.
pub(super) fn package_at(picked: Option<&PluginId>, package: PackageId) -> Result<PackageId> {
    let Some(plugin) = picked else { return Ok(package) };
    match split(package.as_str()) {
        (None, native) => Ok(format!("{plugin}{SEPARATOR}{native}").into()),
        (Some(owner), _) if owner == plugin.as_str() => Ok(package),
        (Some(_), _) => {
            let reason = format!("is not a package of plugin '{plugin}'");
            Err(Error::violation("body.packageId", reason))
        }
    }
}
