//! From a [`ClusterConfig`] to a client. Reads files; asks nothing of the server.

use std::path::Path;

use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use o2_core::{Error, Result};

use super::config::ClusterConfig;

/// A new client.
///
/// Must be called within a tokio runtime: the client keeps its connections on it.
pub(super) async fn connect(config: &ClusterConfig) -> Result<Client> {
    let mut settings = settings(config).await?;
    // Repeating is the business of the layers around a plugin, which know what may be repeated.
    settings.default_retry = false;
    settings.read_timeout = None;
    Client::try_from(settings)
        .map_err(|source| unusable("no client can be made from the cluster's configuration", &source))
}

/// Where the server is and who we are, as files and environment say now.
pub(super) async fn settings(config: &ClusterConfig) -> Result<Config> {
    if let Some(server) = &config.server {
        return explicit(config, server).await;
    }
    if config.in_cluster {
        return Config::incluster()
            .map_err(|source| unusable("cluster.inCluster: there is no service account here", &source));
    }
    if config.kubeconfig.is_none() && config.context.is_none() {
        return Config::infer().await.map_err(|source| {
            unusable(
                "cluster: there is neither a kubeconfig file nor a service account here",
                &source,
            )
        });
    }
    let file = match &config.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let file = file.map_err(|source| unusable("cluster.kubeconfig: cannot be read", &source))?;
    let options = KubeConfigOptions {
        context: config.context.clone(),
        ..KubeConfigOptions::default()
    };
    Config::from_custom_kubeconfig(file, &options).await.map_err(|source| {
        unusable(
            "cluster.kubeconfig: has no such context, or what it refers to is missing",
            &source,
        )
    })
}

async fn explicit(config: &ClusterConfig, server: &str) -> Result<Config> {
    let url = server
        .parse()
        .map_err(|source: http::uri::InvalidUri| unusable("cluster.server: is no URL", &source))?;
    let mut settings = Config::new(url);
    settings.tls_server_name.clone_from(&config.tls_server_name);
    settings.root_cert_file.clone_from(&config.certificate_authority);
    let text = |path: Option<&Path>| path.map(|path| path.display().to_string());
    // The kubeconfig's own form is the one that re-reads rotated files.
    settings.auth_info = AuthInfo {
        token: config.token.as_ref().map(|token| token.expose().to_owned().into()),
        token_file: text(config.token_file.as_deref()),
        client_certificate: text(config.client_certificate.as_deref()),
        client_key: text(config.client_key.as_deref()),
        ..AuthInfo::default()
    };
    Ok(settings)
}

/// Only what the outermost error says: those within quote the file, and so what is secret in it.
fn unusable(message: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::config(message).with_detail(reason.to_string())
}
