//! The conformance suite, and what else only real services show, on the cloud of `tests/real/peers/openstack.sh`.

#![allow(
    clippy::disallowed_methods,
    reason = "a cloud that really runs lives in real time and has its accounts in a file"
)]

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use http::{Method, Request};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Ports, Secret, SecretSource};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, Error, ErrorKind, Fault, PluginInfo, Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World, ims};
use serde_json::{Value, json};

use super::BACKEND;
use crate::http::{HttpOptions, ReqwestClient};
use crate::rt::TokioClock;

/// The `clouds.yaml` that the script writes.
#[derive(Debug)]
struct Clouds(String);

impl SecretSource for Clouds {
    fn secret<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Secret>> {
        ready(Ok(Secret::new(self.0.clone()))).boxed()
    }
}

/// The way to the cloud: it can be cut, and takes tokens away.
#[derive(Debug)]
struct Way {
    http: ReqwestClient,
    trouble: Mutex<Option<Trouble>>,
    /// The token is revoked after so many calls of Nova's hypervisors.
    revoke_after: Mutex<Option<usize>>,
    logins: Mutex<usize>,
}

impl Way {
    async fn go(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        let trouble = *self.trouble.lock().unwrap();
        if trouble == Some(Trouble::Down) {
            return Err(Error::new(ErrorKind::Unavailable, "nobody listens").with_fault(Fault::Backend));
        }
        let login = request.request.uri().path() == "/v3/auth/tokens";
        if login {
            *self.logins.lock().unwrap() += 1;
        }
        if trouble == Some(Trouble::Denied) {
            let headers = request.request.headers_mut();
            if headers.contains_key("x-auth-token") {
                headers.insert("x-auth-token", "nobody".parse().unwrap());
            }
            if login {
                let mut body: Value = serde_json::from_slice(request.request.body()).unwrap();
                body["auth"]["identity"]["password"]["user"]["password"] = json!("wrong");
                *request.request.body_mut() = Bytes::from(body.to_string());
            }
        }
        if request.request.uri().path().ends_with("/os-hypervisors/detail") && self.is_due() {
            let token = request.request.headers()["x-auth-token"].clone();
            let revoke = Request::delete(format!("{}/auth/tokens", identity()))
                .header("x-auth-token", token.clone())
                .header("x-subject-token", token);
            let revoked = self
                .http
                .send(HttpRequest::new(revoke.body(Bytes::new()).unwrap()))
                .await?;
            assert_eq!(revoked.status(), 204);
        }
        self.http.send(request).await
    }

    fn is_due(&self) -> bool {
        let mut left = self.revoke_after.lock().unwrap();
        let due = *left == Some(0);
        *left = left.and_then(|left| left.checked_sub(1));
        due
    }
}

impl HttpClient for Way {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        self.go(request).boxed()
    }
}

fn clouds() -> Option<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/peers/openstack/clouds.yaml");
    std::fs::read_to_string(file).ok()
}

fn identity() -> String {
    let clouds = clouds().unwrap();
    let url = clouds.lines().find_map(|line| line.trim().strip_prefix("auth_url: "));
    url.unwrap().to_owned()
}

/// A plugin on the cloud as one of its accounts.
#[derive(Clone)]
struct Peer {
    way: Arc<Way>,
    clock: Arc<dyn Clock>,
}

impl Peer {
    /// The cloud, if it runs; otherwise a line that `what` was left out.
    async fn new(what: &str) -> Option<Self> {
        let way = Way {
            http: ReqwestClient::new(&HttpOptions::default()).unwrap(),
            trouble: Mutex::default(),
            revoke_after: Mutex::default(),
            logins: Mutex::default(),
        };
        let peer = Self {
            way: Arc::new(way),
            clock: Arc::new(TokioClock::new()),
        };
        if clouds().is_some() && peer.token().await.is_ok() {
            return Some(peer);
        }
        let remedy = "start the cloud with tests/real/peers/openstack.sh start";
        // Not with `eprintln!`, which the test harness would swallow.
        let _ = writeln!(std::io::stderr(), "SKIPPED openstack {what}: {remedy}");
        None
    }

