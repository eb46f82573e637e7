//! The configuration of TLS. It names its provider of cryptography, so it neither needs nor installs a default one for the
//! process, and it does not matter which others are linked.

use std::sync::Arc;

use o2_core::{Error, Result};
use rustls::client::WantsClientCert;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::options::{ClientCertificate, HttpOptions, Roots};

pub(super) fn config(options: &HttpOptions) -> Result<ClientConfig> {
    let builder = with_roots(&options.roots, Arc::new(ring::default_provider()))?;
    let mut config = match &options.client_certificate {
        Some(certificate) => with_certificate(builder, certificate)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn with_roots(roots: &Roots, provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal("the provider of cryptography does not fit").with_source(error))?;
    let extra = match roots {
        Roots::Only(pem) => return Ok(builder.with_root_certificates(store(pem)?)),
        Roots::SystemAnd(pem) => certificates("roots", pem)?,
        Roots::System => Vec::new(),
    };
    let verifier = Verifier::new_with_extra_roots(extra, provider)
        .map_err(|error| Error::config("roots: those of this machine cannot be used").with_source(error))?;
    let builder = builder.dangerous();
    Ok(builder.with_custom_certificate_verifier(Arc::new(verifier)))
}

fn store(pem: &str) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for certificate in certificates("roots", pem)? {
        let added = store.add(certificate);
        added.map_err(|error| Error::config("roots: a certificate cannot be used").with_source(error))?;
    }
    Ok(store)
}

fn with_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    certificate: &ClientCertificate,
) -> Result<ClientConfig> {
    let chain = certificates("client certificate", &certificate.chain)?;
    // What is wrong with a key is not repeated; nobody knows what the text holds.
    let wrong = || Error::config("client certificate: its key cannot be used");
    let key = PrivateKeyDer::from_pem_slice(certificate.key.expose().as_bytes()).map_err(|_| wrong())?;
    builder.with_client_auth_cert(chain, key).map_err(|_| wrong())
}

fn certificates(option: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = || Error::config(format!("{option}: must be certificates in PEM"));
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(wrong()),
    }
}
