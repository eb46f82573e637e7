//! TLS with an authority made for the test: who is trusted, who is not, and client certificates.

use std::sync::{Arc, LazyLock};

use o2_core::ports::Secret;
use o2_core::{ErrorKind, Retry};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use super::*;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn new_authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(super) fn authority() -> &'static Authority {
    static AUTHORITY: LazyLock<Authority> = LazyLock::new(new_authority);
    &AUTHORITY
}

/// A certificate for `name` and its key, as PEM.
fn certificate(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority()).unwrap();
    (certificate.pem(), key.serialize_pem())
}

pub(super) fn server_config(name: &str, demand_certificate: bool) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if demand_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(authority().der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let (chain, key) = certificate(name);
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .map(Result::unwrap)
        .collect();
    builder
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
        .unwrap()
}

/// Sends a request to a server with a certificate for `name`, as `localhost`.
async fn ask(options: HttpOptions, name: &str, demand_certificate: bool) -> Result<HttpResponse> {
    let (listener, address) = listener().await;
    let acceptor = TlsAcceptor::from(Arc::new(server_config(name, demand_certificate)));
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            head(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
                .await
                .unwrap();
        }
        std::future::pending::<()>().await;
    };
    let client = ReqwestClient::new(&options).unwrap();
    let request = get(format!("https://127.0.0.1:{}/", address.port()));
    match select(client.send(request), std::pin::pin!(server)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => unreachable!("the server goes on for ever"),
    }
}

fn trusting(pem: String) -> HttpOptions {
    HttpOptions::default().with_roots(Roots::Only(pem))
}

#[tokio::test]
async fn a_server_of_the_own_authority_is_trusted() {
    let response = ask(trusting(authority().pem()), "127.0.0.1", false).await.unwrap();
    assert_eq!(&response.body()[..], b"hi");
}

#[tokio::test]
async fn others_are_not_and_there_is_no_use_in_trying_again() {
    for (options, name) in [
        (trusting(new_authority().pem()), "127.0.0.1"),
        (trusting(authority().pem()), "other.example"),
    ] {
        let error = ask(options, name, false).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::Unavailable, Retry::Never),
            "{error:?}"
        );
        assert!(error.message().contains("certificate"), "{error}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_when_there_is_one() {
    let (chain, key) = certificate("gateway");
    let known = ClientCertificate::new(chain, Secret::new(key));
    let with_certificate = trusting(authority().pem()).with_client_certificate(known);
    assert!(ask(with_certificate, "127.0.0.1", true).await.is_ok());
    let error = ask(trusting(authority().pem()), "127.0.0.1", true).await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to() {
    let (listener, address) = listener().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        drop(stream);
        std::future::pending::<()>().await;
    };
    let client = client();
    let request = get(format!("https://{address}/"));
    let Either::Left((outcome, _)) = select(client.send(request), std::pin::pin!(server)).await else {
        unreachable!("the server goes on for ever")
    };
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Unavailable, Retry::Safe),
        "{error:?}"
    );
}
