//! [`Reading`]: everything that a region has, read as one [`World`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::{join, try_join};
use http::{HeaderName, HeaderValue};
use o2_core::ports::Ports;
use o2_core::{Context, Error, ErrorKind, Fault, Result, Retry};
use serde::de::DeserializeOwned;

use super::account::Accounts;
use super::capacity::{Capacities, Capacity, Counted};
use super::config::{Mode, OpenstackConfig};
use super::gaps::Gaps;
use super::kept::{Kept, Known};
use super::keystone::{Access, Keystone};
use super::services::{AGGREGATES, Choice, PROVIDERS, SERVERS};
use super::wire::{Aggregate, Flavor, Hypervisor, Server, VolumeType};
use crate::kit::auth::Auth;
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};
use crate::kit::lenient::{Items, Lenient};
use crate::kit::paging::{Listing, Paging};
use crate::kit::status::StatusMap;

/// One reading of a region. What could not be read this time is as it was known last.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) region: String,
    pub(super) compute: String,
    pub(super) version: String,
    pub(super) aggregates: Arc<Vec<Aggregate>>,
    pub(super) hypervisors: Arc<Vec<Hypervisor>>,
    pub(super) servers: Arc<Vec<Server>>,
    pub(super) flavors: Arc<Vec<Flavor>>,
    pub(super) volume_types: Arc<Vec<VolumeType>>,
    pub(super) capacity: BTreeMap<String, Arc<Capacity>>,
    /// Whether there may be hosts of which nothing is known, so that nothing can be said of several together.
    pub(super) unknown_hosts: bool,
    /// Whether the capacity of some hosts is not known, so that sums would be too small.
    pub(super) unknown_capacity: bool,
}

const VOLUME_TYPES: &str = "volume types";
const CAPACITY: &str = "capacity";

/// Reads a region.
pub(super) struct Reading {
    ports: Ports,
    keystone: Arc<Keystone>,
    mode: Mode,
    with_capacity: bool,
    with_volume_types: bool,
    lists: Lists,
    capacities: Capacities,
    kept: KeptLists,
    gaps: Gaps,
}

/// What the lists had.
struct KeptLists {
    aggregates: Kept<Aggregate>,
    hypervisors: Kept<Hypervisor>,
    servers: Kept<Server>,
    flavors: Kept<Flavor>,
    volume_types: Kept<VolumeType>,
}

