//! [`Peer`]: the cloud of `tests/real/peers/openstack.sh`, and the way to it.

#![allow(
    clippy::disallowed_methods,
    reason = "a cloud that really runs lives in real time and has its accounts in a file"
)]

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use http::{Method, Request};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Ports, Secret, SecretSource};
use o2_core::{Category, Error, ErrorKind, Fault, PluginInfo, Result, Timestamp};
use o2_ims::IMSPlugin;
use o2_testkit::conformance::Trouble;
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
pub(super) struct Way {
    http: ReqwestClient,
    pub(super) trouble: Mutex<Option<Trouble>>,
    /// The token is revoked after so many calls of Nova's hypervisors.
    pub(super) revoke_after: Mutex<Option<usize>>,
    pub(super) logins: Mutex<usize>,
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

/// A session of the administrator, who does things behind the plugin's back.
#[derive(Debug)]
struct Administrator {
    token: String,
    nova: String,
}

impl Administrator {
    async fn new(http: &ReqwestClient) -> Result<Self> {
        let domain = json!({"id": "default"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user":
                {"name": "admin", "password": "admin", "domain": domain}}},
            "scope": {"project": {"name": "admin", "domain": domain}},
        }});
        let request = Request::post(format!("{}/auth/tokens", identity())).header("content-type", "application/json");
        let request = HttpRequest::new(request.body(Bytes::from(body.to_string())).unwrap());
        let answer = http.send(request).await?;
        let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let catalog = body["token"]["catalog"].as_array().unwrap();
        let nova = catalog.iter().find(|service| service["type"] == "compute").unwrap();
        let nova = nova["endpoints"][0]["url"].as_str().unwrap().to_owned();
        Ok(Self { token, nova })
    }
}

/// Real time, in which somebody can leap forward when nobody sleeps.
#[derive(Debug, Default)]
pub(super) struct Leaping {
    real: TokioClock,
    seconds: AtomicU64,
}

impl Leaping {
    pub(super) fn leap(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        self.real.now()
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic() + Duration::from_secs(self.seconds.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.real.sleep(duration)
    }
}

/// The cloud, for whoever wants plugins on it.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) way: Arc<Way>,
    pub(super) clock: Arc<Leaping>,
    administrator: Arc<Administrator>,
}

impl Peer {
    /// The cloud, if it runs; otherwise a line that `what` was left out.
    pub(super) async fn new(what: &str) -> Option<Self> {
        let way = Way {
            http: ReqwestClient::new(&HttpOptions::default()).unwrap(),
            trouble: Mutex::default(),
            revoke_after: Mutex::default(),
            logins: Mutex::default(),
        };
        if clouds().is_some()
            && let Ok(administrator) = Administrator::new(&way.http).await
        {
            return Some(Self {
                way: Arc::new(way),
                clock: Arc::default(),
                administrator: Arc::new(administrator),
            });
        }
        let remedy = "start the cloud with tests/real/peers/openstack.sh start";
        // Not with `eprintln!`, which the test harness would swallow.
        let _ = writeln!(std::io::stderr(), "SKIPPED openstack {what}: {remedy}");
        None
    }

    /// A plugin as one of the accounts.
    pub(super) fn plugin(&self, cloud: &str, changes: &Value) -> Result<Arc<dyn IMSPlugin>> {
        let mut config = json!({"clouds": {"secret": "clouds", "cloud": cloud}});
        for (field, value) in changes.as_object().unwrap() {
            config[field] = value.clone();
        }
        let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
        let ports = Ports::new(Arc::clone(&self.clock) as _)
            .with_http(Arc::clone(&self.way) as _)
            .with_secrets(Arc::new(Clouds(clouds().unwrap())));
        (BACKEND.build)(info, &config, &ports)
    }

    /// What the administrator asks Nova for.
    async fn nova(&self, method: Method, path: &str, body: &Value) -> Value {
        let sent = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.administrator.nova))
            .header("x-auth-token", &self.administrator.token)
            .header("openstack-api-version", "compute 2.87")
            .header("content-type", "application/json")
            .body(Bytes::from(sent));
        let answer = self.way.http.send(HttpRequest::new(request.unwrap())).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    /// One aggregate with two of the hosts, and nothing else. What is so already stays: calls take long.
    pub(super) async fn prepare(&self) {
        if self.clear(is_edge).await > 0 {
            return;
        }
        let new = json!({"aggregate": {"name": "edge", "availability_zone": "dallas"}});
        let made = self.nova(Method::POST, "/os-aggregates", &new).await;
        for host in HOSTS {
            let path = format!("/os-aggregates/{}/action", made["aggregate"]["id"]);
            self.nova(Method::POST, &path, &json!({"add_host": {"host": host}}))
                .await;
        }
    }

    /// Takes aggregates away, but for some; says how many are left.
    pub(super) async fn clear(&self, but: fn(&Value) -> bool) -> usize {
        let listed = self.nova(Method::GET, "/os-aggregates", &Value::Null).await;
        let all = listed["aggregates"].as_array().unwrap().iter();
        let (left, others): (Vec<_>, Vec<_>) = all.partition(|aggregate| but(aggregate));
        for aggregate in others {
            let path = format!("/os-aggregates/{}", aggregate["id"]);
            for host in aggregate["hosts"].as_array().unwrap() {
                let remove = json!({"remove_host": {"host": host}});
                self.nova(Method::POST, &format!("{path}/action"), &remove).await;
            }
            self.nova(Method::DELETE, &path, &Value::Null).await;
        }
        left.len()
    }
}

const HOSTS: [&str; 2] = ["host-1", "host-2"];

fn is_edge(aggregate: &Value) -> bool {
    let is = |field: &str, value: Value| aggregate[field] == value;
    is("name", json!("edge")) && is("hosts", json!(HOSTS)) && is("metadata", json!({"availability_zone": "dallas"}))
}
