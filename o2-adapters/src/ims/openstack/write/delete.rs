//! A pool goes. Its hosts stay; they are taken out first, if that was said.

use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::DeleteOptions;

use super::steps::{Step, take, take_back};
use super::{check_state, find, nova};
use crate::ims::openstack::read::{Reading, ours};
use crate::kit::client::midway;
use crate::kit::endpoint::Endpoint;

/// Deletes the aggregate of a pool.
pub(in crate::ims::openstack) async fn delete(
    context: &Context,
    reading: &Reading,
    id: &str,
    options: &DeleteOptions,
) -> Result<()> {
    let aggregate = find(context, reading, id).await?;
    check_state(&aggregate, options.expected.as_ref())?;
    if !aggregate.hosts.is_empty() && !options.force {
        return Err(not_empty());
    }
    let nova = nova(context, reading).await?;
    let steps: Vec<Step> = aggregate.hosts.iter().cloned().map(Step::Remove).collect();
    let taken_out = take(context, &nova, &aggregate, &steps).await?;
    let endpoint = Endpoint::delete("/os-aggregates/{id}")
        .with_segment("id", &aggregate.id.to_string())
        .about("resourcePool", id);
    let Err(error) = nova.call(context, &endpoint).await else {
        reading.forget_aggregate(id);
        return Ok(());
    };
    if error.is(ErrorKind::NotFound) {
        return Err(error);
    }
    take_back(context, &nova, aggregate.id, &taken_out).await;
    Err(match error.kind() {
        // Nova says so with a plain 400.
        ErrorKind::InvalidInput => not_empty().with_detail(error.detail().unwrap_or_default()),
        ErrorKind::Unauthenticated => ours(error),
        _ if taken_out.is_empty() => error,
        _ => midway(error),
    })
}

fn not_empty() -> Error {
    Error::conflict("the pool has hosts; delete it with force to take them out of it")
}
