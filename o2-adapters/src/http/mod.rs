//! [`ReqwestClient`]: the [`HttpClient`] port on reqwest and rustls.
//!
//! It follows no redirects, keeps no cookies, repeats nothing and looks at no environment unless it is told to. Bodies are
//! cut off at the limit of the request while they are read, and errors say whether anything was sent.
//!
//! Requests that carry an [`EgressPolicy`](o2_core::webhook::egress::EgressPolicy) have clients of their own, which resolve
//! names once, drop the addresses that are denied and connect to the others.

mod body;
mod failure;
mod guarded;
mod lookup;
mod options;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, Result};
use reqwest::ClientBuilder;
use reqwest::redirect::{Attempt, Policy};
use rustls::ClientConfig;

use body::Longer;
use guarded::Guarded;
use lookup::Lookup;
pub use options::{ClientCertificate, HttpOptions, Proxy, Roots};

/// An HTTP client with a pool of connections, for the runtime of tokio. Cheap to clone; clones share the pool.
///
/// ```
/// use std::sync::Arc;
/// use o2_adapters::http::{HttpOptions, ReqwestClient, Roots};
/// # fn ports(clock: Arc<dyn o2_core::ports::Clock>, authority: String) -> o2_core::Result<o2_core::ports::Ports> {
/// let options = HttpOptions::default().with_roots(Roots::Only(authority));
/// let http = ReqwestClient::new(&options)?;
/// # Ok(
/// o2_core::ports::Ports::new(clock).with_http(Arc::new(http))
/// # )
/// # }
/// ```
#[derive(Clone)]
pub struct ReqwestClient(Arc<Clients>);

struct Clients {
    /// For targets that the configuration names.
    own: reqwest::Client,
    /// For targets that somebody else has chosen.
    guarded: Guarded,
}

impl ReqwestClient {
    /// A client with these options. Nothing is connected yet.
    ///
    /// # Errors
    /// `Config` naming the option that is wrong: a certificate or key that cannot be read, a proxy that is no URL, no root
    /// certificates on this machine.
    pub fn new(options: &HttpOptions) -> Result<Self> {
        Self::resolving(options, lookup::system())
    }

    /// A client whose guarded requests find addresses in this way.
    fn resolving(options: &HttpOptions, lookup: Lookup) -> Result<Self> {
        let tls = tls::config(options)?;
        let redirects = options.redirects;
        let mut builder =
            builder(options, tls.clone()).redirect(Policy::custom(move |attempt| follow(attempt, redirects)));
        match &options.proxy {
            Proxy::None => builder = builder.no_proxy(),
            Proxy::Environment => {}
            Proxy::Through(proxy) => builder = builder.no_proxy().proxy(proxy.build()?),
        }
        Ok(Self(Arc::new(Clients {
            own: build(builder)?,
            guarded: Guarded::new(options, tls, lookup)?,
        })))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse> {
        let limit = request.max_body;
        let longer = if request.cut_body { Longer::Cut } else { Longer::Refuse };
        let is_head = request.request.method() == http::Method::HEAD;
        let mut outbound = outbound(request.request)?;
        *outbound.timeout_mut() = Some(request.timeout);
        let client = match &request.egress {
            Some(policy) => self.0.guarded.client(policy, outbound.url())?,
            None => self.0.own.clone(),
        };
        let mut response = client.execute(outbound).await.map_err(failure::without_response)?;
        let mut inbound = http::Response::new(Bytes::new());
        *inbound.status_mut() = response.status();
        *inbound.version_mut() = response.version();
        *inbound.headers_mut() = std::mem::take(response.headers_mut());
        if !is_head {
            *inbound.body_mut() = body::read(response, limit, longer).await?;
        }
        Ok(inbound)
    }
}

/// What all clients have in common.
fn builder(options: &HttpOptions, tls: ClientConfig) -> ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .referer(false)
        .retry(reqwest::retry::never())
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.idle_timeout)
        .pool_max_idle_per_host(options.idle_per_host)
}

fn build(builder: ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| {
        let error = error.without_url();
        Error::config("the HTTP client cannot be built with its options").with_source(error)
    })
}

/// The request in reqwest's words.
fn outbound(request: http::Request<Bytes>) -> Result<reqwest::Request> {
    let has_user = request
        .uri()
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'));
    if has_user {
        return Err(Error::internal(
            "the URL of a request must not hold a user or a password",
        ));
    }
    let request = request.map(|body| {
        if body.is_empty() {
            reqwest::Body::default()
        } else {
            body.into()
        }
    });
    reqwest::Request::try_from(request)
        .map_err(|error| Error::internal("a request cannot be sent").with_source(error.without_url()))
}

/// Follows so many redirects to the same origin; another origin gets neither our headers nor our trust.
fn follow(attempt: Attempt<'_>, most: usize) -> reqwest::redirect::Action {
    let origin = attempt.previous().first().map(reqwest::Url::origin);
    let same = origin.is_some_and(|origin| origin == attempt.url().origin());
    if same && attempt.previous().len() <= most {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

impl HttpClient for ReqwestClient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        self.exchange(request).boxed()
    }
}

impl fmt::Debug for ReqwestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestClient")
    }
}
