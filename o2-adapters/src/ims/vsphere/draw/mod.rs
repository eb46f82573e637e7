//! From what was read of a vCenter to what O2 shows. Pure functions.

mod alarm;
mod host;
mod machine;
mod notes;
mod pool;
mod thing;

use o2_core::plugin::HealthStatus;
use o2_ims::model::ObjectHealth;
use o2_ims::{DeploymentManager, Resource};
use serde_json::json;

use super::vim::{About, Kept, Ref};
use crate::held::Drawn;
pub(super) use alarm::draw as draw_alarms;
pub(super) use notes::Notes;
pub(super) use pool::allocation;
use thing::Thing;

/// What the configuration says about how things are shown.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) endpoint: String,
    pub(super) o_cloud_id: Option<String>,
    pub(super) datacenters: Vec<String>,
    pub(super) attribute: String,
}

/// What everything is drawn out of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'s> {
    pub(super) settings: &'s Settings,
    pub(super) about: &'s About,
    pub(super) kept: &'s Kept,
}

impl<'s> Site<'s> {
    fn o_cloud(&self) -> String {
        self.settings
            .o_cloud_id
            .clone()
            .unwrap_or_else(|| self.about.uuid.clone())
    }

    /// The id of an object: those of a vCenter are its own only together with the vCenter's.
    pub(super) fn id(&self, of: &Ref) -> String {
        format!("{}:{}", self.about.uuid, of.id)
    }

    /// The object with this id of O2, if it is one of these kinds.
    pub(super) fn object(&self, id: &str, kinds: &[&str]) -> Option<&'s Ref> {
        let of = id.strip_prefix(&self.about.uuid)?.strip_prefix(':')?;
        self.kept
            .keys()
            .find(|object| object.id == of && kinds.contains(&object.kind.as_str()))
    }

    fn things(&self) -> impl Iterator<Item = Thing<'s>> {
        let things = self.kept.iter();
        things.map(|(object, properties)| Thing { object, properties })
    }

    pub(super) fn thing(&self, object: &Ref) -> Option<Thing<'s>> {
        let (object, properties) = self.kept.get_key_value(object)?;
        Some(Thing { object, properties })
    }

    /// The name of the datacenter that something is in.
    pub(super) fn datacenter(&self, thing: Thing<'s>) -> Option<String> {
        let mut thing = thing;
        // No inventory is deeper; what refers to itself ends here too.
        for _ in 0..64 {
            if thing.object.kind == "Datacenter" {
                return thing.name();
            }
            thing = self.thing(&thing.reference("parent").or_else(|| thing.reference("resourcePool"))?)?;
        }
        None
    }

    fn is_shown(&self, thing: Thing<'s>) -> bool {
        let wanted = &self.settings.datacenters;
        wanted.is_empty() || self.datacenter(thing).is_some_and(|name| wanted.contains(&name))
    }

    /// The key of our custom attribute, where it is defined.
    pub(super) fn key(&self) -> Option<String> {
        let managers = self
            .kept
            .iter()
            .filter(|(object, _)| object.kind == "CustomFieldsManager");
        let mut fields = managers.filter_map(|(_, properties)| properties.get("field"));
        let ours = |fields: &super::vim::Element| {
            let field = fields.children.iter().find(|field| {
                let everywhere = field
                    .text_at(&["managedObjectType"])
                    .is_none_or(|of| of == "ManagedEntity");
                everywhere && field.text_at(&["name"]) == Some(self.settings.attribute.as_str())
            })?;
            field.text_at(&["key"]).map(str::to_owned)
        };
        fields.find_map(ours)
    }
}

/// Draws everything.
pub(super) fn draw(site: Site<'_>) -> Drawn {
    let mut drawn = Drawn::default();
    let key = site.key();
    for thing in site.things().filter(|thing| site.is_shown(*thing)) {
        if let Some(pool) = pool::draw(site, thing, key.as_deref()) {
            drawn.add(pool);
        }
    }
    for thing in site.things().filter(|thing| site.is_shown(*thing)) {
        let made = match thing.object.kind.as_str() {
            "HostSystem" => host::draw(site, thing),
            "VirtualMachine" => machine::draw(site, thing, &drawn),
            _ => None,
        };
        // A resource is in a pool that is there too.
        let in_pool = |resource: &Resource| drawn.pools.contains_key(resource.resource_pool_id.as_str());
        if let Some((resource, of)) = made.filter(|(resource, _)| in_pool(resource)) {
            drawn.add_new(resource.resource_type_id.as_str(), || of);
            drawn.add(resource);
        }
        if let Some(template) = machine::template(site, thing) {
            drawn.add(template);
        }
    }
    let manager = manager(site);
    drawn.add(manager);
    drawn
}

fn manager(site: Site<'_>) -> DeploymentManager {
    let About {
        uuid,
        name,
        version,
        build,
    } = site.about;
    let mut manager = DeploymentManager::new(uuid.as_str(), uuid.as_str());
    manager.description.clone_from(name);
    manager.o_cloud_id = site.o_cloud();
    manager.service_uri = format!("{}/sdk", site.settings.endpoint.trim_end_matches('/'));
    let datacenters = site.things().filter(|thing| thing.object.kind == "Datacenter");
    let shown = datacenters.filter(|thing| site.is_shown(*thing));
    manager.supported_locations = shown.filter_map(Thing::name).collect();
    manager.extensions.insert("vsphere.version".to_owned(), json!(version));
    manager.extensions.insert("vsphere.build".to_owned(), json!(build));
    manager
}

/// What a colour says.
fn health(colour: Option<&str>) -> Option<ObjectHealth> {
    let (status, message) = match colour? {
        "green" => (HealthStatus::Healthy, None),
        "yellow" => (HealthStatus::Degraded, Some("the vCenter shows it in yellow")),
        "red" => (HealthStatus::Unhealthy, Some("the vCenter shows it in red")),
        _ => return None,
    };
    let mut health = ObjectHealth::new(status);
    health.message = message.map(str::to_owned);
    Some(health)
}
