//! [`IndexRepository`]: a repository as Helm has had them from the beginning, `index.yaml` and archives behind URLs; and the
//! same with an API for uploads, as ChartMuseum has it.

mod document;
mod museum;

use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use http::header::ETAG;
use o2_core::ports::Ports;
use o2_core::{Context, Error, ErrorKind, Fault, Result, async_trait};
use url::Url;

use super::Found;
use super::oci::Login;
use super::source::{Named, Source, SourcePage};
use crate::dms::helm::chart::{Chart, LARGEST};
use crate::kit::auth::{Auth, Basic, Bearer, NoAuth};
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};
use document::Index;
use museum::Museum;

/// Charts in a repository with an index.
#[derive(Debug)]
pub(crate) struct IndexRepository {
    client: RestClient,
    ports: Ports,
    /// The most bytes of the index.
    largest: usize,
    museum: Option<Museum>,
    known: Mutex<Option<Known>>,
}

/// The index as it was read last. It is asked for each time; the repository says whether it is still the same.
#[derive(Debug, Clone)]
struct Known {
    mark: String,
    index: Arc<Index>,
}

/// The credentials, as every request shows them.
fn auth(login: Login) -> Arc<dyn Auth> {
    match login {
        Login::Nobody => Arc::new(NoAuth),
        Login::Password { user, password } => Arc::new(Basic::new(user, password)),
        Login::Token(token) => Arc::new(Bearer::new(token)),
    }
}

impl IndexRepository {
    /// The repository at `base`; with the API at `api`, if it has one.
    pub(crate) fn new(
        name: &str,
        base: BaseUrl,
        api: Option<BaseUrl>,
        login: Login,
        largest: usize,
        ports: &Ports,
    ) -> Self {
        let client = RestClient::new(name, base, ports)
            .with_auth(auth(login))
            .with_header(http::header::ACCEPT, http::HeaderValue::from_static("*/*"));
        let museum = api.map(|api| Museum::new(client.at(api)));
        Self {
            client: client.with_max_body(largest),
            ports: ports.clone(),
            largest,
            museum,
            known: Mutex::default(),
        }
    }

    async fn index(&self, context: &Context) -> Result<Arc<Index>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut endpoint = Endpoint::get("/index.yaml").expecting([200, 304]);
        if let Some(known) = &known {
            endpoint = endpoint.with_header("if-none-match", &known.mark);
        }
        let answer = match self.client.send(context, &endpoint).await {
            // An address without an index is not an empty repository.
            Err(error) if error.is(ErrorKind::NotFound) => {
                return Err(self.odd("has no index.yaml", &error.to_string()));
            }
            answer => answer?,
        };
        if let (Some(known), StatusCode::NOT_MODIFIED) = (known, answer.status()) {
            return Ok(known.index);
        }
        let text =
            std::str::from_utf8(answer.body()).map_err(|_| self.odd("has an index.yaml that is not UTF-8", ""))?;
        let index = Index::read(text, self.largest, self.client.base())
            .map_err(|reason| self.odd("has an index.yaml that cannot be read", &reason))?;
        let index = Arc::new(index);
        let mark = answer.headers().get(ETAG).and_then(|mark| mark.to_str().ok());
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = mark.map(|mark| Known {
            mark: mark.to_owned(),
            index: Arc::clone(&index),
        });
        Ok(index)
    }

    fn odd(&self, what: &str, detail: &str) -> Error {
        let message = format!("the repository '{}' {what}", self.client.backend());
        Error::new(ErrorKind::Internal, message)
            .with_fault(Fault::Backend)
            .with_detail(detail)
    }

    fn museum(&self) -> Result<&Museum> {
        self.museum.as_ref().ok_or_else(|| {
            let message = format!("the repository '{}' is only read", self.client.backend());
            Error::new(ErrorKind::Unsupported, message)
        })
    }
}

#[async_trait]
impl Source for IndexRepository {
    async fn page(&self, context: &Context, after: Option<&Named>, limit: usize) -> Result<SourcePage> {
        let index = self.index(context).await?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = index.charts.range::<Named, _>((from, Bound::Unbounded));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let next = rest.next().and(page.last()).map(|(named, _)| (*named).clone());
        let found = page.into_iter().map(|(_, found)| found.clone()).collect();
        Ok(SourcePage { found, next })
    }

    async fn find(&self, context: &Context, chart: &str, version: &str) -> Result<Option<Found>> {
        let index = self.index(context).await?;
        Ok(index.charts.get(&(chart.to_owned(), version.to_owned())).cloned())
    }

    async fn fetch(&self, context: &Context, package: &Found) -> Result<Bytes> {
        let place = Url::parse(&package.handle).map_err(|_| self.odd("has an archive behind no URL", ""))?;
        let origin = BaseUrl::parse("url", &place.origin().ascii_serialization());
        let origin = origin.map_err(|_| self.odd("has an archive behind no http URL", ""))?;
        // Credentials for the repository are not shown to others.
        let own = origin.as_str() == self.client.base().origin().as_str();
        let client = if own {
            self.client.clone()
        } else {
            RestClient::new(self.client.backend(), origin, &self.ports)
        };
        let answer = client
            .with_max_body(LARGEST)
            .send(context, &Endpoint::follow(place.as_str()))
            .await;
        match answer {
            Err(error) if error.is(ErrorKind::NotFound) => Err(self.odd("does not have an archive of its index", "")),
            answer => Ok(answer?.into_body()),
        }
    }

    fn is_writable(&self) -> bool {
        self.museum.is_some()
    }

    async fn store(&self, context: &Context, chart: &Chart, _: &str) -> Result<()> {
        self.museum()?.store(context, chart).await
    }

    async fn delete(&self, context: &Context, package: &Found) -> Result<()> {
        self.museum()?
            .delete(context, &package.metadata.name, &package.metadata.version)
            .await
    }
}
