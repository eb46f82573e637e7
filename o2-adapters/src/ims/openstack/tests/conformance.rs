//! The conformance suite, on the played cloud.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Clock;
use o2_core::{Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ImsWorld, Trouble, World, ims};
use serde_json::json;

use super::played::{Cloud, TOKEN};
use super::{connected, example};
use crate::documented;

struct Worlds;

/// A plugin on a cloud of its own.
struct Played {
    cloud: Arc<Cloud>,
    plugin: Arc<dyn IMSPlugin>,
    clock: Arc<ManualClock>,
}

impl Harness<dyn ImsWorld> for Worlds {
    fn name(&self) -> &str {
        "openstack"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        let (cloud, clock) = (Cloud::new(), ManualClock::auto());
        let plugin = example().and_then(|config| connected(&config, &cloud, Arc::clone(&clock) as _));
        ready(plugin.map(|plugin| Arc::new(Played { cloud, plugin, clock }) as _)).boxed()
    }
}

impl World<dyn IMSPlugin> for Played {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        let plugin = example().and_then(|config| connected(&config, &self.cloud, Arc::clone(&self.clock) as _));
        ready(plugin.map(Some)).boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("red"), TenantId::new("blue")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let can = trouble != Some(Trouble::Forgetful);
        if can {
            self.cloud.state().trouble = trouble;
        }
        // Refused credentials are not tried again for some seconds.
        if trouble.is_none() {
            self.clock.advance(Duration::from_secs(6));
        }
        ready(can).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

impl ImsWorld for Played {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut pool = NewResourcePool::new(name);
        pool.description = "made by the suite".to_owned();
        pool.labels = [("rack", "r1"), ("ssd", "true")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        pool.tags = vec!["new".to_owned()];
        pool.extensions.insert("openstack.hosts".to_owned(), json!(["host-c"]));
        pool.extensions.insert("owner".to_owned(), json!("suite"));
        Some(pool)
    }

    fn documented_extensions(&self) -> &[&str] {
        &["owner"]
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&Worlds).await;
    println!("{report}");
    report.assert_green();
    documented::check("openstack", &report);
}
