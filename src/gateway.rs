//! [`Gateway`]: the one object a host mounts. [`Gateway::handle`] is the path of a request:
//!
//! identity → rate limit → route → permission → body → idempotency → handler → response.

use std::fmt;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::header::{ALLOW, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use o2_core::admin::Directory;
use o2_core::collect::Collectors;
use o2_core::federation::Federation;
use o2_core::http::{Exchange, Idempotency, Located, Mount, Reply, RouteInfo, Start, consistency, problem};
use o2_core::identity::{IdentitySource, Principal, RequestHead};
use o2_core::metrics::{Metrics, RouteMetrics};
use o2_core::plugin::ObservabilityPlugin;
use o2_core::ports::Clock;
use o2_core::query::{PageLimits, Params};
use o2_core::{Context, Error, ErrorKind, Fault, Result, Retry};
use o2_dms::DmsService;
use o2_ims::ImsService;
use o2_smo::SmoService;

use crate::GatewayBuilder;
use crate::notifications::Notifications;
use crate::rate_limit::RateLimit;
use crate::refusal;
use crate::request_id::{REQUEST_ID, RequestIds};
use crate::route_metrics::RouteMetricsTable;

/// An O2 gateway. Cheap to clone; clones are the same gateway.
///
/// ```
/// # #[cfg(feature = "rt-tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use bytes::Bytes;
/// let gateway = o2::Gateway::builder().build()?;
/// let request = http::Request::get("/o2ims/v1/resourcePools").body(Bytes::new()).unwrap();
/// let response = gateway.handle(request).await;
/// assert_eq!(response.status(), 200);
/// # Ok::<(), o2::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Gateway(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) mounts: Vec<Arc<dyn Mount>>,
    pub(crate) directories: Vec<Arc<dyn Directory>>,
    pub(crate) ims: Arc<ImsService>,
    pub(crate) dms: Arc<DmsService>,
    pub(crate) smo: Arc<SmoService>,
    pub(crate) observability: Arc<Federation<dyn ObservabilityPlugin>>,
    pub(crate) identity: Arc<dyn IdentitySource>,
    pub(crate) rate_limit: RateLimit,
    pub(crate) idempotency: Idempotency,
    pub(crate) notifications: Arc<Notifications>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
    pub(crate) route_metrics: RouteMetricsTable,
    pub(crate) request_ids: RequestIds,
    pub(crate) page_limits: PageLimits,
    pub(crate) max_body: usize,
    pub(crate) request_timeout: Duration,
    /// How old answers may be when the client does not say.
    pub(crate) max_age: Duration,
    /// `None` when nothing is to be collected.
    pub(crate) collectors: Option<Arc<Collectors>>,
}

/// A request on its way. What has been taken out of it is empty afterwards.
struct Incoming {
    head: Parts,
    body: Bytes,
    id: Box<str>,
    started: Duration,
}

impl Gateway {
    /// Builds a gateway from configuration and ports.
    #[must_use]
    pub fn builder() -> GatewayBuilder {
        GatewayBuilder::new()
    }

    /// Serves one request. Never fails: whatever goes wrong becomes a problem document.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let gateway = &*self.0;
        let started = gateway.clock.monotonic();
        let (head, body) = request.into_parts();
        let mut incoming = Incoming {
            id: gateway.request_ids.of(&head.headers),
            head,
            body,
            started,
        };

        let (mut response, metrics) = gateway.serve(&mut incoming).await;
        if incoming.head.method == Method::HEAD {
            strip_body(&mut response);
        }
        if let Ok(id) = HeaderValue::from_str(&incoming.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        metrics.record(
            &incoming.head.method,
            response.status(),
            gateway.clock.monotonic().saturating_sub(started),
        );
        response
    }

    /// Infrastructure management without HTTP.
    #[must_use]
    pub fn ims(&self) -> &Arc<ImsService> {
        &self.0.ims
    }

    /// Deployment management without HTTP.
    #[must_use]
    pub fn dms(&self) -> &Arc<DmsService> {
        &self.0.dms
    }

    /// Integration with the orchestrator above, without HTTP.
    #[must_use]
    pub fn smo(&self) -> &Arc<SmoService> {
        &self.0.smo
    }

