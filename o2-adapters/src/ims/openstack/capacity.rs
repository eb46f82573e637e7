//! What hosts can hold and how much of it is used, as Placement counts it. What has not changed is not read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::try_join;
use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, ErrorKind, Result};
use serde::Serialize;

use super::wire::{Hypervisor, Inventories, Inventory, Provider, Usages};
use crate::kit::client::RestClient;
use crate::kit::endpoint::Endpoint;
use crate::kit::lenient::Lenient;
use crate::kit::paging::{Listing, Paging};

/// So many providers are read at the same time.
const AT_ONCE: usize = 8;

/// By resource class: `VCPU`, `MEMORY_MB`.
pub(super) type Capacity = BTreeMap<String, Amount>;

/// A capacity, and the generation of the provider that it was read of.
type Entry = (u64, Arc<Capacity>);

/// How much there is of something.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Amount {
    pub(super) total: u64,
    pub(super) reserved: u64,
    pub(super) allocation_ratio: f64,
    /// What may be given away: what is not reserved, as often as the ratio allows.
    pub(super) capacity: u64,
    pub(super) used: u64,
}

impl Amount {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "Placement computes it in floats, and capacities are far below 2^52"
    )]
    fn new(inventory: &Inventory, used: u64) -> Self {
        let free = inventory.total.saturating_sub(inventory.reserved);
        Self {
            total: inventory.total,
            reserved: inventory.reserved,
            allocation_ratio: inventory.allocation_ratio,
            capacity: (free as f64 * inventory.allocation_ratio) as u64,
            used,
        }
    }
}

/// The capacity of some hosts.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) of: BTreeMap<String, Arc<Capacity>>,
    /// Whether there are hosts of which it is not known, though Placement may know it.
    pub(super) unknown: bool,
    /// How many of Placement's items could not be read.
    pub(super) skipped: usize,
}

/// The capacity of hosts by the ids of their hypervisors, kept with the generation of which it was read.
#[derive(Debug)]
pub(super) struct Capacities {
    providers: Listing,
    known: Mutex<BTreeMap<String, Entry>>,
}

impl Capacities {
    pub(super) fn new() -> Self {
        let lenient = Lenient::new("resource provider").with_id_at("/uuid");
        let endpoint = Endpoint::get("/resource_providers");
        Self {
            providers: Listing::new(endpoint, Paging::single(), "/resource_providers", lenient),
            known: Mutex::default(),
        }
    }

    /// The capacity of these hosts, as far as Placement knows them. One call, and two for each host that changed.
    pub(super) async fn read(
        &self,
        context: &Context,
        placement: &RestClient,
        hosts: &[Hypervisor],
    ) -> Result<Counted> {
        let providers = placement.all::<Provider>(context, &self.providers).await?;
        let generations: BTreeMap<&str, u64> = providers
            .items
            .iter()
            .map(|provider| (provider.uuid.as_str(), provider.generation))
            .collect();
        let known = self.known().clone();
        let wanted: Vec<(String, u64)> = hosts
            .iter()
            .filter_map(|host| Some((host.id.clone(), *generations.get(host.id.as_str())?)))
            .collect();
        let read: Vec<Option<(String, Entry)>> = stream::iter(wanted)
            .map(|(id, generation)| {
                let kept = known.get(&id).filter(|(of, _)| *of == generation).cloned();
                async move {
                    let entry = match kept {
                        Some(entry) => Some(entry),
                        None => one(context, placement, &id)
                            .await?
                            .map(|read| (generation, Arc::new(read))),
                    };
                    Ok::<_, o2_core::Error>(entry.map(|entry| (id, entry)))
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut entries: BTreeMap<String, Entry> = read.into_iter().flatten().collect();
        let skipped = providers.skipped;
        if skipped > 0 {
            // A host that is not in what could be read may be in the rest.
            for (id, entry) in known {
                entries.entry(id).or_insert(entry);
            }
        }
        *self.known() = entries;
        Ok(Counted {
            skipped,
            ..self.count(hosts, skipped > 0)
        })
    }

    /// The capacity of these hosts when Placement cannot be asked.
    pub(super) fn last_known(&self, hosts: &[Hypervisor]) -> Counted {
        self.count(hosts, true)
    }

    fn count(&self, hosts: &[Hypervisor], incomplete: bool) -> Counted {
        let known = self.known();
        let of: BTreeMap<String, Arc<Capacity>> = hosts
            .iter()
            .filter_map(|host| Some((host.id.clone(), Arc::clone(&known.get(&host.id)?.1))))
            .collect();
        Counted {
            unknown: incomplete && of.len() < hosts.len(),
            of,
            skipped: 0,
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The capacity of one provider; none when it went away after it was listed.
async fn one(context: &Context, placement: &RestClient, id: &str) -> Result<Option<Capacity>> {
    let get = |path| Endpoint::get(path).with_segment("id", id);
    let (inventories, usages) = (
        get("/resource_providers/{id}/inventories"),
        get("/resource_providers/{id}/usages"),
    );
    let both = try_join(
        placement.json::<Inventories>(context, &inventories),
        placement.json::<Usages>(context, &usages),
    );
    match both.await {
        Ok((inventories, usages)) => {
            let amounts = inventories.inventories.iter().map(|(class, inventory)| {
                let used = usages.usages.get(class).copied().unwrap_or_default();
                (class.clone(), Amount::new(inventory, used))
            });
            Ok(Some(amounts.collect()))
        }
        Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What several hosts can hold together.
pub(super) fn sum<'c>(capacities: impl IntoIterator<Item = &'c Arc<Capacity>>) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (class, amount) in capacities.into_iter().flat_map(|capacity| capacity.iter()) {
        let entry: &mut u64 = sum.entry(class.clone()).or_default();
        *entry = entry.saturating_add(amount.capacity);
    }
    sum
}
