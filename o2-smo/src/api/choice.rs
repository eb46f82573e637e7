//! The plugin that a request names.

use o2_core::error::Excerpt;
use o2_core::http::Exchange;
use o2_core::{Error, PluginId, Result};

use crate::{Recipient, SmoService};

const PLUGIN: &str = "plugin";

/// The plugin of `?plugin=`, if it is there.
///
/// # Errors
/// `InvalidInput` when it is empty or given twice.
pub(super) fn named(exchange: &Exchange) -> Result<Option<PluginId>> {
    match exchange.params.single(&[PLUGIN])? {
        None => Ok(None),
        Some((_, "")) => Err(Error::violation(PLUGIN, "must name a plugin")),
        Some((_, name)) => Ok(Some(PluginId::new(name))),
    }
}

/// The recipient of `?plugin=`, which is the only parameter.
///
/// # Errors
/// `InvalidInput` for other parameters; as [`named`].
pub(super) fn recipient(exchange: &Exchange) -> Result<Recipient> {
    exchange.expect_params(&[PLUGIN])?;
    Ok(match named(exchange)? {
        None => Recipient::Default,
        Some(name) if name.as_str() == "*" => Recipient::All,
        Some(name) => Recipient::Plugin(name),
    })
}

/// Lets `?plugin=`, which is the only parameter, decide where the body does not.
///
/// # Errors
/// `NotFound` when there is no such plugin; `InvalidInput` when the body names another one, and for other parameters.
pub(super) fn agree(service: &SmoService, exchange: &Exchange, in_body: &mut Option<PluginId>) -> Result<()> {
    exchange.expect_params(&[PLUGIN])?;
    let Some(name) = named(exchange)? else { return Ok(()) };
    if let Some(other) = in_body.as_ref().filter(|other| **other != name) {
        let reason = format!("body.pluginName names another plugin, '{}'", Excerpt(other.as_str()));
        return Err(Error::violation(PLUGIN, reason));
    }
    let router = service.plugins().router();
    router.named(name.as_str(), exchange.context.tenant())?;
    *in_body = Some(name);
    Ok(())
}
