//! The conformance suite, on the played cloud.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, poll_fn, ready};
use o2_core::ports::Clock;
use o2_core::{Result, TenantId, Timestamp};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World, ims};
use serde_json::json;

use super::played::{Cloud, TOKEN};
use super::{connected, example};
use crate::documented;

struct Worlds;

/// A clock whose sleepers move time for as long as they are polled. So time does not wait for a stream of changes that is
/// held, and not read.
#[derive(Debug)]
struct Driving(Arc<ManualClock>);

/// How often a sleeper lets others go first.
const PATIENCE: u32 = 64;

impl Clock for Driving {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = Arc::clone(&self.0);
        let (mut own, mut looks) = (clock.sleep(duration), 0);
        poll_fn(move |context| {
            if own.poll_unpin(context).is_ready() {
                return Poll::Ready(());
            }
            looks += 1;
            if looks == PATIENCE {
                looks = 0;
                clock.advance_to_next();
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .boxed()
    }
}

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
        let (cloud, clock) = (Cloud::new(), ManualClock::new());
        let plugin = example().and_then(|config| connected(&config, &cloud, Arc::clone(&clock) as _));
        ready(plugin.map(|plugin| Arc::new(Played { cloud, plugin, clock }) as _)).boxed()
    }
}

impl World<dyn IMSPlugin> for Played {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(Driving(Arc::clone(&self.clock)))
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

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        let mut state = self.cloud.state();
        match disturbance {
            Disturbance::AddResource(pool) => {
                let host = format!("host-{}", state.hypervisors.len());
                state.add_host(&host);
                state.join(pool.as_str(), &host);
            }
            Disturbance::ChangeResource(id) => {
                let mut hosts = state.hypervisors.iter_mut();
                let host = hosts.find(|host| host["id"] == id.as_str()).unwrap();
                host["status"] = json!("disabled");
            }
            Disturbance::RemoveResource(id) => state.hypervisors.retain(|host| host["id"] != id.as_str()),
            _ => return ready(Ok(false)).boxed(),
        }
        ready(Ok(true)).boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&Worlds).await;
    println!("{report}");
    report.assert_green();
    documented::check("openstack", &report);
}
