//! [`beside`]: what becomes of something while a server listens, for trouble below HTTP.

use std::cell::Cell;
use std::sync::Arc;

use futures::future::{Either, select};
use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Fault, Retry};
use o2_ims::IMSPlugin;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
#[cfg(any(feature = "aws", feature = "vsphere"))]
use tokio::io::AsyncReadExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::http::{HttpOptions, Roots};

/// A connection, whatever is below it.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Unpin {}

impl<C: AsyncRead + AsyncWrite + Unpin> Connection for C {}

/// What `act` comes to with the URL of a server, which serves one connection after the other, with or without TLS.
pub(crate) async fn beside<T>(
    tls: Option<TlsAcceptor>,
    serve: impl AsyncFn(Box<dyn Connection>),
    act: impl AsyncFnOnce(String) -> T,
) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let server = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            match &tls {
                None => serve(Box::new(stream)).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(Box::new(stream)).await;
                    }
                }
            }
        }
    };
    match select(std::pin::pin!(act(url)), std::pin::pin!(server)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => unreachable!("the server goes on for ever"),
    }
}

/// A certificate that nobody but itself has signed, with a server that shows it.
pub(crate) fn own_certificate() -> (String, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (certificate.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// A client that trusts this certificate alone.
pub(crate) fn trusting(certificate: &str) -> HttpOptions {
    HttpOptions::default().with_roots(Roots::Only(certificate.to_owned()))
}

/// Reads the head of the next request: how long its body is. Nothing when the client has gone.
#[cfg(any(feature = "aws", feature = "vsphere"))]
pub(crate) async fn length_of_body(stream: &mut (impl AsyncRead + Unpin)) -> Option<usize> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length:").nth(1)?.split_whitespace().next()?;
    Some(length.parse().unwrap())
}

/// Checks that nothing is sent to a backend whose certificate nobody trusts, and that lists and health say why. `build` makes
/// a plugin whose backend has this URL.
pub(crate) async fn check_that_it_must_be_trusted(build: impl FnOnce(&str, &HttpOptions) -> Arc<dyn IMSPlugin>) {
    let ((_, tls), (other, _)) = (own_certificate(), own_certificate());
    let served = Cell::new(0);
    let serve = async |_| served.set(served.get() + 1);
    let act = async |url: String| {
        let (plugin, context, query) = (build(&url, &trusting(&other)), Context::new("test"), ListQuery::new());
        let pools = plugin.list_resource_pools(&context, &query).await.unwrap_err();
        let resources = plugin.list_resources(&context, &query).await.unwrap_err();
        ([pools, resources], plugin.health(&context).await)
    };
    let (errors, health) = beside(Some(tls), serve, act).await;
    let of = |error: &Error| (error.kind(), error.fault(), error.retry());
    for error in errors {
        let expected = (ErrorKind::Unavailable, Fault::Backend, Retry::Never);
        assert_eq!(of(&error), expected, "{error:?}");
        assert!(error.message().contains("certificate"), "{error}");
    }
    assert_eq!(health.status, HealthStatus::Unhealthy);
    assert!(health.message.contains("certificate"), "{}", health.message);
    assert_eq!(served.get(), 0);
}
