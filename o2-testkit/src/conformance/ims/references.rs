//! What objects say of other objects is true: pools, types, parents, and the objects of alarms are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_core::query::{Filter, ListQuery, Operator, Path, Predicate};
use o2_core::{ErrorKind, Model};
use o2_ims::model::PerceivedSeverity;
use o2_ims::{Alarm, Resource, op};

use super::lists::{ALARMS, POOLS, RESOURCES, TYPES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::{ids, may_push};
use crate::conformance::{Verdict, holds, same, skip};

const EXISTS: &str = "What an object refers to exists: pools, types, parents and the objects of alarms are found under the \
                      ids that name them.";
const O_CLOUD: &str = "Each names its O-Cloud.";
const FILTER: &str = "Every filter clause that the capabilities push down is evaluated exactly as the reference \
                      evaluation does it.";
const RAISED: &str = "Lists the alarms that are raised now. One that was cleared is not.";

pub(super) fn cases() -> Vec<ImsCase> {
    let (list, get, pools) = (&op::LIST_RESOURCES, &op::GET_RESOURCE, &op::LIST_RESOURCE_POOLS);
    vec![
        case("list_resource_pools/each_names_its_o_cloud", O_CLOUD, &[pools], |s| {
            Box::pin(each_names_its_o_cloud(s))
        }),
        case("list_resources/pools_are_listed", EXISTS, &[list, pools], |s| {
            Box::pin(pools_are_listed(s))
        }),
        case(
            "list_resources/types_are_listed",
            EXISTS,
            &[list, &op::LIST_RESOURCE_TYPES],
            |s| Box::pin(types_are_listed(s)),
        ),
        case(
            "list_resources/parts_lead_to_their_parents",
            EXISTS,
            &[list, get],
            |s| Box::pin(parts_lead_to_their_parents(s)),
        ),
        case(
            "list_resources/a_pool_filter_gives_its_members",
            FILTER,
            &[list, pools],
            |s| Box::pin(a_pool_filter_gives_its_members(s)),
        ),
        case("list_alarms/objects_are_known", EXISTS, &[&op::LIST_ALARMS, get], |s| {
            Box::pin(objects_are_known(s))
        }),
        case("list_alarms/only_what_is_raised", RAISED, &[&op::LIST_ALARMS], |s| {
            Box::pin(only_what_is_raised(s))
        }),
    ]
}

async fn each_names_its_o_cloud(scene: Scene<'_>) -> Verdict {
    for pool in scene.all(&POOLS).await? {
        let what = format!("the O-Cloud of '{}'", pool.id());
        holds(&what, !pool.o_cloud_id.is_empty(), "a text", &pool.o_cloud_id)?;
    }
    Ok(())
}

/// Resources, and all their parts.
async fn with_parts(scene: &Scene<'_>) -> Verdict<Vec<Resource>> {
    let mut all: Vec<Resource> = Vec::new();
    let mut left: Vec<Resource> = scene
        .all(&RESOURCES)
        .await?
        .iter()
        .map(|found| Resource::clone(found))
        .collect();
    while let Some(resource) = left.pop() {
        left.extend(resource.elements.iter().cloned());
        all.push(resource);
    }
    if all.is_empty() {
        return skip("the world has no resource");
    }
    Ok(all)
}

async fn pools_are_listed(scene: Scene<'_>) -> Verdict {
    let pools = scene.all(&POOLS).await?;
    for resource in with_parts(&scene).await? {
        let known = ids(&pools).contains(&resource.resource_pool_id.as_str());
        let what = format!("the pool of '{}'", resource.resource_id);
        holds(&what, known, "a pool of the list", &resource.resource_pool_id)?;
    }
    Ok(())
}

async fn types_are_listed(scene: Scene<'_>) -> Verdict {
    let types = scene.all(&TYPES).await?;
    for resource in with_parts(&scene).await? {
        let known = ids(&types).contains(&resource.resource_type_id.as_str());
        let what = format!("the type of '{}'", resource.resource_id);
        holds(&what, known, "a type of the list", &resource.resource_type_id)?;
    }
    Ok(())
}

async fn parts_lead_to_their_parents(scene: Scene<'_>) -> Verdict {
    let mut parents = 0;
    for resource in with_parts(&scene).await? {
        for part in &resource.elements {
            let read = scene.plugin.get_resource(&scene.context, &part.resource_id).await?;
            for part in [part, &*read] {
                let what = format!("the parent of the part '{}'", part.resource_id);
                same(&what, part.parent_id.as_ref(), Some(&resource.resource_id))?;
                same("the pool of a part", &part.resource_pool_id, &resource.resource_pool_id)?;
                same("whose a part is", part.tenant(), resource.tenant())?;
            }
        }
        if let Some(parent) = &resource.parent_id {
            scene.plugin.get_resource(&scene.context, parent).await?;
            parents += 1;
        }
    }
    if parents == 0 {
        return skip("the world has no resource that is a part of another one");
    }
    Ok(())
}

async fn a_pool_filter_gives_its_members(scene: Scene<'_>) -> Verdict {
    let (pools, resources) = (scene.all(&POOLS).await?, scene.all(&RESOURCES).await?);
    let populated: BTreeSet<_> = resources.iter().map(|resource| &resource.resource_pool_id).collect();
    if populated.len() < 2 {
        return skip("the world has no two pools with resources");
    }
    for pool in &pools {
        let clause = Predicate::new(Path::attribute("resourcePoolId"), Operator::Eq, [pool.id()]);
        if !may_push(scene.plugin.capabilities(), &clause) {
            return skip("the plugin does not evaluate this filter");
        }
        let query = ListQuery::new().with_filter(Filter::from(clause));
        let members = RESOURCES.everything(&*scene.plugin, &scene.context, &query).await?;
        let of_pool = |resource: &&Arc<Resource>| resource.resource_pool_id == pool.resource_pool_id;
        let expected: Vec<_> = resources.iter().filter(of_pool).map(|resource| resource.id()).collect();
        same(&format!("the members of '{}'", pool.id()), ids(&members), expected)?;
    }
    Ok(())
}

async fn alarms(scene: &Scene<'_>) -> Verdict<Vec<Arc<Alarm>>> {
    let alarms = scene.all(&ALARMS).await?;
    if alarms.is_empty() {
        return skip("the world has no alarm");
    }
    Ok(alarms)
}

async fn objects_are_known(scene: Scene<'_>) -> Verdict {
    for alarm in alarms(&scene).await? {
        let found = scene.plugin.get_resource(&scene.context, &alarm.object_id).await;
        let known = !found.as_ref().is_err_and(|error| error.is(ErrorKind::NotFound));
        holds(
            &format!("the object of '{}'", alarm.id()),
            known,
            "a resource",
            &alarm.object_id,
        )?;
        let object = found?;
        same(
            "the type of the object of an alarm",
            &alarm.object_type_id,
            &object.resource_type_id,
        )?;
        same("whose an alarm is", alarm.tenant(), object.tenant())?;
    }
    Ok(())
}

async fn only_what_is_raised(scene: Scene<'_>) -> Verdict {
    for alarm in alarms(&scene).await? {
        let raised = alarm.alarm_cleared_time.is_none() && alarm.perceived_severity != PerceivedSeverity::Cleared;
        holds(&format!("the alarm '{}'", alarm.id()), raised, "not cleared", &alarm)?;
    }
    Ok(())
}
