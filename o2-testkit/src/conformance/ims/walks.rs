//! Walks during which something comes and something goes: the others appear exactly once.

use o2_core::Model;
use o2_core::query::ListQuery;
use o2_ims::{DeleteOptions, IMSPlugin, op};

use super::lists::{POOLS, RESOURCES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::Collection;
use crate::conformance::{Broken, Verdict, same, skip};

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
    async fn begin<T: Model>(
        scene: &Scene<'_>,
        collection: &Collection<dyn IMSPlugin, T>,
        limit: u32,
    ) -> Verdict<Self> {
        scene.world.settle().await;
        let before = scene.all(collection).await?;
        let page = (collection.list)(&*scene.plugin, &scene.context, &ListQuery::new().with_limit(limit)).await?;
        let Some(next) = page.next else {
            return skip("the world has only one page");
        };
        Ok(Self {
            before: before.iter().map(|object| object.id().to_owned()).collect(),
            walked: page.items.iter().map(|object| object.id().to_owned()).collect(),
            next,
        })
    }

    /// A walk that goes on until it has seen one of these objects, which are the suite's own, so that it may take away
    /// the one that was seen. That is the first of them, so the list goes on behind it.
    async fn past<T: Model>(
        scene: &Scene<'_>,
        collection: &Collection<dyn IMSPlugin, T>,
        own: &[&str; 2],
    ) -> Verdict<(Self, String)> {
        let mut walk = Self::begin(scene, collection, 1).await?;
        loop {
            let seen = walk.walked.iter().find(|id| own.contains(&id.as_str()));
            if let Some(seen) = seen.cloned() {
                return Ok((walk, seen));
            }
            let query = ListQuery::new().with_limit(1).with_marker(walk.next);
            let page = (collection.list)(&*scene.plugin, &scene.context, &query).await?;
            walk.walked
                .extend(page.items.iter().map(|object| object.id().to_owned()));
            let endless = walk.walked.len() > walk.before.len();
            let Some(next) = page.next.filter(|_| !endless) else {
                let expected = format!("one of {own:?} before its last page");
                return Err(Broken::new("a walk", &expected, format!("{:?}", walk.walked)).into());
            };
            walk.next = next;
        }
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
    let one = scene.created("conformance-walk-1").await?;
    let other = scene.created("conformance-walk-2").await?;
    // Only what the suite has made is sure to be let go of.
    let (walk, seen) = Walk::past(&scene, &POOLS, &[one.id(), other.id()]).await?;
    scene.delete(&seen.as_str().into(), &DeleteOptions::force()).await?;
    walk.finish(&scene, &POOLS, Some(&seen)).await?;
    let walk = Walk::begin(&scene, &POOLS, 2).await?;
    scene.created("conformance-walk-3").await?;
    walk.finish(&scene, &POOLS, None).await
}

async fn a_walk_through_resources_survives_changes(scene: Scene<'_>) -> Verdict {
    let pool = scene.some_pool().await?;
    let add = async |name: &str| {
        let new = scene.new_resource(name, &pool.resource_pool_id)?;
        Verdict::Ok(scene.add(&new).await?)
    };
    let one = add("conformance-walk-1").await?;
    let other = add("conformance-walk-2").await?;
    let (walk, seen) = Walk::past(&scene, &RESOURCES, &[one.id(), other.id()]).await?;
    scene.take_away(&seen.as_str().into(), &DeleteOptions::force()).await?;
    walk.finish(&scene, &RESOURCES, Some(&seen)).await?;
    let walk = Walk::begin(&scene, &RESOURCES, 2).await?;
    add("conformance-walk-3").await?;
    walk.finish(&scene, &RESOURCES, None).await
}
