//! [`Registry`]: charts in a registry of OCI artifacts, by the distribution API.
//!
//! A registry cannot be asked what is in it, so the configuration names the charts. The repository of a chart is named after
//! it, and its tags are versions.

mod blob;
mod challenge;
mod push;
mod token;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use o2_core::ports::Ports;
use o2_core::{Context, Error, ErrorKind, Fault, Result, Timestamp, async_trait};

use super::Found;
use super::source::{Named, Source, SourcePage, find_each};
use crate::dms::helm::chart::{Chart, LARGEST, Metadata, digest, is_name, is_version};
use crate::kit::auth::{Auth, Bearer, Credential};
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};
use crate::kit::lenient::Lenient;
use crate::kit::paging::{Listing, Paging};
use crate::kit::status::{Meaning, StatusMap};
use token::{RegistryAuth, User};
use wire::{Descriptor, MANIFEST, Manifest};

/// The most bytes of a manifest or of a chart's configuration.
const SMALL: usize = 4 << 20;
/// Configurations that are kept. They never change, as their digests are their names.
const MOST_KEPT: usize = 2_000;

/// Who we are to a registry or repository.
#[derive(Debug, Clone)]
pub(crate) enum Login {
    Nobody,
    Password { user: String, password: Credential },
    Token(Credential),
}

/// Charts in a registry.
#[derive(Debug)]
pub(crate) struct Registry {
    client: RestClient,
    ports: Ports,
    /// What comes before the name of a chart: `charts/`, or nothing.
    prefix: String,
    charts: Vec<String>,
    kept: Mutex<BTreeMap<String, Arc<Metadata>>>,
}

impl Registry {
    /// The charts below `prefix` of the registry at `base`, of which `charts` are shown.
    pub(crate) fn new(name: &str, base: BaseUrl, prefix: &str, charts: &[String], login: Login, ports: &Ports) -> Self {
        let plain = RestClient::new(name, base, ports)
            .with_statuses(statuses())
            .with_max_body(SMALL);
        let user = match &login {
            Login::Password { user, password } => Some(User {
                name: user.clone(),
                password: password.clone(),
            }),
            _ => None,
        };
        let auth: Arc<dyn Auth> = match login {
            Login::Token(token) => Arc::new(Bearer::new(token)),
            _ => Arc::new(RegistryAuth::new(plain.clone(), ports, user)),
        };
        let mut charts = charts.to_vec();
        charts.sort();
        charts.dedup();
        Self {
            client: plain.with_auth(auth),
            ports: ports.clone(),
            prefix: prefix.to_owned(),
            charts,
            kept: Mutex::default(),
        }
    }

    /// The repository of a chart.
    fn repository(&self, chart: &str) -> String {
        format!("{}{chart}", self.prefix)
    }

    /// The versions of a chart, in the order of their texts. None when the registry does not have it.
    async fn versions(&self, context: &Context, chart: &str) -> Result<Vec<String>> {
        let endpoint = Endpoint::get("/v2/{name}/tags/list").with_segments("name", &self.repository(chart));
        let paging = Paging::link_header().with_size("n", 1_000);
        let listing = Listing::new(endpoint, paging, "/tags", Lenient::new("tag")).absent_is_empty();
        let tags = match self.client.all::<String>(context, &listing).await {
            Err(error) if error.is(ErrorKind::NotFound) => Vec::new(),
            tags => tags?.items,
        };
        let versions = tags.iter().map(|tag| wire::version(tag));
        let mut versions: Vec<_> = versions.filter(|version| is_version(version)).collect();
        versions.sort();
        versions.dedup();
        Ok(versions)
    }

    /// A manifest by tag or digest, and its own digest. `None` when there is none, or it is not that of a chart.
    async fn manifest(&self, context: &Context, chart: &str, reference: &str) -> Result<Option<(Manifest, String)>> {
        let endpoint = Endpoint::get("/v2/{name}/manifests/{reference}")
            .with_segments("name", &self.repository(chart))
            .with_segment("reference", reference)
            .with_header("accept", MANIFEST);
        let answer = match self.client.send(context, &endpoint).await {
            Err(error) if error.is(ErrorKind::NotFound) => return Ok(None),
            answer => answer?,
        };
        let own = format!("sha256:{}", digest(answer.body()));
        check_digest(answer.headers(), &own)?;
        // An index of images, for instance, is no manifest of a chart, and no mistake either.
        let manifest: Option<Manifest> = serde_json::from_slice(answer.body()).ok();
        let manifest = manifest.filter(|manifest| manifest.content().is_some());
        Ok(manifest.map(|manifest| (manifest, own)))
    }

    /// What a chart says about itself; `None` when that cannot be read.
    async fn metadata(&self, context: &Context, chart: &str, config: &Descriptor) -> Result<Option<Arc<Metadata>>> {
        if let Some(known) = self.kept(|kept| kept.get(&config.digest).cloned()) {
            return Ok(Some(known));
        }
        let content = self.blob(context, &self.repository(chart), config, SMALL).await?;
        let Ok(metadata) = serde_json::from_slice::<Metadata>(&content) else {
            return Ok(None);
        };
        let metadata = Arc::new(metadata);
        self.kept(|kept| {
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
            kept.insert(config.digest.clone(), Arc::clone(&metadata));
        });
        Ok(Some(metadata))
    }

