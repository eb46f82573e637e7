//! What the extensions of a request ask for.

use o2_core::{Error, Extensions, Result};
use serde::Deserialize;
use serde_json::Value;

use super::Allocation;

/// What is asked of an allocation; the rest stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    reservation: Option<i64>,
    expandable: Option<bool>,
    limit: Option<i64>,
    shares: Option<i64>,
    level: Option<String>,
}

/// What is asked of a pool.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) cpu: Wanted,
    pub(super) memory: Wanted,
}

impl Asked {
    pub(super) fn of(extensions: &Extensions) -> Result<Self> {
        Ok(Self {
            cpu: wanted(extensions, "vsphere.cpuAllocation")?,
            memory: wanted(extensions, "vsphere.memoryAllocation")?,
        })
    }
}

fn wanted(extensions: &Extensions, key: &str) -> Result<Wanted> {
    let Some(value) = extensions.get(key) else {
        return Ok(Wanted::default());
    };
    let at = || format!("body.extensions.{key}");
    let wanted: Wanted = serde_json::from_value(value.clone()).map_err(|error| {
        Error::violation(
            at(),
            format!("must have reservation, expandable, limit, shares and level: {error}"),
        )
    })?;
    if wanted.reservation.is_some_and(|reservation| reservation < 0) {
        return Err(Error::violation(at(), "a reservation is not negative"));
    }
    if wanted.limit.is_some_and(|limit| limit < -1) {
        return Err(Error::violation(at(), "a limit is not negative; -1 stands for none"));
    }
    let levels = ["low", "normal", "high", "custom"];
    if wanted.level.as_deref().is_some_and(|level| !levels.contains(&level)) {
        return Err(Error::violation(at(), "a level is one of low, normal, high and custom"));
    }
    Ok(wanted)
}

impl Wanted {
    /// The allocation as it is to be, when it is `now`.
    pub(super) fn onto(&self, now: &Allocation) -> Result<Allocation> {
        let wanted = Allocation {
            reservation: self.reservation.unwrap_or(now.reservation),
            expandable: self.expandable.unwrap_or(now.expandable),
            limit: self.limit.unwrap_or(now.limit),
            shares: self.shares.unwrap_or(now.shares),
            level: self.level.clone().unwrap_or_else(|| now.level.clone()),
        };
        if wanted.limit >= 0 && wanted.limit < wanted.reservation {
            return Err(Error::violation(
                "body.extensions",
                "a limit is not below the reservation",
            ));
        }
        Ok(wanted)
    }
}

/// The extensions that vSphere has no place for.
pub(super) fn kept_extensions(extensions: &Extensions) -> Extensions {
    let others = extensions.iter().filter(|(key, _)| !key.starts_with("vsphere."));
    others
        .map(|(key, value): (&String, &Value)| (key.clone(), value.clone()))
        .collect()
}
