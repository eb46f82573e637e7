//! [`ReqwestClient`]: the [`HttpClient`] port on reqwest and rustls.
//!
//! It follows no redirects, keeps no cookies, repeats nothing and looks at no environment unless it is told to. Bodies are
//! cut off at the limit of the request while they are read, and errors say whether anything was sent.

mod body;
mod failure;
mod options;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, Result};
use reqwest::redirect::{Attempt, Policy};

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
pub struct ReqwestClient(reqwest::Client);

impl ReqwestClient {
    /// A client with these options. Nothing is connected yet.
    ///
    /// # Errors
    /// `Config` naming the option that is wrong: a certificate or key that cannot be read, a proxy that is no URL, no root
    /// certificates on this machine.
    pub fn new(options: &HttpOptions) -> Result<Self> {
        let redirects = options.redirects;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(options)?)
            .redirect(Policy::custom(move |attempt| follow(attempt, redirects)))
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.idle_timeout)
            .pool_max_idle_per_host(options.idle_per_host);
        match &options.proxy {
            Proxy::None => builder = builder.no_proxy(),
            Proxy::Environment => {}
            Proxy::Through(proxy) => builder = builder.no_proxy().proxy(proxy.build()?),
        }
        let client = builder.build().map_err(|error| {
            let error = error.without_url();
            Error::config("the HTTP client cannot be built with its options").with_source(error)
        })?;
        Ok(Self(client))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (timeout, limit) = (request.timeout, request.max_body);
        let is_head = request.request.method() == http::Method::HEAD;
        let mut outbound = outbound(request.request)?;
        *outbound.timeout_mut() = Some(timeout);
        let mut response = self.0.execute(outbound).await.map_err(failure::without_response)?;
        let mut inbound = http::Response::new(Bytes::new());
        *inbound.status_mut() = response.status();
        *inbound.version_mut() = response.version();
        *inbound.headers_mut() = std::mem::take(response.headers_mut());
        if !is_head {
            *inbound.body_mut() = body::read(response, limit).await?;
        }
        Ok(inbound)
    }
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
