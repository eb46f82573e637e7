//! Redis behind TLS.

use o2_adapters::store::redis::{RedisOptions, Tls};
use o2_core::ErrorKind;
use o2_core::store::Store;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::crypto::ring;

use super::server::{Server, free_port};
use super::{create, store};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a certificate for this machine and its key into files.
fn certificate(authority: &Authority, name: &str) -> [String; 2] {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    [("crt", certificate.pem()), ("key", key.serialize_pem())].map(|(ending, pem)| {
        let path = format!("{}/{name}.{ending}", env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(&path, pem).unwrap();
        path
    })
}

#[tokio::test]
async fn a_store_behind_tls_trusts_whom_it_is_told_to() {
    let authority = authority();
    let port = free_port();
    let [certificate, key] = certificate(&authority, &format!("redis-{port}"));
    let arguments = ["--tls-port", &port.to_string(), "--tls-cert-file", &certificate];
    let arguments = [
        &arguments[..],
        &["--tls-key-file", &key, "--tls-ca-cert-file", &certificate],
    ]
    .concat();
    let arguments = [&arguments[..], &["--tls-auth-clients", "no"]].concat();
    let Some(_server) = Server::start("TLS", &arguments).await else {
        return;
    };
    let options = RedisOptions::from_url(&format!("rediss://localhost:{port}")).unwrap();
    let trusting = options.clone().with_tls(Tls::default().with_roots(authority.pem()));

    let error = store(trusting.clone()).check().await.unwrap_err();
    assert!(error.is(ErrorKind::Config), "{error:?}");
    assert!(error.message().contains("provider"), "{error}");

    ring::default_provider().install_default().unwrap();
    store(trusting).commit(create("k")).await.unwrap();
    let error = store(options).check().await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    assert!(error.detail().unwrap().contains("certificate"), "{error:?}");
}
