//! [`Museum`]: the API of ChartMuseum, for what an index cannot do.

use o2_core::{Context, ErrorKind, Result};

use crate::dms::helm::chart::Chart;
use crate::kit::client::RestClient;
use crate::kit::endpoint::Endpoint;
use crate::kit::status::StatusMap;

/// Uploads and deletes.
#[derive(Debug)]
pub(super) struct Museum {
    client: RestClient,
}

impl Museum {
    /// The API at the base of `client`.
    pub(super) fn new(client: RestClient) -> Self {
        let statuses = StatusMap::new().with_status(409, ErrorKind::AlreadyExists);
        Self {
            client: client.with_statuses(statuses),
        }
    }

    pub(super) async fn store(&self, context: &Context, chart: &Chart) -> Result<()> {
        // What is there already is refused, so that a second attempt does no harm.
        let endpoint = Endpoint::post("/charts")
            .with_body("application/gzip", chart.archive.clone())
            .idempotent(true)
            .expecting([201]);
        self.client.call(context, &endpoint).await
    }

    pub(super) async fn delete(&self, context: &Context, chart: &str, version: &str) -> Result<()> {
        let endpoint = Endpoint::delete("/charts/{chart}/{version}")
            .with_segment("chart", chart)
            .with_segment("version", version);
        self.client.call(context, &endpoint).await
    }
}
