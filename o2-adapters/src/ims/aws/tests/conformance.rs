//! The conformance suite, on the played AWS of the tests.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Clock;
use o2_core::{Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World, ims};
use serde_json::{Value, json};

use super::{Played, SECRET, connected, example};
use crate::documented;

/// Makes worlds in which this is a pool.
struct Worlds {
    name: &'static str,
    mode: &'static str,
}

const GROUPS: Worlds = Worlds {
    name: "aws",
    mode: "asg",
};
const NODES: Worlds = Worlds {
    name: "aws (eks)",
    mode: "eks",
};

/// A plugin on an AWS of its own.
struct Scripted {
    config: Value,
    played: Arc<Played>,
    plugin: Arc<dyn IMSPlugin>,
    clock: Arc<dyn Clock>,
}

impl Scripted {
    fn new(mode: &str) -> Result<Self> {
        let mut config = example()?;
        config["mode"] = mode.into();
        let clock = ManualClock::auto();
        let played = Arc::new(Played::with_groups(clock.clone()));
        Ok(Self {
            plugin: connected(&config, &played, clock.clone())?,
            config,
            played,
            clock,
        })
    }
}

impl Harness<dyn ImsWorld> for Worlds {
    fn name(&self) -> &str {
        self.name
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        ready(Scripted::new(self.mode).map(|world| Arc::new(world) as _)).boxed()
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
        let plugin = connected(&self.config, &self.played, Arc::clone(&self.clock));
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
        Some(if self.config["mode"] == "eks" {
            new_nodes(name)
        } else {
            new_pool(name)
        })
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

/// A node group that uses everything that can be said about one.
pub(super) fn new_nodes(name: &str) -> NewResourcePool {
    let mut new = new_pool(&format!("edge/{name}"));
    new.location = None;
    for (key, value) in [
        ("nodeRole", json!("arn:aws:iam::123456789012:role/nodes")),
        ("subnets", json!(["subnet-1"])),
        ("instanceTypes", json!(["t3.medium"])),
        ("imageType", json!("AL2023_x86_64_STANDARD")),
        ("capacityType", json!("ON_DEMAND")),
        ("nodeLabels", json!({"tier": "edge"})),
        (
            "nodeTaints",
            json!([{"key": "ran", "value": "only", "effect": "NO_SCHEDULE"}]),
        ),
        ("launchTemplate", json!({"name": "lt1", "version": "1"})),
    ] {
        new.extensions.insert(format!("aws.{key}"), value);
    }
    new
}

#[tokio::test]
async fn node_groups_keep_the_contract() {
    let report = ims(&NODES).await;
    println!("{report}");
    report.assert_green();
    documented::check("aws-eks", &report);
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&GROUPS).await;
    println!("{report}");
    report.assert_green();
    documented::check("aws", &report);
}
