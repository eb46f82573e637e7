//! [`Step`]: one call that changes an aggregate, and the one that takes it back.

use std::collections::BTreeMap;

use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_ims::ResourcePool;
use serde_json::json;

use super::name_taken;
use crate::ims::openstack::draw::HOSTS;
use crate::ims::openstack::read::ours;
use crate::ims::openstack::wire::Aggregate;
use crate::kit::client::{RestClient, midway};
use crate::kit::endpoint::Endpoint;

/// Metadata to set; `None` takes a key away.
pub(super) type Metadata = BTreeMap<String, Option<String>>;

/// A change of an aggregate.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Rename {
        to: String,
        from: String,
    },
    Describe {
        after: Metadata,
        before: Metadata,
    },
    /// A zone can be set and changed, but not taken away again.
    Zone {
        to: String,
        from: Option<String>,
    },
    Add(String),
    Remove(String),
}

impl Step {
    fn endpoint(&self, id: u64) -> Endpoint {
        let action = |body| {
            Endpoint::post("/os-aggregates/{id}/action")
                .with_segment("id", &id.to_string())
                .with_json(&body)
        };
        let put = |body| {
            Endpoint::put("/os-aggregates/{id}")
                .with_segment("id", &id.to_string())
                .with_json(&body)
        };
        match self {
            Self::Rename { to, .. } => put(json!({"aggregate": {"name": to}})),
            Self::Zone { to, .. } => put(json!({"aggregate": {"availability_zone": to}})),
            Self::Describe { after, .. } => action(json!({"set_metadata": {"metadata": after}})).idempotent(true),
            Self::Add(host) => action(json!({"add_host": {"host": host}})),
            Self::Remove(host) => action(json!({"remove_host": {"host": host}})),
        }
    }

    /// The step back, where there is one.
    fn back(&self) -> Option<Self> {
        Some(match self {
            Self::Rename { to, from } => Self::Rename {
                to: from.clone(),
                from: to.clone(),
            },
            Self::Describe { after, before } => Self::Describe {
                after: before.clone(),
                before: after.clone(),
            },
            Self::Zone { to, from } => Self::Zone {
                to: from.clone()?,
                from: Some(to.clone()),
            },
            Self::Add(host) => Self::Remove(host.clone()),
            Self::Remove(host) => Self::Add(host.clone()),
        })
    }

    /// What its failure means.
    fn failed(&self, error: Error) -> Error {
        match self {
            Self::Rename { to, .. } => name_taken(error, to),
            Self::Add(host) if error.is(ErrorKind::NotFound) => Error::violation(
                format!("body.extensions.{HOSTS}"),
                format!("Nova has no host '{}'", o2_core::error::Excerpt(host)),
            ),
            // Nova refuses what does not fit its servers with a plain 400.
            Self::Zone { .. } | Self::Remove(_) if error.is(ErrorKind::InvalidInput) => {
                Error::conflict("Nova does not permit it while there are servers on the hosts of the pool")
                    .with_detail(error.detail().unwrap_or_default())
            }
            _ if error.is(ErrorKind::Unauthenticated) => ours(error),
            _ => error,
        }
    }
}

/// Takes the steps one after the other, and says which changed something. When one fails, those before it are taken back.
pub(super) async fn take<'s>(
    context: &Context,
    nova: &RestClient,
    aggregate: &Aggregate,
    steps: &'s [Step],
) -> Result<Vec<&'s Step>> {
    let mut done = Vec::new();
    for step in steps {
        let Err(error) = nova.call(context, &step.endpoint(aggregate.id)).await else {
            done.push(step);
            continue;
        };
        if error.is(ErrorKind::NotFound) {
            if is_gone(context, nova, aggregate.id).await {
                return Err(Error::not_found(ResourcePool::OBJECT, aggregate.uuid.as_str()));
            }
            // Somebody else has taken the host out.
            if matches!(step, Step::Remove(_)) {
                continue;
            }
        }
        let error = step.failed(error);
        if done.is_empty() {
            return Err(error);
        }
        take_back(context, nova, aggregate.id, &done).await;
        return Err(midway(error));
    }
    Ok(done)
}

/// Whether it is the aggregate that was not found, and not a host.
async fn is_gone(context: &Context, nova: &RestClient, id: u64) -> bool {
    let get = Endpoint::get("/os-aggregates/{id}").with_segment("id", &id.to_string());
    matches!(nova.call(context, &get).await, Err(error) if error.is(ErrorKind::NotFound))
}

/// Takes steps back, the last one first. What cannot be taken back is logged: the error to be told is another one.
pub(super) async fn take_back(context: &Context, nova: &RestClient, id: u64, steps: &[&Step]) {
    for step in steps.iter().rev() {
        let Some(back) = step.back() else {
            tracing::warn!(aggregate = id, ?step, "a zone cannot be taken from an aggregate again");
            continue;
        };
        if let Err(error) = nova.call(context, &back.endpoint(id)).await {
            tracing::warn!(aggregate = id, step = ?back, error = error.message(), "a change could not be taken back");
        }
    }
}
