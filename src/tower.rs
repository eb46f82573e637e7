//! The gateway as a `tower_service::Service`, for axum, hyper and everything else that speaks it.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};

use crate::Gateway;
use crate::gateway::Inner;

/// Request extension: the body was longer than [`Gateway::max_body`], and the rest of it was not read.
#[derive(Debug, Clone, Copy)]
pub struct TooLarge;

/// Request extension: the body could not be read to its end.
#[derive(Debug, Clone, Copy)]
pub struct CutOff;

/// Request extension: the body did not arrive in the time a request may take.
#[derive(Debug, Clone, Copy)]
pub struct TooSlow;

/// Serves requests with any kind of body. Reads at most [`Gateway::max_body`] bytes of it, however it is encoded.
///
/// ```no_run
/// # #[cfg(feature = "rt-tokio")]
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = o2::Gateway::builder().build()?;
/// let app = axum::Router::new().fallback_service(gateway.service());
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// axum::serve(listener, app).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct GatewayService(Gateway);

impl Gateway {
    /// The gateway as a `tower_service::Service`.
    #[must_use]
    pub fn service(&self) -> GatewayService {
        GatewayService(self.clone())
    }
}

impl<B> tower_service::Service<Request<B>> for GatewayService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let gateway = self.0.clone();
        Box::pin(async move {
            let request = read(request, &gateway.0).await;
            Ok(gateway.handle(request).await.map(Full::new))
        })
    }
}

async fn read<B>(request: Request<B>, gateway: &Inner) -> Request<Bytes>
where
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    let whole = Limited::new(body, gateway.max_body).collect();
    let body = match gateway.clock.within(gateway.request_timeout, whole).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) => {
            if error.is::<LengthLimitError>() {
                parts.extensions.insert(TooLarge);
            } else {
                parts.extensions.insert(CutOff);
            }
            Bytes::new()
        }
        Err(_) => {
            parts.extensions.insert(TooSlow);
            Bytes::new()
        }
    };
    Request::from_parts(parts, body)
}
