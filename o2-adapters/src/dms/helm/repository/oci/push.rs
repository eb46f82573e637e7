//! Storing charts: two blobs, and the manifest that makes them visible. So half a push is nothing that anybody sees.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use http::header::LOCATION;
use o2_core::{Context, Error, ErrorKind, Fault, Result};

use super::Registry;
use super::wire::{self, CONFIG, CONTENT, CREATED, DESCRIPTION, Descriptor, MANIFEST, Manifest, TITLE, VERSION};
use crate::dms::helm::chart::{Chart, digest};
use crate::kit::endpoint::Endpoint;

impl Registry {
    pub(super) async fn push(&self, context: &Context, chart: &Chart, description: &str) -> Result<()> {
        let name = &chart.metadata.name;
        if name.chars().any(|c| c.is_ascii_uppercase()) {
            let reason = "registries take only charts whose names are in lower case";
            return Err(Error::violation("content", reason));
        }
        let repository = self.repository(name);
        let config = serde_json::to_vec(&chart.metadata)
            .map_err(|source| Error::internal("what a chart says cannot be written").with_source(source))?;
        let layer = self
            .put_blob(context, &repository, CONTENT, chart.archive.clone())
            .await?;
        let config = self.put_blob(context, &repository, CONFIG, config.into()).await?;
        let manifest = Manifest {
            schema_version: 2,
            media_type: MANIFEST.to_owned(),
            config,
            layers: vec![layer],
            annotations: self.annotations(chart, description),
        };
        let endpoint = Endpoint::put("/v2/{name}/manifests/{reference}")
            .with_segments("name", &repository)
            .with_segment("reference", &wire::tag(&chart.metadata.version))
            .with_json(&manifest)
            .with_header("content-type", MANIFEST);
        self.client.call(context, &endpoint).await
    }

    fn annotations(&self, chart: &Chart, description: &str) -> BTreeMap<String, String> {
        let now = self.client.clock().now();
        let described = if description.is_empty() {
            chart.metadata.description.as_str()
        } else {
            description
        };
        let mut annotations = BTreeMap::from([
            (CREATED.to_owned(), now.to_string()),
            (TITLE.to_owned(), chart.metadata.name.clone()),
            (VERSION.to_owned(), chart.metadata.version.clone()),
        ]);
        if !described.is_empty() {
            annotations.insert(DESCRIPTION.to_owned(), described.to_owned());
        }
        annotations
    }

    /// Stores a blob unless it is there.
    async fn put_blob(&self, context: &Context, repository: &str, kind: &str, content: Bytes) -> Result<Descriptor> {
        let descriptor = Descriptor {
            media_type: kind.to_owned(),
            digest: format!("sha256:{}", digest(&content)),
            size: content.len() as u64,
        };
        let there = Endpoint::new(Method::HEAD, "/v2/{name}/blobs/{digest}")
            .with_segments("name", repository)
            .with_segment("digest", &descriptor.digest);
        match self.client.call(context, &there).await {
            Err(error) if error.is(ErrorKind::NotFound) => {}
            found => return found.map(|()| descriptor),
        }
        let begin = Endpoint::post("/v2/{name}/blobs/uploads/")
            .with_segments("name", repository)
            .idempotent(true)
            .expecting([202]);
        let begun = self.client.send(context, &begin).await?;
        let place = begun.headers().get(LOCATION).and_then(|place| place.to_str().ok());
        let place = place.ok_or_else(|| {
            Error::new(ErrorKind::Internal, "the registry does not say where to put a content")
                .with_fault(Fault::Backend)
        })?;
        let put = Endpoint::link(Method::PUT, place)
            .with_query("digest", &descriptor.digest)
            .with_body("application/octet-stream", content);
        self.client.call(context, &put).await?;
        Ok(descriptor)
    }
}
