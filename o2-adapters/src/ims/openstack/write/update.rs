//! A pool gets another state: name, metadata, zone, hosts.

use std::collections::BTreeSet;

use o2_core::{Context, Error, Result};
use o2_ims::ResourcePoolUpdate;

use super::steps::{Metadata, Step, take};
use super::wanted::Wanted;
use super::{check_state, find, nova};
use crate::ims::openstack::metadata::{Notes, difference};
use crate::ims::openstack::read::Reading;
use crate::ims::openstack::wire::Aggregate;

/// Gives the aggregate of a pool another state.
pub(in crate::ims::openstack) async fn update(
    context: &Context,
    reading: &Reading,
    id: &str,
    update: &ResourcePoolUpdate,
) -> Result<()> {
    let aggregate = find(context, reading, id).await?;
    check_state(&aggregate, update.expected.as_ref())?;
    let wanted = Wanted::update(update, Notes::of(&aggregate.metadata).tenant)?;
    let steps = steps(&aggregate, &update.name, &wanted)?;
    if steps.is_empty() {
        return Ok(());
    }
    take(context, &nova(context, reading).await?, &aggregate, &steps).await?;
    Ok(())
}

/// What turns an aggregate into what is wanted. Hosts go before others come: those of a zone may be in one aggregate only.
fn steps(aggregate: &Aggregate, name: &str, wanted: &Wanted) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let before: BTreeSet<&String> = aggregate.hosts.iter().collect();
    let after = wanted
        .hosts
        .as_ref()
        .map_or_else(|| before.clone(), |hosts| hosts.iter().collect());
    steps.extend(before.difference(&after).map(|host| Step::Remove((*host).clone())));
    if name != aggregate.name {
        steps.push(Step::Rename {
            to: name.to_owned(),
            from: aggregate.name.clone(),
        });
    }
    let metadata = difference(&aggregate.metadata, &wanted.metadata);
    if !metadata.is_empty() {
        let before: Metadata = metadata
            .keys()
            .map(|key| (key.clone(), aggregate.metadata.get(key).cloned()))
            .collect();
        steps.push(Step::Describe {
            after: metadata,
            before,
        });
    }
    match (&wanted.zone, &aggregate.availability_zone) {
        (Some(to), from) if Some(to) != from.as_ref() => steps.push(Step::Zone {
            to: to.clone(),
            from: from.clone(),
        }),
        (None, Some(zone)) => {
            return Err(Error::violation(
                "body.location",
                format!("Nova does not take an aggregate out of its zone '{zone}'"),
            ));
        }
        _ => {}
    }
    steps.extend(after.difference(&before).map(|host| Step::Add((*host).clone())));
    Ok(steps)
}
