//! [`ClusterConfig`]: how a plugin's configuration says where the API server is.

use std::path::PathBuf;

use o2_core::config::DurationText;
use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde::Deserialize;

/// Where the API server is, and who we are to it.
///
/// With no key at all it is found as `kubectl` finds it: by `KUBECONFIG`, `~/.kube/config`, or the service account of the pod
/// we run in. Files are read when the server is first asked, and again when it no longer knows our credentials.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ClusterConfig {
    /// The name of a ready client that the program put into [`Clusters`](super::Clusters).
    pub client: Option<String>,
    /// A kubeconfig file.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig file; its current one when absent.
    pub context: Option<String>,
    /// Whether to use the service account of the pod we run in, and nothing else.
    pub in_cluster: bool,
    /// The URL of the API server, for what follows.
    pub server: Option<String>,
    /// The bearer token.
    pub token: Option<Secret>,
    /// A file with the bearer token; read again as it is rotated.
    pub token_file: Option<PathBuf>,
    /// A PEM file with the certificates that sign the server's.
    pub certificate_authority: Option<PathBuf>,
    /// A PEM file with our certificate.
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with its key.
    pub client_key: Option<PathBuf>,
    /// The name in the server's certificate, where it is not the one in the URL.
    pub tls_server_name: Option<String>,
    /// How long the server may take for one answer.
    pub timeout: DurationText,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            client: None,
            kubeconfig: None,
            context: None,
            in_cluster: false,
            server: None,
            token: None,
            token_file: None,
            certificate_authority: None,
            client_certificate: None,
            client_key: None,
            tls_server_name: None,
            timeout: DurationText::from_millis(30_000),
        }
    }
}

impl ClusterConfig {
    /// The ready client of this name.
    #[must_use]
    pub fn of_client(name: impl Into<String>) -> Self {
        Self {
            client: Some(name.into()),
            ..Self::default()
        }
    }

    /// A kubeconfig file, and the context in it unless it is the current one.
    #[must_use]
    pub fn of_kubeconfig(path: impl Into<PathBuf>, context: Option<&str>) -> Self {
        Self {
            kubeconfig: Some(path.into()),
            context: context.map(str::to_owned),
            ..Self::default()
        }
    }

    /// Checks what the types cannot say.
    pub(crate) fn check(&self) -> Result<()> {
        let ways = [
            ("client", self.client.is_some()),
            ("kubeconfig", self.kubeconfig.is_some()),
            ("inCluster", self.in_cluster),
            ("server", self.server.is_some()),
        ];
        let given: Vec<_> = ways.iter().filter(|(_, given)| *given).map(|(way, _)| *way).collect();
        if given.len() > 1 {
            return Err(Error::config(format!(
                "cluster: say one of {}, not all of them",
                given.join(", ")
            )));
        }
        self.check_server()?;
        if self.context.is_some() && !given.iter().all(|way| *way == "kubeconfig") {
            return Err(Error::config("cluster.context: belongs to a kubeconfig file"));
        }
        if self.timeout.get().is_zero() {
            return Err(Error::config("cluster.timeout: must be more than nothing"));
        }
        Ok(())
    }

    fn check_server(&self) -> Result<()> {
        let details = [
            ("token", self.token.is_some()),
            ("tokenFile", self.token_file.is_some()),
            ("certificateAuthority", self.certificate_authority.is_some()),
            ("clientCertificate", self.client_certificate.is_some()),
            ("clientKey", self.client_key.is_some()),
            ("tlsServerName", self.tls_server_name.is_some()),
        ];
        let Some(server) = &self.server else {
            return match details.iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(Error::config(format!("cluster.{name}: needs cluster.server beside it"))),
                None => Ok(()),
            };
        };
        let host = ["https://", "http://"]
            .iter()
            .find_map(|scheme| server.strip_prefix(scheme));
        if host.is_none_or(str::is_empty) || server.parse::<http::Uri>().is_err() {
            return Err(Error::config("cluster.server: must be an absolute http or https URL"));
        }
        if self.token.is_some() && self.token_file.is_some() {
            return Err(Error::config("cluster.tokenFile: there is a token already"));
        }
        if self.client_certificate.is_some() != self.client_key.is_some() {
            return Err(Error::config(
                "cluster.clientKey: clientCertificate and clientKey belong together",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kit::read_config;

    fn read(config: &Value) -> Result<ClusterConfig> {
        let config: ClusterConfig = read_config(config)?;
        config.check().map(|()| config)
    }

    #[test]
    fn every_way_to_a_server_is_one_way() {
        for good in [
            json!({}),
            json!({"client": "edge"}),
            json!({"kubeconfig": "/etc/o2/kubeconfig", "context": "edge"}),
            json!({"context": "edge"}),
            json!({"inCluster": true, "timeout": "10s"}),
            json!({"server": "https://10.0.0.1:6443", "tokenFile": "/token", "certificateAuthority": "/ca.pem"}),
            json!({"server": "https://a", "clientCertificate": "/c.pem", "clientKey": "/k.pem"}),
        ] {
            assert!(read(&good).is_ok(), "{good}: {:?}", read(&good));
        }
        for (bad, named) in [
            (json!({"client": "a", "inCluster": true}), "client, inCluster"),
            (json!({"client": "a", "context": "b"}), "cluster.context"),
            (json!({"token": "t"}), "cluster.token"),
            (json!({"server": "10.0.0.1"}), "cluster.server"),
            (json!({"server": "https://"}), "cluster.server"),
            (
                json!({"server": "https://a", "token": "t", "tokenFile": "/t"}),
                "cluster.tokenFile",
            ),
            (json!({"server": "https://a", "clientKey": "/k"}), "cluster.clientKey"),
            (json!({"timeout": "0s"}), "cluster.timeout"),
            (json!({"kubeConfig": "/x"}), "kubeConfig"),
        ] {
            let error = read(&bad).unwrap_err();
            assert!(error.message().contains(named), "{bad}: {error}");
        }
    }

    #[test]
    fn debug_output_hides_the_token() {
        let config = read(&json!({"server": "https://a", "token": "hunter2"})).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
