//! The API server of `tests/real/peers/kubernetes.sh`.

use std::io::Write;
use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

pub(crate) fn kubeconfig() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/peers/kubernetes/kubeconfig")
}

/// The API servers that are there to be filled by one suite each, as contexts of the kubeconfig, if they run.
pub(super) async fn worlds() -> Vec<String> {
    let Ok(file) = Kubeconfig::read_from(kubeconfig()) else {
        return Vec::new();
    };
    let named = file.contexts.into_iter().map(|context| context.name);
    let mut worlds = Vec::new();
    for context in named.filter(|name| name.starts_with("world-")) {
        if let Some(client) = client_of(&context).await
            && client.apiserver_version().await.is_ok()
        {
            worlds.push(context);
        }
    }
    worlds
}

/// A client for a context of the kubeconfig.
pub(super) async fn client_of(context: &str) -> Option<Client> {
    let file = Kubeconfig::read_from(kubeconfig()).ok()?;
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(file, &options).await.ok()?;
    Client::try_from(config).ok()
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

/// A program of `tests/real/peers/helm.sh`.
#[cfg(any(feature = "helm", feature = "kustomize"))]
pub(crate) fn program(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target/peers/helm/bin")
        .join(name)
}

/// Whether a program of `tests/real/peers/helm.sh` is there; otherwise a line that what needs it was left out.
#[cfg(any(feature = "helm", feature = "kustomize"))]
pub(crate) fn there_is(name: &str) -> bool {
    let is_there = program(name).exists();
    if !is_there {
        let remedy = "get the program with tests/real/peers/helm.sh start";
        let _ = writeln!(std::io::stderr(), "SKIPPED kubernetes {name}: {remedy}");
    }
    is_there
}

async fn connect() -> Option<Client> {
    let client = client_of("admin").await?;
    client.apiserver_version().await.ok()?;
    Some(client)
}