    /// The systems that keep metrics, traces and logs.
    #[must_use]
    pub fn observability(&self) -> &Arc<Federation<dyn ObservabilityPlugin>> {
        &self.0.observability
    }

    /// The most bytes of a request body; hosts that read bodies themselves stop there.
    #[must_use]
    pub fn max_body(&self) -> usize {
        self.0.max_body
    }

    /// The metrics, to render or to add to.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("mounts", &self.0.mounts)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Finds the route, and answers with what it says, or with a problem.
    async fn serve(&self, incoming: &mut Incoming) -> (Response<Bytes>, RouteMetrics) {
        let located = match self.locate(incoming.head.uri.path()) {
            Ok(located) => located,
            Err(error) => return (problem::respond(&error, &incoming.id), self.route_metrics.unmatched()),
        };
        let method = &incoming.head.method;
        let route = located.as_ref().and_then(|located| located.route(method));
        let info = located.as_ref().zip(route).map(|(located, route)| located.info(route));
        let metrics = match (&located, route) {
            (Some(located), Some(route)) => self.route_metrics.of(located.template(route)),
            _ => self.route_metrics.unmatched(),
        };
        let principal = match self.admit(incoming, info).await {
            Ok(principal) => principal,
            Err(error) => return (problem::respond(&error, &incoming.id), metrics),
        };
        let response = match (located, route) {
            (None, _) => refusal::of_path(incoming.head.uri.path())
                .with_request_id(&incoming.id)
                .into_response(),
            (Some(located), None) if *method == Method::OPTIONS => options(&located),
            (Some(located), None) => problem::method_not_allowed(method, &located.allow(), &incoming.id),
            (Some(located), Some(route)) => self.answer(incoming, located, route, principal).await,
        };
        (response, metrics)
    }

