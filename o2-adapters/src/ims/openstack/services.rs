//! The services of a region: where the catalog says they are, and which microversions they speak.

use o2_core::ports::Ports;
use o2_core::{Context, Error, Result};
use serde::Deserialize;
use serde_json::Value;

use super::config::{Endpoints, Interface};
use super::keystone::lost;
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};

/// From this version on, hypervisors have ids that are UUIDs, and lists of them have pages.
const OLDEST: Microversion = Microversion(2, 53);
/// From 2.88 on, listing hypervisors asks each host, and one dead host holds up the whole list.
const HYPERVISORS: Microversion = Microversion(2, 87);
/// With this version flavors have their extra specs.
const FLAVORS: Microversion = Microversion(2, 61);
/// From 2.47 on, a server does not say the id of its flavor.
pub(super) const SERVERS: &str = "compute 2.46";
/// Aggregates have UUIDs since 2.41.
pub(super) const AGGREGATES: &str = "compute 2.53";
/// Providers of Placement as a tree, with generations.
pub(super) const PROVIDERS: &str = "placement 1.14";

/// `2.87`, compared by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Microversion(u32, u32);

impl Microversion {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }

    fn header(self) -> String {
        format!("compute {}.{}", self.0, self.1)
    }
}

/// What the configuration says about endpoints.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) region: Option<String>,
    pub(super) interface: Interface,
    pub(super) endpoints: Endpoints,
}

/// The catalog of a token.
#[derive(Debug, Deserialize)]
pub(super) struct Catalog(Vec<Service>);

#[derive(Debug, Deserialize)]
struct Service {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    endpoints: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    interface: String,
    #[serde(default)]
    region_id: Option<String>,
    url: String,
}

impl Catalog {
    pub(super) fn read(answer: &Value) -> Result<Self> {
        let catalog = answer.pointer("/token/catalog").cloned();
        let catalog =
            catalog.ok_or_else(|| lost("the token has no catalog; its scope is no project and not the system"))?;
        serde_json::from_value(catalog)
            .map_err(|source| lost("the catalog of services cannot be read").with_source(source))
    }

    fn places<'c>(&'c self, kinds: &'c [&str], interface: Interface) -> impl Iterator<Item = &'c Place> {
        let wanted = interface.as_str();
        let services = kinds
            .iter()
            .flat_map(|kind| self.0.iter().filter(move |service| service.kind == *kind));
        services
            .flat_map(|service| &service.endpoints)
            .filter(move |place| place.interface == wanted)
    }

    /// The region that is meant.
    fn region(&self, choice: &Choice) -> Result<String> {
        let mut regions: Vec<&str> = self
            .places(&["compute"], choice.interface)
            .filter_map(|place| place.region_id.as_deref())
            .collect();
        regions.sort_unstable();
        regions.dedup();
        match (&choice.region, regions.as_slice()) {
            (Some(region), known) if known.contains(&region.as_str()) => Ok(region.clone()),
            (None, [only]) => Ok((*only).to_owned()),
            (_, []) => Err(Error::config(format!(
                "interface: the catalog has no {} endpoint of the service compute",
                choice.interface.as_str()
            ))),
            (Some(_), known) => Err(Error::config(format!(
                "region: must be one of the catalog's: {}",
                known.join(", ")
            ))),
            (None, known) => Err(Error::config(format!(
                "region: must be there, since the catalog has several: {}",
                known.join(", ")
            ))),
        }
    }

    /// Where a service is, known under one of these names.
    fn find(&self, kinds: &[&str], region: &str, interface: Interface) -> Result<Option<BaseUrl>> {
        let mut places = self.places(kinds, interface);
        let place = places.find(|place| place.region_id.as_deref() == Some(region));
        place
            .map(|place| {
                BaseUrl::parse("catalog", &place.url)
                    .map_err(|error| lost("the catalog has a URL that cannot be used").with_source(error))
            })
            .transpose()
    }
}

/// Where the services are, and how they are spoken to.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) region: String,
    pub(super) compute: BaseUrl,
    pub(super) placement: Option<BaseUrl>,
    pub(super) volume: Option<BaseUrl>,
    /// The newest version that Nova speaks.
    pub(super) version: String,
    pub(super) hypervisors: String,
    pub(super) flavors: String,
}

impl Services {
    pub(super) async fn find(context: &Context, catalog: &Catalog, choice: &Choice, ports: &Ports) -> Result<Self> {
        let (region, given) = (catalog.region(choice)?, &choice.endpoints);
        let find = |given: &Option<String>, kinds: &[&str]| match given {
            Some(url) => BaseUrl::parse("endpoints", url).map(Some),
            None => catalog.find(kinds, &region, choice.interface),
        };
        let compute = find(&given.compute, &["compute"])?;
        let compute = compute.ok_or_else(|| lost("the catalog has lost the service compute"))?;
        let newest = newest(context, &compute, ports).await?;
        Ok(Self {
            placement: find(&given.placement, &["placement"])?,
            volume: find(&given.block_storage, &["block-storage", "volumev3", "block-store"])?,
            version: format!("{}.{}", newest.0, newest.1),
            hypervisors: HYPERVISORS.min(newest).header(),
            flavors: FLAVORS.min(newest).header(),
            compute,
            region,
        })
    }
}

/// The newest version that Nova speaks.
async fn newest(context: &Context, compute: &BaseUrl, ports: &Ports) -> Result<Microversion> {
    let client = RestClient::new("nova", version_root(compute)?, ports);
    let answer: Value = client.json(context, &Endpoint::get("/")).await?;
    let newest = answer.pointer("/version/version").and_then(Value::as_str);
    let newest = newest
        .and_then(Microversion::parse)
        .ok_or_else(|| lost("nova does not say which versions it speaks"))?;
    if newest < OLDEST {
        return Err(Error::config(format!(
            "nova speaks version {}.{} at most; {}.{} is needed",
            newest.0, newest.1, OLDEST.0, OLDEST.1
        )));
    }
    Ok(newest)
}

/// The URL that tells versions: old catalogs have the id of the project behind it.
fn version_root(compute: &BaseUrl) -> Result<BaseUrl> {
    let url = compute.as_str();
    let root = match url.rsplit_once("/v2.1/") {
        Some((before, _)) => format!("{before}/v2.1"),
        None => url.to_owned(),
    };
    BaseUrl::parse("catalog", &root)
}
