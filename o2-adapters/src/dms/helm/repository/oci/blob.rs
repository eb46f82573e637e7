//! Reading blobs. Registries that keep them elsewhere say where, and credentials for the registry are not shown there.

use bytes::Bytes;
use http::header::LOCATION;
use o2_core::ports::HttpResponse;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use url::Url;

use super::wire::{self, Descriptor};
use super::{Registry, tampered};
use crate::dms::helm::chart::digest;
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};

const SENT_ELSEWHERE: [u16; 5] = [301, 302, 303, 307, 308];
/// How often one is sent elsewhere at most.
const HOPS: usize = 3;

impl Registry {
    /// A blob, which is what its digest says.
    pub(super) async fn blob(
        &self,
        context: &Context,
        repository: &str,
        wanted: &Descriptor,
        limit: usize,
    ) -> Result<Bytes> {
        let Some(digits) = wire::sha256(&wanted.digest) else {
            let message = "the registry names a content by a digest that cannot be verified";
            return Err(Error::new(ErrorKind::Unsupported, message).with_fault(Fault::Backend));
        };
        let endpoint = Endpoint::get("/v2/{name}/blobs/{digest}")
            .with_segments("name", repository)
            .with_segment("digest", &wanted.digest)
            .expecting([200].into_iter().chain(SENT_ELSEWHERE));
        let client = self.client.clone().with_max_body(limit);
        let mut answer = client.send(context, &endpoint).await?;
        let mut from = client.base().as_str().to_owned();
        for _ in 0..HOPS {
            let Some(place) = sent_to(&answer, &from)? else {
                break;
            };
            answer = self.elsewhere(context, &place, limit).await?;
            from = place.into();
        }
        if !answer.status().is_success() {
            return Err(odd("sends on and on"));
        }
        if digest(answer.body()) != digits {
            return Err(tampered());
        }
        Ok(answer.into_body())
    }

    async fn elsewhere(&self, context: &Context, place: &Url, limit: usize) -> Result<HttpResponse> {
        let origin = place.origin().ascii_serialization();
        let base = BaseUrl::parse("location", &origin).map_err(|_| odd("sends to what is no server"))?;
        let endpoint = Endpoint::follow(place.as_str()).expecting([200].into_iter().chain(SENT_ELSEWHERE));
        let client = RestClient::new(self.client.backend(), base, &self.ports).with_max_body(limit);
        client.send(context, &endpoint).await
    }
}

/// Where an answer sends us; `None` when it does not. From TLS nobody is sent into the open.
fn sent_to(answer: &HttpResponse, from: &str) -> Result<Option<Url>> {
    if answer.status().is_success() {
        return Ok(None);
    }
    let place = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    let place = place.and_then(|place| Url::parse(from).and_then(|from| from.join(place)).ok());
    let place = place.ok_or_else(|| odd("sends to nowhere"))?;
    let safe = match place.scheme() {
        "https" => true,
        "http" => from.starts_with("http:"),
        _ => false,
    };
    let bare = place.username().is_empty() && place.password().is_none();
    if safe && bare {
        Ok(Some(place))
    } else {
        Err(odd("sends to where nobody should go"))
    }
}

fn odd(what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the registry {what} for a content")).with_fault(Fault::Backend)
}
