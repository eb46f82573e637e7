//! Changes of pools. Nova has no transaction for them, so a change is a row of steps, each with its way back.

mod create;
mod delete;
mod steps;
mod update;
mod wanted;

use o2_core::model::Version;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_ims::ResourcePool;

use super::draw::{UNASSIGNED, state_of};
use super::metadata::Notes;
use super::read::Reading;
use super::services::AGGREGATES;
use super::wire::Aggregate;
use crate::kit::client::RestClient;
pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use update::update;

/// The aggregate of a pool, if `context` may see it.
async fn find(context: &Context, reading: &Reading, id: &str) -> Result<Aggregate> {
    if id == UNASSIGNED {
        return Err(Error::conflict(
            "this pool is of what is in no host aggregate; it cannot be changed or deleted",
        ));
    }
    let aggregates = reading.aggregates(context).await?;
    let unread = aggregates.skipped > 0;
    let found = aggregates.items.into_iter().find(|aggregate| aggregate.uuid == id);
    if found.is_none() && unread {
        let error = Error::new(
            ErrorKind::Internal,
            "an aggregate of the backend cannot be read; it may be this pool",
        );
        return Err(error.with_fault(Fault::Backend));
    }
    found
        .filter(|aggregate| context.sees(Notes::of(&aggregate.metadata).tenant.as_ref()))
        .ok_or_else(|| Error::not_found("resourcePool", id))
}

/// Refuses a change of another state than the caller has seen.
fn check_state(aggregate: &Aggregate, expected: Option<&Version>) -> Result<()> {
    if expected.is_none_or(|expected| *expected == state_of(aggregate)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PreconditionFailed,
        "the pool has been changed since it was read",
    ))
}

async fn nova(context: &Context, reading: &Reading) -> Result<RestClient> {
    let access = reading.access(context).await?;
    reading.nova(&access, AGGREGATES)
}

/// Nova wants names of aggregates to be unique. Of two that come at the same moment, one gets the words of its database.
fn name_taken(error: Error, name: &str) -> Error {
    let raced = error
        .detail()
        .is_some_and(|detail| detail.contains("oslo_db.exception.DBDuplicateEntry"));
    if raced || error.is(ErrorKind::Conflict) {
        return Error::already_exists(<ResourcePool as o2_core::Model>::OBJECT, name)
            .with_detail(error.detail().unwrap_or_default());
    }
    error
}
