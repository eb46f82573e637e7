//! The calls to one region's services, page by page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use o2_core::ports::Ports;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use serde_json::Value;

use super::answers::Answers;
use super::clock::Skew;
use super::credentials::{Held, Signer};
use super::parts::Part;
use super::sign::Scope;
use super::wire::{Group, Instance, InstanceType, Reservation, Volume, Vpc, Zone};
use super::{AwsConfig, statuses};
use crate::kit::client::RestClient;
use crate::kit::endpoint::Endpoint;
use crate::kit::lenient::{Items, Lenient};

const EC2: &str = "2016-11-15";
const AUTOSCALING: &str = "2011-01-01";
/// More pages than this are no list but a circle.
pub(super) const PAGES: usize = 1000;
/// So long types are remembered; they change when AWS builds other machines.
const CATALOGUE: Duration = Duration::from_secs(24 * 3600);
/// How many types one call may name.
const TYPES: usize = 100;

/// One call's parameters.
type Fields = Vec<(String, String)>;

/// One region.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) name: String,
    ec2: Service,
    autoscaling: Service,
    pub(super) eks: Service,
    pub(super) node_group: Lenient,
    lenient: [Lenient; 6],
    volumes: Part<Items<Volume>>,
    vpcs: Part<Items<Vpc>>,
    described: Part<()>,
    catalogue: Mutex<BTreeMap<String, (Duration, Arc<InstanceType>)>>,
}

/// One service of a region.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) client: RestClient,
    /// The version of its interface, where calls have one.
    version: &'static str,
}

/// The regions of a configuration, with common credentials and one idea of the time.
pub(super) fn regions(config: &AwsConfig, ports: &Ports) -> Result<Vec<Region>> {
    let skew = Arc::new(Skew::new(Arc::clone(&ports.clock)));
    let http = Arc::new(Answers {
        http: Arc::clone(&ports.http),
        skew: Arc::clone(&skew),
    });
    let ports = ports.clone().with_http(http);
    let held = Held::new(
        config.source(&ports)?,
        Arc::clone(&ports.http),
        Arc::clone(&ports.clock),
        skew,
    );
    let held = Arc::new(held);
    let client = |service: &'static str, version, region: &str| -> Result<Service> {
        let scope = Scope {
            region: region.to_owned(),
            service,
        };
        let signer = Signer {
            held: Arc::clone(&held),
            scope,
        };
        let name = format!("{service} in {region}");
        let client = RestClient::new(&name, config.base(service, region)?, &ports)
            .with_auth(Arc::new(signer))
            .with_statuses(statuses::table())
            .with_timeout(config.timeout.get());
        Ok(Service { client, version })
    };
    let region = |name: &String| {
        Ok(Region {
            name: name.clone(),
            ec2: client("ec2", EC2, name)?,
            autoscaling: client("autoscaling", AUTOSCALING, name)?,
            eks: client("eks", "", name)?,
            node_group: Lenient::new("node group").with_id_at("/nodegroupName"),
            lenient: [
                Lenient::new("auto scaling group").with_id_at("/AutoScalingGroupName"),
                Lenient::new("instance").with_id_at("/instanceId"),
                Lenient::new("volume").with_id_at("/volumeId"),
                Lenient::new("vpc").with_id_at("/vpcId"),
                Lenient::new("availability zone").with_id_at("/zoneName"),
                Lenient::new("instance type").with_id_at("/instanceType"),
            ],
            volumes: Part::new("ec2:DescribeVolumes"),
            vpcs: Part::new("ec2:DescribeVpcs"),
            described: Part::new("ec2:DescribeInstanceTypes"),
            catalogue: Mutex::default(),
        })
    };
    config.regions.iter().map(region).collect()
}

impl Region {
    /// Where its instances are served.
    pub(super) fn uri(&self) -> &str {
        self.ec2.client.base().as_str()
    }

    /// All groups, or the one of this name.
    pub(super) async fn groups(&self, context: &Context, name: Option<&str>) -> Result<Items<Group>> {
        let mut fields = vec![("MaxRecords".to_owned(), "100".to_owned())];
        fields.extend(name.map(|name| ("AutoScalingGroupNames.member.1".to_owned(), name.to_owned())));
        let list = self.list(
            context,
            &self.autoscaling,
            "DescribeAutoScalingGroups",
            fields,
            "AutoScalingGroups",
        );
        Ok(self.lenient[0].read(list.await?))
    }

    /// All instances that are not terminated.
    pub(super) async fn instances(&self, context: &Context) -> Result<Items<Instance>> {
        let states = ["pending", "running", "shutting-down", "stopping", "stopped"];
        let mut fields = vec![
            ("MaxResults".to_owned(), "1000".to_owned()),
            ("Filter.1.Name".to_owned(), "instance-state-name".to_owned()),
        ];
        fields.extend(
            (1..)
                .zip(states)
                .map(|(n, state)| (format!("Filter.1.Value.{n}"), state.to_owned())),
        );
        let reservations = self
            .list(context, &self.ec2, "DescribeInstances", fields, "reservationSet")
            .await?;
        let mut read = Items::default();
        for reservation in reservations {
            let Ok(reservation) = serde_json::from_value::<Reservation>(reservation) else {
                read.skipped += 1;
                continue;
            };
            let found = self.lenient[1].read::<Instance>(reservation.instances_set);
            read.skipped += found.skipped;
            read.items.extend(found.items.into_iter().map(|instance| Instance {
                owner: reservation.owner_id.clone(),
                ..instance
            }));
        }
        Ok(read)
    }