impl KeptLists {
    fn new() -> Self {
        Self {
            aggregates: Kept::new(|aggregate| &aggregate.uuid),
            hypervisors: Kept::new(|hypervisor| &hypervisor.id),
            servers: Kept::new(|server| &server.id),
            flavors: Kept::new(|flavor| &flavor.id),
            volume_types: Kept::new(|volume_type| &volume_type.id),
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("keystone", &self.keystone)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Lists {
    aggregates: Listing,
    hypervisors: Listing,
    servers: Listing,
    flavors: Listing,
    volume_types: Listing,
}

impl Lists {
    /// Pages begin behind the last id: links to them have the wrong scheme or host behind many proxies.
    fn new(config: &OpenstackConfig) -> Self {
        let paged = |endpoint, items_at, what| {
            let paging = Paging::after_last("marker", "/id").with_size("limit", config.page_size);
            Listing::new(endpoint, paging, items_at, Lenient::new(what))
        };
        let mut servers = Endpoint::get("/servers/detail");
        if config.all_projects {
            servers = servers.with_query("all_tenants", 1);
        }
        let flavors = Endpoint::get("/flavors/detail").with_query("is_public", "none");
        let types = Endpoint::get("/types").with_query("is_public", "None");
        Self {
            aggregates: Listing::new(
                Endpoint::get("/os-aggregates"),
                Paging::single(),
                "/aggregates",
                Lenient::new("aggregate").with_id_at("/uuid"),
            ),
            hypervisors: paged(Endpoint::get("/os-hypervisors/detail"), "/hypervisors", "hypervisor"),
            servers: paged(servers, "/servers", "server"),
            flavors: paged(flavors, "/flavors", "flavor"),
            volume_types: paged(types, "/volume_types", "volume type"),
        }
    }
}

impl Reading {
    pub(super) fn new(config: &OpenstackConfig, ports: &Ports) -> Result<Self> {
        let choice = Choice {
            region: config.region.clone(),
            interface: config.interface,
        };
        let keystone = Keystone::new(Accounts::new(config, ports)?, choice, ports);
        Ok(Self {
            ports: ports.clone(),
            keystone: Arc::new(keystone),
            mode: config.mode,
            with_capacity: config.capacity,
            with_volume_types: config.volume_types,
            lists: Lists::new(config),
            capacities: Capacities::new(),
            kept: KeptLists::new(),
            gaps: Gaps::default(),
        })
    }

    /// The session, after a login if need be.
    pub(super) async fn access(&self, context: &Context) -> Result<Arc<Access>> {
        match context.deadline() {
            Some(deadline) if deadline <= self.ports.clock.monotonic() => {
                Err(Error::new(ErrorKind::Timeout, "there was no time left to ask the backend").with_retry(Retry::Safe))
            }
            _ => self.keystone.access(context).await,
        }
    }

    /// A client of Nova at this microversion.
    pub(super) fn nova(&self, access: &Access, version: &str) -> Result<RestClient> {
        self.client("nova", &access.services.compute, Some(version))
    }

    fn client(&self, name: &str, base: &BaseUrl, version: Option<&str>) -> Result<RestClient> {
        let client = RestClient::new(name, base.clone(), &self.ports)
            .with_auth(Arc::clone(&self.keystone) as Arc<dyn Auth>)
            .with_statuses(StatusMap::new().with_status(413, ErrorKind::RateLimited));
        let Some(version) = version else { return Ok(client) };
        let value = HeaderValue::from_str(version)
            .map_err(|source| Error::internal("a version cannot be sent").with_source(source))?;
        Ok(client.with_header(HeaderName::from_static("openstack-api-version"), value))
    }

    /// Everything. Pools and members come from one reading, so they fit together.
    pub(super) async fn world(&self, context: &Context) -> Result<World> {
        let access = self.access(context).await?;
        let services = &access.services;
        let (needed, wanted) = join(self.needed(context, &access), self.wanted(context, &access)).await;
        let ((aggregates, members), (flavors, volume_types)) = (needed?, wanted?);
        let aggregates = self.take("aggregates", &self.kept.aggregates, aggregates);
        let hypervisors = self.take("hypervisors", &self.kept.hypervisors, members.hypervisors);
        let servers = self.take("servers", &self.kept.servers, members.servers);
        let flavors = self.take("flavors", &self.kept.flavors, flavors);
        let volume_types = match volume_types {
            Some(read) => self.take(VOLUME_TYPES, &self.kept.volume_types, read),
            None => self.kept.volume_types.last_known(),
        };
        let counted = self.capacity(context, &access, &hypervisors.items).await?;
        Ok(World {
            region: services.region.clone(),
            compute: services.compute.as_str().to_owned(),
            version: services.version.clone(),
            aggregates: aggregates.items,
            hypervisors: hypervisors.items,
            servers: servers.items,
            flavors: flavors.items,
            volume_types: volume_types.items,
            capacity: counted.of,
            unknown_hosts: hypervisors.unknown,
            unknown_capacity: counted.unknown,
        })
    }

    fn take<T: Clone>(&self, what: &'static str, kept: &Kept<T>, read: Items<T>) -> Known<T> {
        self.gaps.read(what, read.skipped);
        kept.take(read)
    }

    /// The aggregates alone, and how many could not be read.
    pub(super) async fn aggregates(&self, context: &Context) -> Result<Items<Aggregate>> {
        let access = self.access(context).await?;
        let nova = self.nova(&access, AGGREGATES)?;
        all(&nova, context, &self.lists.aggregates).await
    }

    /// An aggregate was deleted.
    pub(super) fn forget_aggregate(&self, uuid: &str) {
        self.kept.aggregates.forget(uuid);
    }

    /// Whether Nova lets us in.
    pub(super) async fn check(&self, context: &Context) -> Result<Arc<Access>> {
        let access = self.access(context).await?;
        let nova = self.nova(&access, AGGREGATES)?;
        let endpoint = Endpoint::get("/flavors").with_query("limit", 1);
        nova.call(context, &endpoint).await.map_err(ours)?;
        Ok(access)
    }

    /// What there is nothing to show without.
    async fn needed(&self, context: &Context, access: &Access) -> Result<(Items<Aggregate>, Members)> {
        let nova = self.nova(access, AGGREGATES)?;
        try_join(
            all(&nova, context, &self.lists.aggregates),
            self.members(context, access),
        )
        .await
    }

    async fn members(&self, context: &Context, access: &Access) -> Result<Members> {
        let mut members = Members::default();
        match self.mode {
            Mode::Hypervisors => {
                let nova = self.nova(access, &access.services.hypervisors)?;
                members.hypervisors = all(&nova, context, &self.lists.hypervisors).await?;
            }
            Mode::Servers => {
                let nova = self.nova(access, SERVERS)?;
                members.servers = all(&nova, context, &self.lists.servers).await?;
            }
        }
        Ok(members)
    }

    /// Types: flavors everybody may see; volume types are left out where we may not.
    async fn wanted(&self, context: &Context, access: &Access) -> Result<(Items<Flavor>, Option<Items<VolumeType>>)> {
        let nova = self.nova(access, &access.services.flavors)?;
        try_join(
            all(&nova, context, &self.lists.flavors),
            self.volume_types(context, access),
        )
        .await
    }

    async fn volume_types(&self, context: &Context, access: &Access) -> Result<Option<Items<VolumeType>>> {
        let Some(volume) = access.services.volume.as_ref().filter(|_| self.with_volume_types) else {
            return Ok(Some(Items::default()));
        };
        let cinder = self.client("cinder", volume, None)?;
        let listed = all(&cinder, context, &self.lists.volume_types).await;
        self.allowed(VOLUME_TYPES, listed)
    }

    /// The capacity of hosts; as it was known last where we may not see it.
    async fn capacity(&self, context: &Context, access: &Access, hosts: &[Hypervisor]) -> Result<Counted> {
        let wanted = self.with_capacity && self.mode == Mode::Hypervisors;
        let Some(placement) = access.services.placement.as_ref().filter(|_| wanted) else {
            return Ok(Counted::default());
        };
        let placement = self.client("placement", placement, Some(PROVIDERS))?;
        let read = self.capacities.read(context, &placement, hosts).await.map_err(ours);
        match self.allowed(CAPACITY, read)? {
            Some(counted) => {
                self.gaps.read(CAPACITY, counted.skipped);
                Ok(counted)
            }
            None => Ok(self.capacities.last_known(hosts)),
        }
    }

    /// What a call answered about something that can be left out; `None` where we may not see it.
    fn allowed<T>(&self, what: &'static str, answer: Result<T>) -> Result<Option<T>> {
        match answer {
            Err(error) if error.is(ErrorKind::PermissionDenied) => {
                self.gaps.deny(what);
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }

    /// What is missing in the last reading.
    pub(super) fn missing(&self) -> Option<String> {
        self.gaps.told()
    }
}

#[derive(Debug, Default)]
struct Members {
    hypervisors: Items<Hypervisor>,
    servers: Items<Server>,
}

async fn all<T: DeserializeOwned + Send>(
    client: &RestClient,
    context: &Context,
    listing: &Listing,
) -> Result<Items<T>> {
    client.all(context, listing).await.map_err(ours)
}

/// An error of reading, which no caller has caused.
pub(super) fn ours(error: Error) -> Error {
    match error.kind() {
        // A fresh token was refused too.
        ErrorKind::Unauthenticated => Error::new(ErrorKind::PermissionDenied, error.message())
            .with_fault(Fault::Backend)
            .with_detail(error.detail().unwrap_or_default())
            .with_source(error),
        // The item behind which the next page begins was deleted meanwhile.
        ErrorKind::InvalidInput | ErrorKind::NotFound => Error::new(
            ErrorKind::Unavailable,
            "a list of the backend changed while it was read",
        )
        .with_fault(Fault::Backend)
        .with_retry(Retry::Safe)
        .with_detail(error.detail().unwrap_or_default())
        .with_source(error),
        _ => error,
    }
}
