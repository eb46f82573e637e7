//! The conformance suite, on the played AWS of the tests.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Clock;
use o2_core::{Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World, ims};
use serde_json::json;

use super::{Played, SECRET, connected, example};
use crate::documented;

/// Makes worlds.
struct Worlds;

/// A plugin on an AWS of its own.
struct Scripted {
    played: Arc<Played>,
    plugin: Arc<dyn IMSPlugin>,
    clock: Arc<dyn Clock>,
}

impl Scripted {
    fn new() -> Result<Self> {
        let clock = ManualClock::auto();
        let played = Arc::new(Played::with_groups(clock.clone()));
        Ok(Self {
            plugin: connected(&example()?, &played, clock.clone())?,
            played,
            clock,
        })
    }
}

impl Harness<dyn ImsWorld> for Worlds {
    fn name(&self) -> &str {
        "aws"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        ready(Scripted::new().map(|world| Arc::new(world) as _)).boxed()
    }
}

impl World<dyn IMSPlugin> for Scripted {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        let plugin = example().and_then(|config| connected(&config, &self.played, Arc::clone(&self.clock)));
        ready(plugin.map(Some)).boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["acme".into(), "globex".into()])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        self.played.set_trouble(trouble);
        ready(trouble != Some(Trouble::Forgetful)).boxed()
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
}

impl ImsWorld for Scripted {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        Some(new_pool(name))
    }

    fn documented_extensions(&self) -> &[&str] {
        &["acme.*"]
    }

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        let done = match disturbance {
            Disturbance::AddResource(pool) => self.played.add_instance(pool.as_str()),
            Disturbance::ChangeResource(resource) => self.played.set_instance(resource.as_str(), "stopped"),
            Disturbance::RemoveResource(resource) => self.played.remove_instance(resource.as_str()),
            _ => false,
        };
        ready(Ok(done)).boxed()
    }
}

/// A pool that uses everything that can be said about one.
pub(super) fn new_pool(name: &str) -> NewResourcePool {
    let mut new = NewResourcePool::new(name);
    new.description = "made by the conformance suite".to_owned();
    new.location = Some("eu-west-1a".to_owned());
    new.replicas = Some(2);
    new.labels.insert("purpose".to_owned(), "conformance".to_owned());
    new.tags = vec!["test".to_owned()];
    let template = json!({"name": "lt1", "version": "$Default"});
    new.extensions.insert("acme.rack".to_owned(), json!({"row": 7}));
    new.extensions.insert("aws.launchTemplate".to_owned(), template);
    new.extensions.insert("aws.maxSize".to_owned(), json!(50));
    new
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&Worlds).await;
    println!("{report}");
    report.assert_green();
    documented::check("aws", &report);
}
