//! [`Reading`]: everything that a region has, read as one [`World`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::{try_join, try_join3};
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
use super::services::{self, Choice};
use super::wire::{Aggregate, Flavor, Hypervisor, Server, VolumeType};
use crate::kit::auth::Auth;
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};
use crate::kit::lenient::{Items, Lenient};
use crate::kit::paging::{Listing, Paging};
use crate::kit::status::StatusMap;

/// What of a region is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Aggregates, members and their capacity.
    Inventory,
    /// Types.
    Types,
}

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

/// The parts of a region, as health names them.
const AGGREGATES: &str = "aggregates";
const HYPERVISORS: &str = "hypervisors";
const SERVERS: &str = "servers";
const FLAVORS: &str = "flavors";
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
        let paging = || Paging::after_last("marker", "/id").with_size("limit", config.page_size);
        // Nova gives fewer items than it is asked for, too; a link says whether there are more.
        let nova = |endpoint, items_at, more_at, what| {
            Listing::new(endpoint, paging().with_more_at(more_at), items_at, Lenient::new(what))
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
            hypervisors: nova(
                Endpoint::get("/os-hypervisors/detail"),
                "/hypervisors",
                "/hypervisors_links",
                "hypervisor",
            ),
            servers: nova(servers, "/servers", "/servers_links", "server"),
            flavors: nova(flavors, "/flavors", "/flavors_links", "flavor"),
            volume_types: Listing::new(types, paging(), "/volume_types", Lenient::new("volume type")),
        }
    }
}