    fn plugin(&self, cloud: &str, changes: &Value) -> Result<Arc<dyn IMSPlugin>> {
        let mut config = json!({"clouds": {"secret": "clouds", "cloud": cloud}});
        for (field, value) in changes.as_object().unwrap() {
            config[field] = value.clone();
        }
        let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
        let ports = Ports::new(Arc::clone(&self.clock))
            .with_http(Arc::clone(&self.way) as _)
            .with_secrets(Arc::new(Clouds(clouds().unwrap())));
        (BACKEND.build)(info, &config, &ports)
    }

    /// A token of the administrator, and the root of Nova.
    async fn token(&self) -> Result<(String, String)> {
        let domain = json!({"id": "default"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user":
                {"name": "admin", "password": "admin", "domain": domain}}},
            "scope": {"project": {"name": "admin", "domain": domain}},
        }});
        let request = Request::post(format!("{}/auth/tokens", identity())).header("content-type", "application/json");
        let request = HttpRequest::new(request.body(Bytes::from(body.to_string())).unwrap());
        let answer = self.way.http.send(request).await?;
        let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let catalog = body["token"]["catalog"].as_array().unwrap();
        let nova = catalog.iter().find(|service| service["type"] == "compute").unwrap();
        Ok((token, nova["endpoints"][0]["url"].as_str().unwrap().to_owned()))
    }

    /// What the administrator does behind the plugin's back.
    async fn nova(&self, method: Method, path: &str, body: &Value) -> Value {
        let (token, nova) = self.token().await.unwrap();
        let request = Request::builder()
            .method(method)
            .uri(format!("{nova}{path}"))
            .header("x-auth-token", token)
            .header("openstack-api-version", "compute 2.87")
            .header("content-type", "application/json")
            .body(if body.is_null() {
                Bytes::new()
            } else {
                Bytes::from(body.to_string())
            });
        let answer = self.way.http.send(HttpRequest::new(request.unwrap())).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// One aggregate with two of the hosts.
    async fn prepare(&self) {
        self.clear().await;
        let new = json!({"aggregate": {"name": "edge", "availability_zone": "dallas"}});
        let made = self.nova(Method::POST, "/os-aggregates", &new).await;
        for host in ["host-1", "host-2"] {
            let path = format!("/os-aggregates/{}/action", made["aggregate"]["id"]);
            self.nova(Method::POST, &path, &json!({"add_host": {"host": host}}))
                .await;
        }
    }

    /// Takes all aggregates away.
    async fn clear(&self) {
        let listed = self.nova(Method::GET, "/os-aggregates", &Value::Null).await;
        for aggregate in listed["aggregates"].as_array().unwrap() {
            let path = format!("/os-aggregates/{}", aggregate["id"]);
            for host in aggregate["hosts"].as_array().unwrap() {
                let remove = json!({"remove_host": {"host": host}});
                self.nova(Method::POST, &format!("{path}/action"), &remove).await;
            }
            self.nova(Method::DELETE, &path, &Value::Null).await;
        }
    }
}

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
            self.0.prepare().await;
            let plugin = self.0.plugin("admin", &json!({}))?;
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
        Arc::clone(&self.peer.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        ready(self.peer.plugin("admin", &json!({})).map(Some)).boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("red"), TenantId::new("blue")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let can = matches!(trouble, None | Some(Trouble::Down | Trouble::Denied));
        if can {
            *self.peer.way.trouble.lock().unwrap() = trouble;
        }
        async move {
            // Refused credentials are not tried again for some seconds.
            if trouble.is_none() {
                self.peer.clock.sleep(Duration::from_secs(6)).await;
            }
            can
        }
        .boxed()
    }

    fn closes(&self) -> bool {
        true
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

    fn silence(&self) -> Duration {
        Duration::from_secs(4)
    }

    fn disturb(&self, _: Disturbance) -> BoxFuture<'_, Result<bool>> {
        ready(Ok(false)).boxed()
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
    let report = ims(&LiveWorlds(peer.clone())).await;
    peer.clear().await;
    println!("{report}");
    report.assert_green();
}

async fn a_token_that_is_revoked_amid_a_list_is_renewed(peer: &Peer) {
    peer.prepare().await;
    let plugin = peer.plugin("admin", &json!({"pageSize": 1})).unwrap();
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
