//! The plugin trait's default bodies, and its forward through the layers: each method is its own operation.

#![allow(clippy::unwrap_used, reason = "clippy spares test functions, but not their helpers")]

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::layer::{Call, Layer, Layered, Next};
use o2_core::query::ListQuery;
use o2_core::{
    Capabilities, Category, Context, Error, ErrorKind, Health, Operation, Plugin, PluginInfo, Result, Timestamp,
    async_trait,
};
use o2_ims::{DeleteOptions, IMSPlugin, NewResource, NewResourcePool, ResourcePoolUpdate, op};

/// A backend that has nothing.
#[derive(Debug)]
struct Bare(PluginInfo, Capabilities);

#[async_trait]
impl Plugin for Bare {
    fn info(&self) -> &PluginInfo {
        &self.0
    }

    fn capabilities(&self) -> &Capabilities {
        &self.1
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(Timestamp::UNIX_EPOCH)
    }
}

impl IMSPlugin for Bare {}

fn bare() -> Arc<dyn IMSPlugin> {
    let info = PluginInfo::new(Category::Ims, "bare", "edge", "1").unwrap();
    Arc::new(Bare(info, Capabilities::default()))
}

/// Notes operation and target of each call.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<(&'static Operation, Option<String>)>>);

#[async_trait]
impl Layer for Noting {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let note = (call.operation, call.target.map(ToOwned::to_owned));
        self.0.lock().unwrap().push(note);
        next.run(call).await
    }
}

type Outcome<'a> = BoxFuture<'a, Result<()>>;

/// Every method, its operation, and whether it acts on the object `x`.
fn calls<'a>(
    plugin: &'a dyn IMSPlugin,
    c: &'a Context,
    q: &'a ListQuery,
) -> Vec<(Outcome<'a>, &'static Operation, bool)> {
    vec![
        (
            async move { plugin.list_deployment_managers(c, q).await.map(drop) }.boxed(),
            &op::LIST_DEPLOYMENT_MANAGERS,
            false,
        ),
        (
            async move { plugin.get_deployment_manager(c, &"x".into()).await.map(drop) }.boxed(),
            &op::GET_DEPLOYMENT_MANAGER,
            true,
        ),
        (
            async move { plugin.list_resource_pools(c, q).await.map(drop) }.boxed(),
            &op::LIST_RESOURCE_POOLS,
            false,
        ),
        (
            async move { plugin.get_resource_pool(c, &"x".into()).await.map(drop) }.boxed(),
            &op::GET_RESOURCE_POOL,
            true,
        ),
        (
            async move {
                plugin
                    .create_resource_pool(c, &NewResourcePool::new("n"))
                    .await
                    .map(drop)
            }
            .boxed(),
            &op::CREATE_RESOURCE_POOL,
            false,
        ),
        (
            async move {
                plugin
                    .update_resource_pool(c, &"x".into(), &ResourcePoolUpdate::default())
                    .await
                    .map(drop)
            }
            .boxed(),
            &op::UPDATE_RESOURCE_POOL,
            true,
        ),
        (
            async move {
                plugin
                    .delete_resource_pool(c, &"x".into(), &DeleteOptions::force())
                    .await
                    .map(drop)
            }
            .boxed(),
            &op::DELETE_RESOURCE_POOL,
            true,
        ),
        (
            async move { plugin.get_resource_pool_metrics(c, &"x".into()).await.map(drop) }.boxed(),
            &op::GET_RESOURCE_POOL_METRICS,
            true,
        ),
        (
            async move { plugin.list_resource_pool_events(c, &"x".into(), q).await.map(drop) }.boxed(),
            &op::LIST_RESOURCE_POOL_EVENTS,
            true,
        ),
        (
            async move { plugin.list_resources(c, q).await.map(drop) }.boxed(),
            &op::LIST_RESOURCES,
            false,
        ),
        (
            async move { plugin.get_resource(c, &"x".into()).await.map(drop) }.boxed(),
            &op::GET_RESOURCE,
            true,
        ),
        (
            async move { plugin.create_resource(c, &NewResource::new("t", "p")).await.map(drop) }.boxed(),
            &op::CREATE_RESOURCE,
            false,
        ),
        (
            async move {
                plugin
                    .delete_resource(c, &"x".into(), &DeleteOptions::default().with_expected(None))
                    .await
                    .map(drop)
            }
            .boxed(),
            &op::DELETE_RESOURCE,
            true,
        ),
        (
            async move { plugin.list_resource_types(c, q).await.map(drop) }.boxed(),
            &op::LIST_RESOURCE_TYPES,
            false,
        ),
        (
            async move { plugin.get_resource_type(c, &"x".into()).await.map(drop) }.boxed(),
            &op::GET_RESOURCE_TYPE,
            true,
        ),
        (
            async move { plugin.list_alarms(c, q).await.map(drop) }.boxed(),
            &op::LIST_ALARMS,
            false,
        ),
        (
            async move { plugin.watch_inventory(c, None).await.map(drop) }.boxed(),
            &op::WATCH_INVENTORY,
            false,
        ),
    ]
}

fn unsupported(outcome: Outcome<'_>) -> Error {
    let error = outcome.now_or_never().unwrap().unwrap_err();
    assert!(error.is(ErrorKind::Unsupported), "{error:?}");
    error
}

#[test]
fn what_a_backend_does_not_have_is_unsupported() {
    let (plugin, context, query) = (bare(), Context::new("r"), ListQuery::new());
    let calls = calls(&*plugin, &context, &query);
    let operations: Vec<_> = calls.iter().map(|(_, operation, _)| *operation).collect();
    assert_eq!(operations, op::ALL, "every operation, in order");
    for (outcome, operation, _) in calls {
        assert_eq!(unsupported(outcome).operation(), Some(operation));
    }
}

#[test]
fn every_method_goes_through_the_layers_as_its_own_operation() {
    let noting = Arc::new(Noting::default());
    let layers: Vec<Arc<dyn Layer>> = vec![Arc::clone(&noting) as Arc<dyn Layer>];
    let plugin = Layered::new(bare(), layers);
    let (context, query) = (Context::new("r"), ListQuery::new());
    for (outcome, operation, acts_on_one) in calls(&plugin, &context, &query) {
        unsupported(outcome);
        let noted = noting.0.lock().unwrap().pop().unwrap();
        assert_eq!(noted, (operation, acts_on_one.then(|| "x".to_owned())), "{operation}");
    }
}
