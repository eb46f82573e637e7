//! Values, and how many replicas they say.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use serde_json::Value;

use super::config::CrossplaneConfig;
use super::draw::REPLICAS;
use crate::kube::deployed::{ValuePath, check_without_null};

/// Where the number of replicas is, as far as somebody says it: the deployment itself, or the configuration.
pub(super) fn place(config: &CrossplaneConfig, definition: &str, extensions: &Extensions) -> Option<ValuePath> {
    let own = extensions.get(REPLICAS).and_then(Value::as_str);
    ValuePath::parse(own.or_else(|| config.replicas_path(definition))?).ok()
}

/// How many replicas values say.
pub(super) fn count(place: Option<&ValuePath>, values: &Extensions) -> Option<u32> {
    u32::try_from(place?.get(values)?.as_u64()?).ok()
}

/// Checks what callers say about values: nothing that a change cannot say, and a number of replicas that may be.
pub(super) fn check(
    config: &CrossplaneConfig,
    definition: &str,
    extensions: &Extensions,
    values: &Extensions,
) -> Result<()> {
    if let Some(own) = extensions.get(REPLICAS) {
        let text = own.as_str().unwrap_or_default();
        if ValuePath::parse(text).is_err() {
            let reason = "must say where in the values the number of replicas is, such as 'web.replicas'";
            return Err(Error::violation(format!("extensions.{REPLICAS}"), reason));
        }
    }
    check_without_null("values", &Value::Object(values.clone()))?;
    let Some(place) = place(config, definition, extensions) else {
        return Ok(());
    };
    let (most, given) = (config.max_replicas, place.get(values));
    match given.filter(|given| given.as_u64().is_none_or(|count| count > most.into())) {
        None => Ok(()),
        Some(given) => {
            let given = given.to_string();
            let reason = format!("must be a whole number from 0 to {most}, not {}", Excerpt(&given));
            Err(Error::violation(format!("values.{}", place.as_str()), reason))
        }
    }
}
