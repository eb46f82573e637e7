//! The conformance suite, and what else only real services show.

#![allow(clippy::disallowed_methods, reason = "a cloud that really runs lives in real time")]

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, ErrorKind, Fault, Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::conformance::{Case, Harness, ImsWorld, Trouble, World};
use serde_json::json;

use super::peer::Peer;
use crate::rt::TokioClock;
use crate::spread::spread;

/// Worlds on one cloud, one after the other.
struct LiveWorlds(Peer);

struct Live {
    peer: Peer,
    plugin: Arc<dyn IMSPlugin>,
}

impl Harness<dyn ImsWorld> for LiveWorlds {
    fn name(&self) -> &str {
        "openstack"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            // A case may end amid trouble.
            *self.0.way.trouble.lock().unwrap() = None;
            self.0.prepare().await;
            let plugin = self.0.plugin("o2", &json!({}))?;
            let peer = self.0.clone();
            Ok(Arc::new(Live { peer, plugin }) as _)
        }
        .boxed()
    }
}

impl World<dyn IMSPlugin> for Live {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.peer.clock) as _
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        ready(self.peer.plugin("o2", &json!({})).map(Some)).boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("red"), TenantId::new("blue")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let can = matches!(trouble, None | Some(Trouble::Down | Trouble::Denied));
        let before = if can {
            std::mem::replace(&mut *self.peer.way.trouble.lock().unwrap(), trouble)
        } else {
            None
        };
        // Refused credentials are not tried again for some seconds.
        if trouble.is_none() && before == Some(Trouble::Denied) {
            self.peer.clock.leap(6);
        }
        ready(can).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    /// What tokens of Keystone begin with.
    fn secrets(&self) -> Vec<String> {
        vec!["gAAAAA".to_owned()]
    }
}

impl ImsWorld for Live {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut pool = NewResourcePool::new(name);
        pool.description = "made by the suite".to_owned();
        pool.labels.insert("rack".to_owned(), "r1".to_owned());
        pool.tags = vec!["new".to_owned()];
        pool.extensions.insert("openstack.hosts".to_owned(), json!(["host-3"]));
        pool.extensions.insert("owner".to_owned(), json!("suite"));
        Some(pool)
    }

    fn documented_extensions(&self) -> &[&str] {
        &["owner"]
    }
}

/// One test, since all of it needs the whole cloud for itself.
#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    let Some(peer) = Peer::new("conformance of the infrastructure").await else {
        return;
    };
    a_token_that_is_revoked_amid_a_list_is_renewed(&peer).await;
    who_may_not_see_hosts_is_told_so(&peer).await;
    servers_of_all_projects_are_shown(&peer).await;
    let plugin = peer.plugin("o2", &json!({})).unwrap();
    let wanted = |case: &Case<dyn ImsWorld>| reaches_services(case, plugin.capabilities());
    let report = spread(&[LiveWorlds(peer.clone())], &TokioClock::new(), wanted).await;
    peer.clear(|_| false).await;
    println!("{report}");
    report.assert_green();
}

/// Filters do not: they are evaluated on what was read, and hundreds of them are tried.
fn reaches_services(case: &Case<dyn ImsWorld>, capabilities: &Capabilities) -> bool {
    case.inapplicable_to(capabilities).is_none() && !case.name.ends_with("/filters_are_exact")
}

async fn a_token_that_is_revoked_amid_a_list_is_renewed(peer: &Peer) {
    peer.prepare().await;
    let plugin = peer.plugin("o2", &json!({"pageSize": 1})).unwrap();
    *peer.way.revoke_after.lock().unwrap() = Some(1);
    *peer.way.logins.lock().unwrap() = 0;
    let listed = plugin
        .list_resources(&Context::new("test"), &ListQuery::new())
        .await
        .unwrap();
    assert!(listed.items.len() >= 3);
    assert_eq!(*peer.way.logins.lock().unwrap(), 2);
}

async fn who_may_not_see_hosts_is_told_so(peer: &Peer) {
    let plugin = peer.plugin("reader", &json!({})).unwrap();
    let listed = plugin.list_resources(&Context::new("test"), &ListQuery::new()).await;
    let error = listed.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::PermissionDenied, Fault::Backend),
        "{error}"
    );
}

/// There is one, of a project of somebody else.
async fn servers_of_all_projects_are_shown(peer: &Peer) {
    let plugin = peer.plugin("o2", &json!({"mode": "servers"})).unwrap();
    let (context, query) = (Context::new("test"), ListQuery::new());
    let mut servers = plugin.list_resources(&context, &query).await.unwrap().items;
    let server = servers.pop().unwrap();
    assert!(servers.is_empty(), "{servers:?}");
    assert_eq!(server.name.as_deref(), Some("server-1"));
    assert_eq!(
        (server.resource_type_id.as_str(), server.resource_pool_id.as_str()),
        ("flavor-small", "unassigned")
    );
    assert_eq!(server.labels["nf"], "amf");
    assert_eq!(server.extensions["openstack.host"], "host-4");
    let of = plugin.get_resource_type(&context, &server.resource_type_id).await;
    assert_eq!(of.unwrap().name, "small");
}
