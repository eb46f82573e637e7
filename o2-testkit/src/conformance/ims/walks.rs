//! Walks during which something comes and something goes: the others appear exactly once.

use o2_core::query::ListQuery;
use o2_core::{ErrorKind, Model};
use o2_ims::{DeleteOptions, IMSPlugin, op};

use super::lists::{POOLS, RESOURCES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::Collection;
use crate::conformance::{Verdict, same, skip};

const WALK: &str = "an object that does not change during the walk appears exactly once.";

pub(super) fn cases() -> Vec<ImsCase> {
    let pools = [
        &op::LIST_RESOURCE_POOLS,
        &op::CREATE_RESOURCE_POOL,
        &op::DELETE_RESOURCE_POOL,
    ];
    let resources = [
        &op::LIST_RESOURCES,
        &op::CREATE_RESOURCE,
        &op::DELETE_RESOURCE,
        &op::LIST_RESOURCE_POOLS,
    ];
    vec![
        case("list_resource_pools/a_walk_survives_changes", WALK, &pools, |s| {
            Box::pin(a_walk_through_pools_survives_changes(s))
        }),
        case("list_resources/a_walk_survives_changes", WALK, &resources, |s| {
            Box::pin(a_walk_through_resources_survives_changes(s))
        }),
    ]
}

/// A walk that has begun: what the list was, what the first page showed, and where it goes on.
struct Walk {
    before: Vec<String>,
    walked: Vec<String>,
    next: String,
}

impl Walk {
    async fn begin<T: Model>(scene: &Scene<'_>, collection: &Collection<dyn IMSPlugin, T>) -> Verdict<Self> {
        scene.world.settle().await;
        let before = scene.all(collection).await?;
        let page = (collection.list)(&*scene.plugin, &scene.context, &ListQuery::new().with_limit(2)).await?;
        let Some(next) = page.next else {
            return skip("the world has only one page");
        };
        Ok(Self {
            before: before.iter().map(|object| object.id().to_owned()).collect(),
            walked: page.items.iter().map(|object| object.id().to_owned()).collect(),
            next,
        })
    }

    /// The first object that was seen.
    fn first(&self) -> &str {
        self.walked.first().map_or("", String::as_str)
    }

    /// The rest: what was there, but for `gone`, appears exactly once, whatever came meanwhile.
    async fn finish<T: Model>(
        mut self,
        scene: &Scene<'_>,
        collection: &Collection<dyn IMSPlugin, T>,
        gone: Option<&str>,
    ) -> Verdict {
        scene.world.settle().await;
        let query = ListQuery::new().with_limit(2).with_marker(self.next);
        let rest = collection.everything(&*scene.plugin, &scene.context, &query).await?;
        self.walked.extend(rest.iter().map(|object| object.id().to_owned()));
        self.walked
            .retain(|id| self.before.contains(id) && Some(id.as_str()) != gone);
        self.before.retain(|id| Some(id.as_str()) != gone);
        same("the ids of a walk but for what came and went", self.walked, self.before)
    }
}

// What comes and what goes are tried apart: where positions are counted, one can make up for the other.

async fn a_walk_through_pools_survives_changes(scene: Scene<'_>) -> Verdict {
    let created = scene.created("conformance-walk-1").await?;
    scene.created("conformance-walk-2").await?;
    let walk = Walk::begin(&scene, &POOLS).await?;
    let force = DeleteOptions::force();
    let mut gone = walk.first().to_owned();
    match scene.delete(&gone.as_str().into(), &force).await {
        // What was there before may be a pool that the backend does not let go of.
        Err(error) if error.is(ErrorKind::Conflict) && gone != created.id() => {
            created.id().clone_into(&mut gone);
            scene.delete(&created.resource_pool_id, &force).await?;
        }
        deleted => deleted?,
    }
    walk.finish(&scene, &POOLS, Some(&gone)).await?;
    let walk = Walk::begin(&scene, &POOLS).await?;
    scene.created("conformance-walk-3").await?;
    walk.finish(&scene, &POOLS, None).await
}

async fn a_walk_through_resources_survives_changes(scene: Scene<'_>) -> Verdict {
    let pool = scene.some_pool().await?;
    let add = async |name: &str| {
        let new = scene.new_resource(name, &pool.resource_pool_id)?;
        Verdict::Ok(scene.add(&new).await?)
    };
    add("conformance-walk-1").await?;
    add("conformance-walk-2").await?;
    let walk = Walk::begin(&scene, &RESOURCES).await?;
    let first = walk.first().to_owned();
    scene.take_away(&first.as_str().into(), &DeleteOptions::force()).await?;
    walk.finish(&scene, &RESOURCES, Some(&first)).await?;
    let walk = Walk::begin(&scene, &RESOURCES).await?;
    add("conformance-walk-3").await?;
    walk.finish(&scene, &RESOURCES, None).await
}
