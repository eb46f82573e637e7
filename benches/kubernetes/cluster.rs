//! [`Cluster`]: the API server with many nodes, and a client that counts what is asked of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use o2::adapters::kube::kube;
use serde_json::{Value, json};
use tower_service::Service;

use self::kube::api::{Api, ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use self::kube::client::Body;
use self::kube::config::{KubeConfigOptions, Kubeconfig};
use self::kube::core::GroupVersionKind;
use self::kube::{Client, Config};

/// Requests that are under way at once while nodes are made.
const PARALLEL: usize = 32;
const SELECTOR: &str = "o2-bench=node";

pub(crate) struct Cluster {
    client: Client,
    counted: Arc<AtomicU64>,
}

impl Cluster {
    /// The server that runs, if one does.
    pub(crate) async fn find() -> Option<Self> {
        let client = client().await?;
        client.apiserver_version().await.ok()?;
        Some(Self {
            client,
            counted: Arc::default(),
        })
    }

    /// A client whose requests are counted.
    pub(crate) async fn counting(&self) -> Client {
        let counting = Counting {
            client: client().await.expect("the server is still there"),
            counted: Arc::clone(&self.counted),
        };
        Client::new(counting, "default")
    }

    /// How many requests the counting client has made.
    pub(crate) fn requests(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn nodes(&self) -> Api<DynamicObject> {
        Api::all_with(
            self.client.clone(),
            &ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Node")),
        )
    }

    pub(crate) async fn make(&self, count: usize) {
        let api = self.nodes();
        futures::stream::iter(0..count)
            .for_each_concurrent(PARALLEL, |number| {
                let api = api.clone();
                async move {
                    let (object, status) = node(number);
                    let object = serde_json::from_value(object).expect("a node is an object");
                    match api.create(&PostParams::default(), &object).await {
                        Err(kube::Error::Api(refused)) if refused.code == 409 => return,
                        result => drop(result.expect("the server takes nodes")),
                    }
                    let parameters = PatchParams::default();
                    let patched = api
                        .patch_status(&name(number), &parameters, &Patch::Merge(status))
                        .await;
                    patched.expect("the server takes statuses");
                }
            })
            .await;
    }

    /// Cordons a node, or lets it be used again. When the server has said that it is so.
    pub(crate) async fn change(&self, number: usize, cordoned: bool) -> Instant {
        let patch = Patch::Merge(json!({"spec": {"unschedulable": cordoned}}));
        let patched = self.nodes().patch(&name(number), &PatchParams::default(), &patch).await;
        patched.expect("the server takes changes");
        Instant::now()
    }

    pub(crate) async fn clear(&self) {
        let all = ListParams::default().labels(SELECTOR);
        let deleted = self.nodes().delete_collection(&Default::default(), &all).await;
        deleted.expect("the server deletes what was made");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Counts requests.
#[derive(Clone)]
struct Counting {
    client: Client,
    counted: Arc<AtomicU64>,
}

impl Service<Request<Body>> for Counting {
    type Response = Response<Body>;
    type Error = kube::Error;
    type Future = BoxFuture<'static, kube::Result<Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<kube::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.counted.fetch_add(1, Ordering::Relaxed);
        let client = self.client.clone();
        Box::pin(async move { client.send(request).await })
    }
}

async fn client() -> Option<Client> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers/kubernetes/kubeconfig");
    let file = Kubeconfig::read_from(path).ok()?;
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .ok()?;
    Client::try_from(config).ok()
}

pub(crate) fn name(number: usize) -> String {
    format!("bench-node-{number:05}")
}

/// A node as large as kubelets make them, and its status.
fn node(number: usize) -> (Value, Value) {
    let name = name(number);
    let object = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "o2-bench": "node", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": format!("o2.{}", ["small", "large"][number % 2]),
            "topology.kubernetes.io/region": "bench", "topology.kubernetes.io/zone": format!("zone-{}", number % 3),
            "agentpool": format!("pool-{}", number % 20),
        }},
        "spec": {"providerID": format!("bench:///{name}"), "podCIDR": "10.0.0.0/24"},
    });
    let images: Vec<Value> = (0..20)
        .map(|image| json!({"names": [format!("registry.example/image-{image}@sha256:{image:064x}")], "sizeBytes": 50_000_000}))
        .collect();
    let resources = json!({"cpu": "64", "memory": "263856012Ki", "ephemeral-storage": "900Gi", "pods": "250", "hugepages-1Gi": "0"});
    let conditions: Vec<Value> = [
        ("Ready", "True"),
        ("MemoryPressure", "False"),
        ("DiskPressure", "False"),
        ("PIDPressure", "False"),
    ]
    .iter()
    .map(|(kind, status)| {
        json!({"type": kind, "status": status, "reason": "Bench", "message": "kubelet is posting ready status",
                   "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"})
    })
    .collect();
    let status = json!({"status": {
        "capacity": resources, "allocatable": resources, "conditions": conditions, "images": images,
        "addresses": [{"type": "InternalIP", "address": "10.1.0.1"}, {"type": "Hostname", "address": name}],
        "nodeInfo": {"architecture": "amd64", "operatingSystem": "linux", "osImage": "Debian GNU/Linux 12", "kernelVersion": "6.1.0",
            "kubeletVersion": "v1.34.1", "kubeProxyVersion": "v1.34.1", "containerRuntimeVersion": "containerd://2.1.4",
            "machineID": format!("{number:032x}"), "systemUUID": format!("{number:032x}"), "bootID": format!("{number:032x}")},
    }});
    (object, status)
}
