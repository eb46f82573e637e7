//! What is told of deployments while the in-memory backend works on them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::{BoxFuture, pending, select};
use http::Method;
use o2::core::collect::{CollectSettings, Collectors, EventSink};
use o2::core::event::ChangeEvent;
use o2::core::metrics::Metrics;
use o2::core::ports::Clock;
use o2::core::store::{Batch, MemoryStore, Revision};
use o2::core::{Category, Result};
use o2::dms::Deployments;
use serde_json::json;

use crate::support::{World, request};

#[derive(Debug, Default)]
struct Words(Mutex<Vec<String>>);

impl EventSink for Words {
    fn publish(&self, events: Vec<ChangeEvent>, _: Batch) -> BoxFuture<'_, Result<Revision>> {
        self.0.lock().unwrap().extend(events.iter().map(ChangeEvent::word));
        async { Ok(Revision::default()) }.boxed()
    }
}

impl World {
    async fn ask_for(&self, target: &str, body: serde_json::Value) {
        let post = request(Method::POST, target).header("content-type", "application/json");
        let answer = self.gateway.handle(post.body(body.to_string().into()).unwrap()).await;
        assert!(answer.status().is_success(), "{target}: {answer:?}");
        self.clock.sleep(Duration::from_secs(600)).await;
    }
}

#[test]
fn deployments_are_told_by_what_happens_to_them() {
    let world = World::new();
    let upload = json!({"name": "vdu", "version": "1", "packageType": "helm-chart", "packageUrl": "https://x/y.tgz"});
    let package = world.create("/o2dms/v1/deploymentPackages", &upload)["packageId"].clone();
    let clock: Arc<dyn Clock> = Arc::clone(&world.clock) as _;
    let (store, words) = (
        Arc::new(MemoryStore::new(Arc::clone(&clock))),
        Arc::new(Words::default()),
    );
    let sink = Arc::clone(&words) as Arc<dyn EventSink>;
    let collectors = Collectors::new(clock, store, sink, CollectSettings::default(), Metrics::new())
        .collect(
            Category::Dms,
            world.gateway.dms().plugins(),
            Arc::new(Deployments::new()),
        )
        .unwrap();
    let script = async {
        world.clock.sleep(Duration::from_secs(5)).await;
        world
            .ask_for("/o2dms/v1/deployments", json!({"name": "vdu-1", "packageId": package}))
            .await;
        let (context, query) = (o2::Context::new("t"), o2::core::query::Query::new());
        let deployments = world.gateway.dms().list_deployments(&context, &query).await.unwrap();
        let id = deployments.items[0].deployment_id.clone();
        world
            .ask_for(&format!("/o2dms/v1/deployments/{id}/scale"), json!({"replicas": 4}))
            .await;
        world
            .ask_for(&format!("/o2dms/v1/deployments/{id}/rollback"), json!({"revision": 1}))
            .await;
    };
    block_on(select(Box::pin(collectors.run(pending())), Box::pin(script)));
    let words = words.0.lock().unwrap();
    let told = |word: &str| words.iter().position(|known| known == word);
    assert_eq!(told("DeploymentCreated"), Some(0), "{words:?}");
    assert!(told("DeploymentReady") < told("DeploymentScaled"), "{words:?}");
    assert!(told("DeploymentScaled") < told("DeploymentRolledBack"), "{words:?}");
    assert_eq!(words.last().map(String::as_str), Some("DeploymentRolledBack"));
}
