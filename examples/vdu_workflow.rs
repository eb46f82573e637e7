//! What an orchestrator does to run a virtual distributed unit at an edge site, told step by step against a running
//! gateway: a pool, a subscription, a package, a deployment; more replicas; an upgrade that fails; the way back.
//!
//! ```text
//! cargo run --example gateway &
//! cargo run --example vdu_workflow -- [--gateway http://127.0.0.1:8080]
//! ```
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let gateway = Client::new(gateway_url(std::env::args().skip(1))?);
    // Names are unique, so that the story can be told to the same gateway again.
    let run = std::process::id();

    step("Use case 1: deploy a vDU at an edge site");
    let pool = create_pool(&gateway, run)?;
    let subscription = subscribe(&gateway, &pool)?;
    let package = upload(&gateway, run, "2.1.0", &json!({}))?;
    let deployment = deploy(&gateway, run, &pool, &package)?;

    step("Use case 2: scale it for more traffic");
    scale(&gateway, &deployment, 5)?;

    step("Use case 3: an upgrade fails, and is rolled back");
    let broken = upload(&gateway, run, "2.2.0", &json!({"memory.fail": true}))?;
    upgrade_in_vain(&gateway, &deployment, &broken)?;
    roll_back(&gateway, &deployment, 1)?;
    history(&gateway, &deployment)?;

    step("Clean up");
    gateway.expect("DELETE", &format!("{deployment}?wait=60s"), None, 204)?;
    for path in [&broken, &package, &subscription] {
        gateway.expect("DELETE", path, None, 204)?;
    }
    gateway.expect("DELETE", &format!("{pool}?force"), None, 204)?;
    println!("   everything is gone");
    Ok(())
}

fn create_pool(gateway: &Client, run: u32) -> Result<String> {
    let pool = json!({
        "name": format!("vDU-Pool-{run}"),
        "location": "edge-site-1",
        "extensions": {"instanceType": "type-compute-large", "replicas": 4, "cpuPinning": true},
    });
    let created = gateway.expect("POST", "/o2ims/v1/resourcePools", Some(pool), 201)?;
    let pool = created.location()?;
    println!("   created {pool}");
    let v2 = pool.replace("/v1/", "/v2/");
    let healthy = |pool: &Value| pool["health"]["status"] == "healthy";
    let ready = gateway.wait_for(&v2, healthy)?;
    println!("   the pool is healthy: {} nodes", ready["metrics"]["nodeCount"]);
    let nodes = gateway.expect("GET", &format!("{pool}/resources"), None, 200)?;
    println!("   its nodes: {}", names(&nodes.body["items"], "resourceId"));
    Ok(pool)
}

fn subscribe(gateway: &Client, pool: &str) -> Result<String> {
    let id = pool.rsplit('/').next().unwrap_or_default();
    let subscription = json!({
        "callback": "https://smo.example.com/notify",
        "consumerSubscriptionId": "smo-7",
        "filter": {"resourcePoolId": id},
    });
    let created = gateway.expect("POST", "/o2ims/v1/subscriptions", Some(subscription), 201)?;
    println!("   subscribed to changes of the pool: {}", created.location()?);
    created.location()
}

fn upload(gateway: &Client, run: u32, version: &str, extensions: &Value) -> Result<String> {
    let package = json!({
        "name": format!("vdu-{run}"),
        "version": version,
        "packageType": "helm",
        "packageURL": format!("https://repo.example.com/vdu-{version}.tgz"),
        "checksum": format!("sha256:{}", "0".repeat(64)),
        "extensions": extensions,
    });
    let created = gateway.expect("POST", "/o2dms/v1/deploymentPackages", Some(package), 201)?;
    println!("   uploaded package {} {version}", created.body["packageId"]);
    created.location()
}

fn deploy(gateway: &Client, run: u32, pool: &str, package: &str) -> Result<String> {
    let request = json!({
        "name": format!("vdu-edge-{run}"),
        "packageId": id_of(package),
        "resourcePoolId": id_of(pool),
        "namespace": "vdu-ns",
        "values": {"cellId": "12345", "bandwidth": "100MHz", "replicaCount": 3},
    });
    let accepted = gateway.expect("POST", "/o2dms/v1/deployments", Some(request), 202)?;
    let operation = accepted.location()?;
    println!("   accepted as {operation}");
    let ended = gateway.wait_for(&operation, |operation| {
        println!("   {} {}%", operation["state"], operation["progress"]);
        is_final(operation)
    })?;
    expect_state(&ended, "COMPLETED")?;
    let id = ended["deploymentId"]
        .as_str()
        .ok_or("the operation names no deployment")?;
    let deployment = format!("/o2dms/v1/deployments/{id}");
    let status = gateway.expect("GET", &format!("{deployment}/status"), None, 200)?;
    println!(
        "   {deployment} is {} with {} ready replicas",
        status.body["status"], status.body["readyReplicas"]
    );
    let logs = gateway.text(&format!("{deployment}/logs?tail=2"))?;
    println!("   it says: {}", logs.trim().replace('\n', "\n            "));
    Ok(deployment)
}

