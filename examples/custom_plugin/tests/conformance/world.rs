//! Worlds for the suite: a controller each, and what the suite may do to it.

use std::sync::Arc;

use custom_plugin::controller::{Controller, InProcess, Mishap};
use custom_plugin::lab::{Lab, LabConfig};
use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{Clock, Ports, Secret};
use o2_core::{Category, PluginInfo, Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Harness, ImsWorld, Trouble, World};
use serde_json::json;

const TOKEN: &str = "not-to-be-shown";

/// Makes worlds.
pub(crate) struct Labs;

/// A controller with a plugin.
struct Room {
    controller: Arc<Controller>,
    way: Arc<InProcess>,
    clock: Arc<ManualClock>,
    plugin: Arc<dyn IMSPlugin>,
}

impl Harness<dyn ImsWorld> for Labs {
    fn name(&self) -> &str {
        "lab"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        ready(Room::new().map(|room| Arc::new(room) as _)).boxed()
    }
}

impl Room {
    fn new() -> Result<Self> {
        let controller = Arc::new(Controller::new(TOKEN));
        let way = Arc::new(InProcess::new(Arc::clone(&controller)));
        let clock = ManualClock::auto();
        let plugin = plugin(&way, &clock)?;
        Ok(Self {
            controller,
            way,
            clock,
            plugin,
        })
    }
}

fn plugin(way: &Arc<InProcess>, clock: &Arc<ManualClock>) -> Result<Arc<dyn IMSPlugin>> {
    let info = PluginInfo::new(Category::Ims, "lab", "lab", "1")?;
    let config = LabConfig::new("https://controller.test/", Secret::new(TOKEN));
    let ports = Ports::new(clock.clone()).with_http(way.clone());
    Ok(Arc::new(Lab::new(info, &config, &ports)))
}

impl World<dyn IMSPlugin> for Room {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        ready(plugin(&self.way, &self.clock).map(Some)).boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["red".into(), "blue".into()])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        self.way.suffer(match trouble {
            Some(Trouble::Down) => Some(Mishap::Down),
            Some(Trouble::Hanging) => Some(Mishap::Hanging),
            _ => None,
        });
        let denied = trouble == Some(Trouble::Denied);
        self.controller.change_token(if denied { "another" } else { TOKEN });
        self.controller.be_odd(trouble == Some(Trouble::OddObject));
        ready(trouble != Some(Trouble::Forgetful)).boxed()
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

impl ImsWorld for Room {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut pool = NewResourcePool::new(name);
        pool.description = "made by the conformance suite".into();
        pool.location = Some("hall-b/2".into());
        pool.replicas = Some(2);
        pool.labels.insert("role".into(), "test".into());
        pool.extensions.insert("lab.note".into(), json!("kept as it is"));
        Some(pool)
    }
}
