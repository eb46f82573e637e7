//! The API server of `tests/real/peers/kubernetes.sh`.

use std::io::Write;
use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

pub(crate) fn kubeconfig() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/peers/kubernetes/kubeconfig")
}

/// A client that may do everything, if the server runs; otherwise a line that `what` was left out.
pub(crate) async fn peer(what: &str) -> Option<Client> {
    let client = connect().await;
    if client.is_none() {
        let remedy = "start the server with tests/real/peers/kubernetes.sh start";
        // Not with `eprintln!`, which the test harness would swallow.
        let _ = writeln!(std::io::stderr(), "SKIPPED kubernetes {what}: {remedy}");
    }
    client
}

async fn connect() -> Option<Client> {
    let file = Kubeconfig::read_from(kubeconfig()).ok()?;
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .ok()?;
    let client = Client::try_from(config).ok()?;
    client.apiserver_version().await.ok()?;
    Some(client)
}