fn scale(gateway: &Client, deployment: &str, replicas: u32) -> Result<()> {
    let path = format!("{deployment}/scale?wait=60s");
    let scaled = gateway.expect("POST", &path, Some(json!({"replicas": replicas})), 200)?;
    println!("   scaled to {} replicas", scaled.body["replicas"]);
    let absurd = gateway.expect(
        "POST",
        &format!("{deployment}/scale"),
        Some(json!({"replicas": -1})),
        400,
    )?;
    println!("   scaling to -1 is refused: {}", absurd.body["detail"]);
    Ok(())
}

fn upgrade_in_vain(gateway: &Client, deployment: &str, package: &str) -> Result<()> {
    let request = json!({"packageId": id_of(package)});
    let accepted = gateway.expect("POST", &format!("{deployment}/upgrade"), Some(request), 202)?;
    let ended = gateway.wait_for(&accepted.location()?, is_final)?;
    expect_state(&ended, "FAILED")?;
    println!("   the upgrade failed: {}", ended["error"]["detail"]);
    Ok(())
}

fn roll_back(gateway: &Client, deployment: &str, revision: u32) -> Result<()> {
    let path = format!("{deployment}/rollback?wait=60s");
    let back = gateway.expect("POST", &path, Some(json!({"revision": revision})), 200)?;
    println!(
        "   rolled back: {} runs {} again",
        back.body["name"], back.body["packageId"]
    );
    let wrong = gateway.expect(
        "POST",
        &format!("{deployment}/rollback"),
        Some(json!({"revision": 99})),
        400,
    )?;
    println!("   rolling back to 99 is refused: {}", wrong.body["detail"]);
    Ok(())
}

fn history(gateway: &Client, deployment: &str) -> Result<()> {
    let history = gateway.expect("GET", &format!("{deployment}/history"), None, 200)?;
    for revision in history.body["items"].as_array().into_iter().flatten() {
        println!(
            "   revision {}: {} ({})",
            revision["revision"], revision["status"], revision["description"]
        );
    }
    Ok(())
}

fn step(title: &str) {
    println!("\n== {title}");
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn names(items: &Value, key: &str) -> String {
    let items = items.as_array().into_iter().flatten();
    items
        .filter_map(|item| item[key].as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn is_final(operation: &Value) -> bool {
    matches!(operation["state"].as_str(), Some("COMPLETED" | "FAILED"))
}

fn expect_state(operation: &Value, state: &str) -> Result<()> {
    if operation["state"] == state {
        Ok(())
    } else {
        Err(format!("expected {state}: {operation}").into())
    }
}

fn gateway_url(mut arguments: impl Iterator<Item = String>) -> Result<String> {
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok("http://127.0.0.1:8080".to_owned()),
        (Some("--gateway"), Some(url)) => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err("usage: vdu_workflow [--gateway URL]".into()),
    }
}

/// Speaks JSON to the gateway.
struct Client {
    base: String,
    agent: ureq::Agent,
}

/// What the gateway answered.
struct Answer {
    location: Option<String>,
    body: Value,
}

impl Answer {
    fn location(&self) -> Result<String> {
        self.location
            .clone()
            .ok_or_else(|| format!("the answer has no Location: {}", self.body).into())
    }
}

impl Client {
    fn new(base: String) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(90))).build().into();
        Self { base, agent }
    }

    fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<ureq::http::Response<ureq::Body>> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        Ok(match body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                let request = request
                    .header("content-type", "application/json")
                    .body(body.to_string())?;
                self.agent.run(request)?
            }
        })
    }

    fn expect(&self, method: &str, path: &str, body: Option<Value>, status: u16) -> Result<Answer> {
        let mut response = self.send(method, path, body)?;
        let text = response.body_mut().read_to_string()?;
        if response.status() != status {
            return Err(format!("{method} {path}: {} instead of {status}: {text}", response.status()).into());
        }
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .map(ToOwned::to_owned);
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        };
        Ok(Answer { location, body })
    }

    fn text(&self, path: &str) -> Result<String> {
        Ok(self.send("GET", path, None)?.body_mut().read_to_string()?)
    }

    /// Reads until the object is as it should be.
    #[expect(clippy::disallowed_methods, reason = "a client waits for real")]
    fn wait_for(&self, path: &str, as_it_should_be: impl Fn(&Value) -> bool) -> Result<Value> {
        for _ in 0..120 {
            let object = self.expect("GET", path, None, 200)?.body;
            if as_it_should_be(&object) {
                return Ok(object);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Err(format!("{path} did not become what it should be").into())
    }
}
