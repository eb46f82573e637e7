//! [`beside`]: what becomes of something while a server listens, for trouble below HTTP.

use std::sync::Arc;

use futures::future::{Either, select};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
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
