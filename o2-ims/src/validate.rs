//! What the service checks before a plugin is asked.

use o2_core::validate::{description, extensions, id, name};
use o2_core::{Error, Extensions, Result};

use crate::model::{NewResource, NewResourcePool, ResourcePoolUpdate};

/// More machines than any pool has.
const MOST_REPLICAS: u32 = 100_000;

/// Checks a new pool, and reads the size it shall have from `extensions.replicas` when it is given there.
pub(crate) fn new_pool(new: &mut NewResourcePool) -> Result<()> {
    name("body.name", &new.name)?;
    description("body.description", &new.description)?;
    extensions("body.extensions", &new.extensions)?;
    if let Some(wanted) = &new.resource_pool_id {
        id("body.resourcePoolId", wanted.as_str())?;
    }
    new.replicas = replicas(new.replicas, &new.extensions)?;
    Ok(())
}

/// Checks the new state of a pool.
pub(crate) fn pool_update(update: &ResourcePoolUpdate) -> Result<()> {
    name("body.name", &update.name)?;
    description("body.description", &update.description)?;
    extensions("body.extensions", &update.extensions)?;
    replicas(update.replicas, &Extensions::new()).map(|_| ())
}

/// Checks a new resource.
pub(crate) fn new_resource(new: &NewResource) -> Result<()> {
    name("body.resourceTypeId", new.resource_type_id.as_str())?;
    name("body.resourcePoolId", new.resource_pool_id.as_str())?;
    description("body.description", &new.description)?;
    extensions("body.extensions", &new.extensions)?;
    if let Some(wanted) = &new.resource_id {
        id("body.resourceId", wanted.as_str())?;
    }
    new.name.as_ref().map_or(Ok(()), |text| name("body.name", text))
}

fn replicas(given: Option<u32>, extensions: &Extensions) -> Result<Option<u32>> {
    let (at, wanted) = match (given, extensions.get("replicas")) {
        (Some(number), _) => ("body.replicas", u64::from(number)),
        (None, None) => return Ok(None),
        (None, Some(value)) => {
            let at = "body.extensions.replicas";
            (
                at,
                value
                    .as_u64()
                    .ok_or_else(|| Error::violation(at, "must be a whole number, not negative"))?,
            )
        }
    };
    match u32::try_from(wanted) {
        Ok(number) if number <= MOST_REPLICAS => Ok(Some(number)),
        _ => Err(Error::violation(at, format!("must be at most {MOST_REPLICAS}"))),
    }
}