impl Reading {
    pub(super) fn new(config: &OpenstackConfig, ports: &Ports) -> Result<Self> {
        let choice = Choice {
            region: config.region.clone(),
            interface: config.interface,
            endpoints: config.endpoints.clone(),
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

    /// What is wanted of the region.
    pub(super) async fn world(&self, context: &Context, want: Want) -> Result<World> {
        let access = self.access(context).await?;
        match want {
            Want::Inventory => self.inventory(context, &access).await,
            Want::Types => self.types(context, &access).await,
        }
    }

    /// Pools and members come from one reading, so they fit together.
    async fn inventory(&self, context: &Context, access: &Access) -> Result<World> {
        let nova = self.nova(access, services::AGGREGATES)?;
        let aggregates = self.all(context, &nova, AGGREGATES, &self.lists.aggregates);
        let (aggregates, members) = try_join(aggregates, self.members(context, access)).await?;
        let mut world = self.peopled(access, members);
        world.aggregates = self.take(AGGREGATES, &self.kept.aggregates, aggregates).items;
        let counted = self.capacity(context, access, &world.hypervisors).await?;
        world.capacity = counted.of;
        world.unknown_capacity = counted.unknown;
        Ok(world)
    }

    /// Types: flavors everybody may see; volume types are left out where we may not. Members have types that no list has.
    async fn types(&self, context: &Context, access: &Access) -> Result<World> {
        let nova = self.nova(access, &access.services.flavors)?;
        let (members, flavors, volume_types) = try_join3(
            self.members(context, access),
            self.all(context, &nova, FLAVORS, &self.lists.flavors),
            self.volume_types(context, access),
        )
        .await?;
        let mut world = self.peopled(access, members);
        world.flavors = self.take(FLAVORS, &self.kept.flavors, flavors).items;
        let volume_types = match volume_types {
            Some(read) => self.take(VOLUME_TYPES, &self.kept.volume_types, read),
            None => self.kept.volume_types.last_known(),
        };
        world.volume_types = volume_types.items;
        Ok(world)
    }

    /// A region of which the members are known.
    fn peopled(&self, access: &Access, members: Members) -> World {
        let hypervisors = self.take(HYPERVISORS, &self.kept.hypervisors, members.hypervisors);
        let servers = self.take(SERVERS, &self.kept.servers, members.servers);
        World {
            region: access.services.region.clone(),
            compute: access.services.compute.as_str().to_owned(),
            version: access.services.version.clone(),
            hypervisors: hypervisors.items,
            servers: servers.items,
            unknown_hosts: hypervisors.unknown,
            ..World::default()
        }
    }

    /// A whole list. It is begun once more when the item behind which a page begins was deleted meanwhile.
    async fn all<T: DeserializeOwned + Send>(
        &self,
        context: &Context,
        client: &RestClient,
        what: &'static str,
        listing: &Listing,
    ) -> Result<Items<T>> {
        let read = client.all(context, listing).await;
        let read = match read {
            Err(error) if is_lost(&error) => client.all(context, listing).await,
            read => read,
        };
        if matches!(&read, Err(error) if error.is(ErrorKind::PermissionDenied)) {
            self.gaps.deny(what);
        }
        read.map_err(ours)
    }

    fn take<T: Clone>(&self, what: &'static str, kept: &Kept<T>, read: Items<T>) -> Known<T> {
        self.gaps.read(what, read.skipped);
        kept.take(read)
    }

    /// The aggregates alone, and how many could not be read.
    pub(super) async fn aggregates(&self, context: &Context) -> Result<Items<Aggregate>> {
        let access = self.access(context).await?;
        let nova = self.nova(&access, services::AGGREGATES)?;
        self.all(context, &nova, AGGREGATES, &self.lists.aggregates).await
    }

    /// An aggregate was deleted.
    pub(super) fn forget_aggregate(&self, uuid: &str) {
        self.kept.aggregates.forget(uuid);
    }

    /// Whether Nova lets us in.
    pub(super) async fn check(&self, context: &Context) -> Result<Arc<Access>> {
        let access = self.access(context).await?;
        let nova = self.nova(&access, services::AGGREGATES)?;
        let endpoint = Endpoint::get("/flavors").with_query("limit", 1);
        nova.call(context, &endpoint).await.map_err(ours)?;
        Ok(access)
    }

    async fn members(&self, context: &Context, access: &Access) -> Result<Members> {
        let mut members = Members::default();
        match self.mode {
            Mode::Hypervisors => {
                let nova = self.nova(access, &access.services.hypervisors)?;
                members.hypervisors = self.all(context, &nova, HYPERVISORS, &self.lists.hypervisors).await?;
            }
            Mode::Servers => {
                let nova = self.nova(access, services::SERVERS)?;
                members.servers = self.all(context, &nova, SERVERS, &self.lists.servers).await?;
            }
        }
        Ok(members)
    }

    async fn volume_types(&self, context: &Context, access: &Access) -> Result<Option<Items<VolumeType>>> {
        let Some(volume) = access.services.volume.as_ref().filter(|_| self.with_volume_types) else {
            return Ok(Some(Items::default()));
        };
        let cinder = self.client("cinder", volume, None)?;
        let listed = self.all(context, &cinder, VOLUME_TYPES, &self.lists.volume_types).await;
        self.allowed(VOLUME_TYPES, listed)
    }

    /// The capacity of hosts; as it was known last where we may not see it.
    async fn capacity(&self, context: &Context, access: &Access, hosts: &[Hypervisor]) -> Result<Counted> {
        let wanted = self.with_capacity && self.mode == Mode::Hypervisors;
        let Some(placement) = access.services.placement.as_ref().filter(|_| wanted) else {
            return Ok(Counted::default());
        };
        let placement = self.client("placement", placement, Some(services::PROVIDERS))?;
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

/// Whether a list changed while it was read: its marker is no more.
fn is_lost(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound)
}

/// An error of reading, which no caller has caused.
pub(super) fn ours(error: Error) -> Error {
    match error.kind() {
        // A fresh token was refused too.
        ErrorKind::Unauthenticated => Error::new(ErrorKind::PermissionDenied, error.message())
            .with_fault(Fault::Backend)
            .with_detail(error.detail().unwrap_or_default())
            .with_source(error),
        _ if is_lost(&error) => Error::new(
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
