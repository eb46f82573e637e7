//! The server as a tower service, so that `kube::Client::new` and others take it as it is.

use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures::future::{BoxFuture, poll_fn};
use http::{Request, Response};
use tower_service::Service;

use super::body::Body;
use super::server::ApiServer;

impl<B> Service<Request<B>> for ApiServer
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = collect(body).await?;
            server.handle(Request::from_parts(head, body)).await
        })
    }
}

async fn collect<B>(body: B) -> io::Result<Bytes>
where
    B: http_body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut body = pin!(body);
    let mut all = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::as_mut(&mut body).poll_frame(context)).await {
        if let Ok(mut data) = frame.map_err(io::Error::other)?.into_data() {
            all.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
    }
    Ok(all.into())
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn clients_that_take_services_take_it() {
        let mut server = ApiServer::new();
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}});
        let request = Request::post("https://cluster.test/api/v1/nodes").body(Body::whole(node.to_string()));
        let response = block_on(server.call(request.unwrap())).unwrap();
        assert_eq!(response.status(), 201);
        let body = block_on(collect(response.into_body())).unwrap();
        let created: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(created["metadata"]["name"], "a");
    }
}
