//! [`Faults`]: a client whose server gets into trouble when a test says so, whatever server it is.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::{BoxFuture, Either, FutureExt, pending, select};
use futures::stream::{self, StreamExt};
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kube::Client;
use kube::client::Body;
use o2_testkit::conformance::Trouble;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower_service::Service;

/// Brings trouble upon the clients that it made.
#[derive(Clone)]
pub(crate) struct Faults {
    trouble: Arc<watch::Sender<Option<Trouble>>>,
}

impl Faults {
    pub(crate) fn new() -> Self {
        Self {
            trouble: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Brings trouble, or ends it. Whether it can.
    pub(crate) fn bring(&self, trouble: Option<Trouble>) -> bool {
        self.trouble.send_replace(trouble);
        trouble != Some(Trouble::Forgetful)
    }

    /// A client of the same server that gets into this trouble.
    pub(crate) fn around(&self, client: Client) -> Client {
        let namespace = client.default_namespace().to_owned();
        let faulty = Faulty {
            client,
            faults: self.clone(),
        };
        Client::new(faulty, namespace)
    }
}

struct Faulty {
    client: Client,
    faults: Faults,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Answered = Response<UnsyncBoxBody<Bytes, Failure>>;
type Answer = Result<Answered, Failure>;

impl Service<Request<Body>> for Faulty {
    type Response = Answered;
    type Error = Failure;
    type Future = BoxFuture<'static, Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let trouble = self.faults.trouble.subscribe();
        answer(self.client.clone(), trouble, request).boxed()
    }
}

async fn answer(client: Client, trouble: watch::Receiver<Option<Trouble>>, request: Request<Body>) -> Answer {
    let watches = request.uri().query().is_some_and(|query| query.contains("watch=true"));
    let lists =
        request.method() == http::Method::GET && request.uri().query().is_some_and(|query| query.contains("limit="));
    let now = *trouble.borrow();
    match now {
        Some(Trouble::Down) => Err(io::Error::from(io::ErrorKind::ConnectionRefused).into()),
        Some(Trouble::Denied) => Ok(unauthorized()),
        Some(Trouble::Hanging) => pending().await,
        Some(Trouble::OddObject) if lists && !watches => with_odd_object(client.send(request).await?).await,
        _ if watches => Ok(breakable(client.send(request).await?, trouble)),
        _ => Ok(client
            .send(request)
            .await?
            .map(|body| body.map_err(Failure::from).boxed_unsync())),
    }
}

fn unauthorized() -> Answered {
    let status = json!({"kind": "Status", "status": "Failure", "code": 401, "reason": "Unauthorized", "message": "Unauthorized"});
    let mut response = Response::new(whole(&status));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

fn whole(value: &Value) -> UnsyncBoxBody<Bytes, Failure> {
    Full::new(Bytes::from(value.to_string()))
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The list, with one object more whose shape nobody knows.
async fn with_odd_object(response: Response<Body>) -> Answer {
    if !response.status().is_success() {
        return Ok(response.map(|body| body.map_err(Failure::from).boxed_unsync()));
    }
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let mut list: Value = serde_json::from_slice(&bytes)?;
    if let Some(items) = list["items"].as_array_mut() {
        let metadata = json!({"name": "odd", "uid": "odd", "resourceVersion": "1"});
        items.insert(
            0,
            json!({"metadata": metadata, "spec": "odd", "status": 7, "data": [3], "provisioner": {}}),
        );
    }
    parts.headers.remove(http::header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, whole(&list)))
}

/// A watch that ends when the server is down or does not know us any more.
fn breakable(response: Response<Body>, trouble: watch::Receiver<Option<Trouble>>) -> Answered {
    response.map(|body| {
        let frames = body.into_data_stream();
        let stream = stream::unfold(Some((frames, trouble)), |state| async move {
            let (mut frames, mut trouble) = state?;
            let item = {
                let broken = async {
                    let ends = |trouble: &Option<Trouble>| matches!(trouble, Some(Trouble::Down | Trouble::Denied));
                    if trouble.wait_for(ends).await.is_err() {
                        pending::<()>().await;
                    }
                };
                match select(Box::pin(frames.next()), Box::pin(broken)).await {
                    Either::Left((item, _)) => Some(item?.map_err(io::Error::other)),
                    Either::Right(_) => None,
                }
            };
            match item {
                Some(item) => Some((item, Some((frames, trouble)))),
                None => Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None)),
            }
        });
        let frames = stream.map(|bytes: io::Result<Bytes>| bytes.map(Frame::data).map_err(Failure::from));
        BodyExt::boxed_unsync(StreamBody::new(frames))
    })
}