    fn locate(&self, path: &str) -> Result<Option<Located<'_>>> {
        for mount in &self.mounts {
            if let Some(located) = mount.locate(path)? {
                return Ok(Some(located));
            }
        }
        Ok(None)
    }

    /// Who asks, if the gateway answers them now. Public routes are for everybody.
    async fn admit(&self, incoming: &Incoming, info: Option<&RouteInfo>) -> Result<Arc<Principal>> {
        if info.is_some_and(|info| info.public) {
            return Ok(Principal::system());
        }
        let ends = incoming.started + self.request_timeout;
        let identify = async { self.identity.identify(RequestHead::of(&incoming.head)).await };
        let principal = self.guarded("the source of identities", ends, identify).await?;
        self.rate_limit.admit(&principal, incoming.started)?;
        match info {
            Some(info) if !principal.may(info.operation) => Err(refusal::of_permission(info)),
            _ => Ok(principal),
        }
    }

    async fn answer(
        &self,
        incoming: &mut Incoming,
        mut located: Located<'_>,
        route: usize,
        principal: Arc<Principal>,
    ) -> Response<Bytes> {
        let info = located.info(route);
        let (longest, timeout) = (self.max_body, self.request_timeout);
        if let Some(problem) = refusal::of_body(info, &incoming.head, &incoming.body, longest, timeout) {
            return problem.with_request_id(&incoming.id).into_response();
        }
        let ends = incoming.started + timeout;
        let exchange = self.exchange(incoming, &mut located, info, principal);
        let context = exchange.as_ref().ok().map(|exchange| exchange.context.clone());
        let result = match exchange {
            Ok(exchange) if info.method == Method::POST => self.once(&located, route, exchange, ends).await,
            Ok(exchange) => self.call(&located, route, exchange, ends).await,
            Err(error) => Err(error),
        };
        let mut response = match result {
            Ok(reply) => reply.with_freshness_of(context.as_ref()).into_response(),
            Err(error) => self.problem(&error.with_operation(info.operation), &incoming.id),
        };
        if let Some(deprecation) = info.deprecation {
            deprecation.write(response.headers_mut());
        }
        response
    }

    /// What the handler gets to know. It is taken out of `incoming` and `located`, not copied.
    fn exchange(
        &self,
        incoming: &mut Incoming,
        located: &mut Located<'_>,
        info: &RouteInfo,
        principal: Arc<Principal>,
    ) -> Result<Exchange> {
        let head = &mut incoming.head;
        let params = Params::parse(head.uri.query().unwrap_or(""))?;
        let mut context = Context::for_principal(incoming.id.clone(), principal)
            .with_consistency(consistency(&head.headers, self.max_age))
            .with_deadline(incoming.started + self.time_for_plugins());
        if let Some(trace) = head.headers.get("traceparent").and_then(|value| value.to_str().ok()) {
            context = context.with_trace_parent(trace);
        }
        let mut exchange = Exchange::new(context, located.version, Arc::clone(&located.root));
        exchange.path = mem::take(&mut located.path);
        exchange.params = params;
        exchange.headers = mem::take(&mut head.headers);
        exchange.body = mem::take(&mut incoming.body);
        exchange.target = mem::take(&mut head.uri);
        exchange.page_limits = self.page_limits;
        refusal::of_params(info, &exchange)?;
        Ok(exchange)
    }

    /// What a request waits for ends a little before the request has to, so that there is time to say what is missing:
    /// a list of several plugins is answered without the one that hangs.
    fn time_for_plugins(&self) -> Duration {
        const TO_ANSWER: Duration = Duration::from_secs(1);
        self.request_timeout - TO_ANSWER.min(self.request_timeout / 10)
    }

    /// Serves a `POST`, or answers as it was answered before under the same idempotency key.
    async fn once(&self, located: &Located<'_>, route: usize, exchange: Exchange, ends: Duration) -> Result<Reply> {
        let target = exchange.target.to_string();
        let start = async {
            let (context, headers) = (&exchange.context, &exchange.headers);
            self.idempotency.start(context, headers, &target, &exchange.body).await
        };
        let claim = match self.guarded("the store of idempotency keys", ends, start).await? {
            Start::Replay(reply) => return Ok(*reply),
            Start::First(claim) => claim,
            _ => return self.call(located, route, exchange, ends).await,
        };
        let result = self.call(located, route, exchange, ends).await;
        let end = async {
            match &result {
                Ok(reply) => self.idempotency.finish(claim, reply).await,
                // Something may have happened. The key stays taken for as long as a request may take.
                Err(error) if error.retry() == Retry::IfIdempotent => Ok(()),
                // Whoever repeats a request that was refused may have a better one under the same key.
                Err(_) => self.idempotency.abandon(claim).await,
            }
        };
        // What has been done is answered, also when nobody will remember it.
        if let Err(error) = self.guarded("the store of idempotency keys", ends, end).await {
            tracing::warn!(%error, detail = error.detail(), "the answer is not kept for those who repeat the request");
        }
        result
    }

    fn call<'a>(
        &'a self,
        located: &Located<'a>,
        route: usize,
        exchange: Exchange,
        ends: Duration,
    ) -> impl Future<Output = Result<Reply>> + Send + 'a {
        self.guarded("the handler", ends, located.call(route, exchange))
    }

    /// Runs a part of a request that ends at `ends` at the latest. A panic is an error.
    async fn guarded<T>(&self, part: &str, ends: Duration, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match self.clock.until(ends, AssertUnwindSafe(work).catch_unwind()).await {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::internal(format!("{part} panicked"))),
            None => {
                let message = format!("the request took longer than {} s", self.request_timeout.as_secs_f64());
                Err(Error::new(ErrorKind::Timeout, message).with_detail(format!("{part} did not end")))
            }
        }
    }

    /// The problem document of an error. What only the operator may see goes to the log; errors of plugins are there
    /// already.
    fn problem(&self, error: &Error, id: &str) -> Response<Bytes> {
        if error.fault() == Fault::Gateway && error.plugin().is_none() {
            tracing::error!(request_id = id, %error, detail = error.detail(), "request failed");
        }
        problem::respond(error, id)
    }
}

fn options(located: &Located<'_>) -> Response<Bytes> {
    Reply::empty(StatusCode::NO_CONTENT)
        .with_header(ALLOW, &located.allow())
        .into_response()
}

/// What `HEAD` answers: everything but the body.
fn strip_body(response: &mut Response<Bytes>) {
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_LENGTH, length);
    *response.body_mut() = Bytes::new();
}