    fn kept<R>(&self, with: impl FnOnce(&mut BTreeMap<String, Arc<Metadata>>) -> R) -> R {
        with(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn found(&self, metadata: &Metadata, manifest: &Manifest, own: String) -> Option<Found> {
        let archive = wire::sha256(&manifest.content()?.digest)?.to_owned();
        let said = |name: &str| manifest.annotations.get(name).map(String::as_str);
        let host = self.client.base().as_str();
        let host = host.split_once("://").map_or(host, |(_, host)| host);
        let (name, version) = (&metadata.name, &metadata.version);
        Some(Found {
            description: said(wire::DESCRIPTION).unwrap_or(&metadata.description).to_owned(),
            digest: archive,
            created: said(wire::CREATED).and_then(|time| Timestamp::parse(time).ok()),
            url: format!("oci://{host}/{}:{}", self.repository(name), wire::tag(version)),
            handle: own,
            metadata: metadata.clone(),
        })
    }
}

/// Checks that what came is what the registry says it is.
fn check_digest(headers: &HeaderMap, own: &str) -> Result<()> {
    let said = headers
        .get("docker-content-digest")
        .and_then(|value| value.to_str().ok());
    match said.filter(|said| wire::sha256(said).is_some()) {
        Some(said) if said != own => Err(tampered()),
        _ => Ok(()),
    }
}

fn tampered() -> Error {
    let message = "the registry gave another content than it was asked for";
    Error::new(ErrorKind::Internal, message).with_fault(Fault::Backend)
}

/// The rows in which registries differ; their codes are those of the distribution specification.
fn statuses() -> StatusMap {
    let mut statuses = StatusMap::new().with_code_at("/errors/*/code");
    for (code, kind) in [
        ("NAME_UNKNOWN", ErrorKind::NotFound),
        ("MANIFEST_UNKNOWN", ErrorKind::NotFound),
        ("BLOB_UNKNOWN", ErrorKind::NotFound),
        ("UNAUTHORIZED", ErrorKind::Unauthenticated),
        ("DENIED", ErrorKind::PermissionDenied),
        ("TOOMANYREQUESTS", ErrorKind::RateLimited),
        ("NAME_INVALID", ErrorKind::InvalidInput),
        ("UNSUPPORTED", ErrorKind::Unsupported),
    ] {
        statuses = statuses.with_code(code, kind);
    }
    // Digests, manifests and sizes are ours.
    for code in ["DIGEST_INVALID", "MANIFEST_INVALID", "SIZE_INVALID"] {
        statuses = statuses.with_code(code, Meaning::of(ErrorKind::InvalidInput).with_fault(Fault::Gateway));
    }
    statuses
}

#[async_trait]
impl Source for Registry {
    async fn page(&self, context: &Context, after: Option<&Named>, limit: usize) -> Result<SourcePage> {
        let mut names: Vec<Named> = Vec::new();
        let begun = |chart: &&String| after.is_none_or(|(last, _)| *chart >= last);
        let mut charts = self.charts.iter().filter(begun);
        for chart in charts.by_ref() {
            let versions = self.versions(context, chart).await?;
            let named = versions.into_iter().map(|version| (chart.clone(), version));
            names.extend(named.filter(|named| after.is_none_or(|after| named > after)));
            if names.len() > limit {
                break;
            }
        }
        let more = names.len() > limit || charts.next().is_some();
        names.truncate(limit);
        let find = |(chart, version): Named| -> futures::future::BoxFuture<'_, _> {
            Box::pin(async move { self.find(context, &chart, &version).await })
        };
        let found = find_each(&names, find).await?;
        let next = names.pop().filter(|_| more);
        Ok(SourcePage { found, next })
    }

    async fn find(&self, context: &Context, chart: &str, version: &str) -> Result<Option<Found>> {
        if !is_name(chart) || !is_version(version) {
            return Ok(None);
        }
        let Some((manifest, own)) = self.manifest(context, chart, &wire::tag(version)).await? else {
            return Ok(None);
        };
        let Some(metadata) = self.metadata(context, chart, &manifest.config).await? else {
            return Ok(None);
        };
        if metadata.name != chart || metadata.version != version {
            tracing::debug!(
                chart,
                version,
                "a tag of a registry is not that of the chart it is named after"
            );
            return Ok(None);
        }
        Ok(self.found(&metadata, &manifest, own))
    }

    async fn fetch(&self, context: &Context, package: &Found) -> Result<Bytes> {
        let archive = Descriptor {
            media_type: wire::CONTENT.to_owned(),
            digest: format!("sha256:{}", package.digest),
            size: 0,
        };
        let repository = self.repository(&package.metadata.name);
        self.blob(context, &repository, &archive, LARGEST).await
    }

    fn is_writable(&self) -> bool {
        true
    }

    async fn store(&self, context: &Context, chart: &Chart, description: &str) -> Result<()> {
        self.push(context, chart, description).await
    }

    async fn delete(&self, context: &Context, package: &Found) -> Result<()> {
        let endpoint = Endpoint::delete("/v2/{name}/manifests/{digest}")
            .with_segments("name", &self.repository(&package.metadata.name))
            .with_segment("digest", &package.handle);
        self.client.call(context, &endpoint).await
    }
}
