//! Redis behind TLS. Without the feature `store-redis-tls` there is none.

use redis::{Client, ConnectionInfo};

use super::failure::Failure;
use super::options::Tls;

/// A client that trusts whom it is told to.
#[cfg(feature = "store-redis-tls")]
pub(super) fn client(target: ConnectionInfo, tls: &Tls) -> Result<Client, Failure> {
    // The client for Redis takes the process's provider of cryptography, and panics if it cannot tell which.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(Failure::config(
            "TLS to Redis needs the process's provider of cryptography; let the program install one at its start",
            "rustls::crypto::CryptoProvider::install_default has not been called",
        ));
    }
    let certificates = redis::TlsCertificates {
        client_tls: None,
        root_cert: tls.roots.clone().map(String::into_bytes),
    };
    Ok(Client::build_with_tls(target, certificates)?)
}

#[cfg(not(feature = "store-redis-tls"))]
pub(super) fn client(_: ConnectionInfo, _: &Tls) -> Result<Client, Failure> {
    Err(Failure::config(
        "TLS to Redis is not compiled in; enable the cargo feature 'store-redis-tls'",
        "the store's options ask for TLS",
    ))
}

#[cfg(all(test, not(feature = "store-redis-tls")))]
mod tests {
    use redis::IntoConnectionInfo;

    use super::*;

    #[test]
    fn without_the_feature_tls_is_refused_with_its_name() {
        let target = ("localhost", 6379).into_connection_info().unwrap();
        let error = o2_core::Error::from(client(target, &Tls::default()).unwrap_err());
        assert!(error.is(o2_core::ErrorKind::Config), "{error:?}");
        assert!(error.message().contains("'store-redis-tls'"), "{error}");
    }
}
