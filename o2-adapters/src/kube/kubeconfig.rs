//! A kubeconfig file for a program that speaks to the same API server as we do, as the same user.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::Config;
use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::connect::settings;

/// What everything in the file is called.
const NAME: &str = "o2";

impl Cluster {
    /// The content of a kubeconfig file that leads to this server. It holds our credentials, or says where they are.
    ///
    /// # Errors
    /// `Config` when the program gives us a client that it has made itself: what that knows cannot be found out.
    pub(crate) async fn kubeconfig(&self) -> Result<Secret> {
        let config = self.configured().ok_or_else(|| {
            Error::config("cluster.client: a client that the program gives cannot be passed on; name a kubeconfig file")
        })?;
        text(&settings(config).await?)
    }
}

/// A kubeconfig file may be JSON, as all YAML.
fn text(config: &Config) -> Result<Secret> {
    let user = serde_json::to_value(&config.auth_info)
        .map_err(|_| Error::internal("credentials for the API server cannot be written down"))?;
    let file = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": cluster(config)}],
        "users": [{"name": NAME, "user": user}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}],
        "current-context": NAME,
    });
    Ok(Secret::new(file.to_string()))
}

fn cluster(config: &Config) -> Value {
    let mut cluster = json!({"server": config.cluster_url.to_string()});
    if let Some(certificates) = &config.root_cert {
        let pem: String = certificates.iter().map(|der| pem(der)).collect();
        cluster["certificate-authority-data"] = STANDARD.encode(pem).into();
    } else if let Some(file) = &config.root_cert_file {
        cluster["certificate-authority"] = file.display().to_string().into();
    }
    if config.accept_invalid_certs {
        cluster["insecure-skip-tls-verify"] = true.into();
    }
    if let Some(name) = &config.tls_server_name {
        cluster["tls-server-name"] = name.as_str().into();
    }
    if let Some(proxy) = &config.proxy_url {
        cluster["proxy-url"] = proxy.to_string().into();
    }
    cluster
}

/// A certificate as text (RFC 7468).
fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for (at, character) in encoded.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + "\n-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use o2_core::ErrorKind;
    use o2_core::ports::Ports;
    use o2_testkit::ManualClock;

    use super::*;
    use crate::kube::{ClusterConfig, Clusters};

    fn opened(config: &Value) -> Arc<Cluster> {
        let config: ClusterConfig = serde_json::from_value(config.clone()).unwrap();
        Clusters::open(&config, &Ports::new(ManualClock::new())).unwrap()
    }

    #[tokio::test]
    async fn the_file_leads_to_the_same_server_as_the_same_user() {
        let config = json!({"server": "https://10.0.0.1:6443", "token": "s3cret", "tlsServerName": "api",
            "certificateAuthority": "/etc/ca.pem"});
        let text = opened(&config).kubeconfig().await.unwrap();
        assert!(!format!("{text:?}").contains("s3cret"));
        let file: Value = serde_json::from_str(text.expose()).unwrap();
        assert_eq!(
            file["clusters"][0]["cluster"],
            json!({"server": "https://10.0.0.1:6443/", "certificate-authority": "/etc/ca.pem", "tls-server-name": "api"})
        );
        assert_eq!(file["users"][0]["user"], json!({"token": "s3cret"}));
        // The crate that we speak to the server with understands it in the same way.
        let read = kube::config::Kubeconfig::from_yaml(text.expose()).unwrap();
        assert_eq!(read.current_context.as_deref(), Some(NAME));

        let config = json!({"server": "http://h", "clientCertificate": "/c.pem", "clientKey": "/k.pem"});
        let file = opened(&config).kubeconfig().await.unwrap();
        let file: Value = serde_json::from_str(file.expose()).unwrap();
        let user = json!({"client-certificate": "/c.pem", "client-key": "/k.pem"});
        assert_eq!(file["users"][0]["user"], user);
    }

    #[test]
    fn certificates_are_written_as_text() {
        let text = pem(&[7; 60]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines.len(), lines[1].len(), lines[2].len()), (4, 64, 16));
        assert!(lines[0].starts_with("-----BEGIN") && lines[3].starts_with("-----END"));
    }

    #[tokio::test]
    async fn a_given_client_is_not_passed_on() {
        let ports = Ports::new(ManualClock::new());
        let server = o2_testkit::kubernetes::ApiServer::new();
        let client = kube::Client::new(server, "default");
        ports.shared.get_or_default::<Clusters>().provide("edge", client);
        let cluster = Clusters::open(&ClusterConfig::of_client("edge"), &ports).unwrap();
        assert!(cluster.kubeconfig().await.unwrap_err().is(ErrorKind::Config));
    }
}
