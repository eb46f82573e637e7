//! A new pool: an aggregate, its metadata, its hosts. When something fails the aggregate is deleted again.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::NewResourcePool;
use serde_json::json;

use super::steps::{Step, take};
use super::wanted::Wanted;
use super::{name_taken, nova};
use crate::ims::openstack::metadata::difference;
use crate::ims::openstack::read::{Reading, ours};
use crate::ims::openstack::wire::OneAggregate;
use crate::kit::endpoint::Endpoint;

/// Creates the aggregate of a pool, and says its UUID.
pub(in crate::ims::openstack) async fn create(
    context: &Context,
    reading: &Reading,
    new: &NewResourcePool,
) -> Result<String> {
    let wanted = Wanted::new(new, context.tenant())?;
    let nova = nova(context, reading).await?;
    let mut aggregate = json!({"name": new.name});
    if let Some(zone) = &wanted.zone {
        aggregate["availability_zone"] = json!(zone);
    }
    let endpoint = Endpoint::post("/os-aggregates").with_json(&json!({"aggregate": aggregate}));
    let made: OneAggregate = nova.json(context, &endpoint).await.map_err(|error| {
        let refused = error.is(ErrorKind::Unauthenticated);
        if refused {
            ours(error)
        } else {
            name_taken(error, &new.name)
        }
    })?;
    let aggregate = made.aggregate;
    let mut steps = Vec::new();
    let metadata = difference(&aggregate.metadata, &wanted.metadata);
    if !metadata.is_empty() {
        steps.push(Step::Describe {
            before: metadata.keys().map(|key| (key.clone(), None)).collect(),
            after: metadata,
        });
    }
    steps.extend(wanted.hosts.into_iter().flatten().map(Step::Add));
    if let Err(error) = take(context, &nova, &aggregate, &steps).await {
        if error.is(ErrorKind::NotFound) {
            return Err(Error::conflict("somebody has deleted the pool before it was finished"));
        }
        let delete = Endpoint::delete("/os-aggregates/{id}").with_segment("id", &aggregate.id.to_string());
        return Err(match nova.call(context, &delete).await {
            Ok(()) => error,
            Err(left) => unfinished(error, &left, aggregate.id),
        });
    }
    Ok(aggregate.uuid)
}

/// The caller has to know that something is left.
fn unfinished(error: Error, left: &Error, id: u64) -> Error {
    tracing::warn!(
        aggregate = id,
        error = left.message(),
        "an unfinished aggregate could not be deleted"
    );
    let detail = format!(
        "{}; the unfinished aggregate {id} is left: {}",
        error.detail().unwrap_or("no detail"),
        left.message()
    );
    error.with_detail(detail)
}