    /// All volumes, if we may see them.
    pub(super) async fn volumes(&self, context: &Context) -> Result<Arc<Items<Volume>>> {
        let fields = vec![("MaxResults".to_owned(), "500".to_owned())];
        let list = self.list(context, &self.ec2, "DescribeVolumes", fields, "volumeSet");
        self.volumes
            .take(&self.name, list.await.map(|list| self.lenient[2].read(list)))
    }

    /// All networks, if we may see them.
    pub(super) async fn vpcs(&self, context: &Context) -> Result<Arc<Items<Vpc>>> {
        let fields = vec![("MaxResults".to_owned(), "1000".to_owned())];
        let list = self.list(context, &self.ec2, "DescribeVpcs", fields, "vpcSet");
        self.vpcs
            .take(&self.name, list.await.map(|list| self.lenient[3].read(list)))
    }

    pub(super) async fn zones(&self, context: &Context) -> Result<Items<Zone>> {
        let list = self.list(
            context,
            &self.ec2,
            "DescribeAvailabilityZones",
            Fields::new(),
            "availabilityZoneInfo",
        );
        Ok(self.lenient[4].read(list.await?))
    }

    /// The calls that our credentials did not permit.
    pub(super) fn denied(&self) -> impl Iterator<Item = &'static str> {
        [self.volumes.denied(), self.vpcs.denied(), self.described.denied()]
            .into_iter()
            .flatten()
    }

    /// What is known of these types. One that AWS does not describe is left out, and all that we may not see are.
    pub(super) async fn types(&self, context: &Context, names: &[&str]) -> Result<Vec<Arc<InstanceType>>> {
        self.described.take(&self.name, self.describe(context, names).await)?;
        let known = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(names
            .iter()
            .filter_map(|name| known.get(*name).map(|(_, found)| Arc::clone(found)))
            .collect())
    }

    /// Asks for the types that are not remembered.
    async fn describe(&self, context: &Context, names: &[&str]) -> Result<()> {
        let now = self.ec2.client.clock().monotonic();
        let missing: Vec<&str> = {
            let mut known = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|_, (since, _)| now.saturating_sub(*since) < CATALOGUE);
            names
                .iter()
                .copied()
                .filter(|name| !known.contains_key(*name))
                .collect()
        };
        for names in missing.chunks(TYPES) {
            let mut fields = vec![("Filter.1.Name".to_owned(), "instance-type".to_owned())];
            fields.extend(
                (1..)
                    .zip(names)
                    .map(|(n, name)| (format!("Filter.1.Value.{n}"), (*name).to_owned())),
            );
            let list = self
                .list(context, &self.ec2, "DescribeInstanceTypes", fields, "instanceTypeSet")
                .await?;
            let read = self.lenient[5].read::<InstanceType>(list);
            let mut known = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
            for found in read.items {
                known.insert(found.instance_type.clone(), (now, Arc::new(found)));
            }
        }
        Ok(())
    }

    /// A call of Auto Scaling that changes something. It is not repeated when its answer is lost.
    pub(super) async fn change(&self, context: &Context, action: &str, fields: Fields) -> Result<()> {
        self.call(context, &self.autoscaling, action, fields, false)
            .await
            .map(drop)
    }

    /// All pages of a list. The whole list or an error: a part is never taken for the whole.
    async fn list(
        &self,
        context: &Context,
        service: &Service,
        action: &str,
        fields: Fields,
        at: &str,
    ) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let mut fields = fields.clone();
            fields.extend(token.take().map(|token| ("NextToken".to_owned(), token)));
            let mut answer = self.call(context, service, action, fields, true).await?;
            if let Some(result) = answer.get_mut(format!("{action}Result")) {
                answer = result.take();
            }
            match answer.get_mut(at).map(Value::take) {
                None | Some(Value::Null) => {}
                Some(Value::Array(items)) => all.extend(items),
                Some(_) => return Err(odd(action, "it has no list where one was expected")),
            }
            let next = answer.get("nextToken").or_else(|| answer.get("NextToken"));
            match next.and_then(Value::as_str) {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
        Err(odd(action, "its list has no end"))
    }

    async fn call(
        &self,
        context: &Context,
        service: &Service,
        action: &str,
        fields: Fields,
        read: bool,
    ) -> Result<Value> {
        let common = [("Action", action), ("Version", service.version)];
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let endpoint = Endpoint::post("/")
            .with_form(common.into_iter().chain(fields))
            .idempotent(read);
        service.client.json(context, &endpoint).await
    }
}

pub(super) fn odd(action: &str, detail: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the answer of AWS to {action} cannot be read"),
    )
    .with_fault(Fault::Backend)
    .with_detail(detail)
}
