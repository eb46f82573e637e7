//! [`Drawn`]: what O2 shows of an infrastructure.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Model, Result};
use o2_ims::{Alarm, DeploymentManager, InventoryObject, Resource, ResourcePool, ResourceType};

use super::find;

/// Objects of one sort, by id.
pub(crate) type Objects<T> = BTreeMap<String, Arc<T>>;

/// What O2 shows.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    pub(crate) managers: Objects<DeploymentManager>,
    pub(crate) types: Objects<ResourceType>,
    pub(crate) pools: Objects<ResourcePool>,
    pub(crate) resources: Objects<Resource>,
    /// Only where they were asked for.
    pub(crate) alarms: Objects<Alarm>,
}

/// What is drawn: one sort of objects.
pub(crate) trait Shown: Model {
    fn of(drawn: &Drawn) -> &Objects<Self>;

    fn of_mut(drawn: &mut Drawn) -> &mut Objects<Self>;
}

macro_rules! shown {
    ($($model:ty, $field:ident;)*) => {$(
        impl Shown for $model {
            fn of(drawn: &Drawn) -> &Objects<Self> {
                &drawn.$field
            }

            fn of_mut(drawn: &mut Drawn) -> &mut Objects<Self> {
                &mut drawn.$field
            }
        }
    )*};
}

shown! {
    DeploymentManager, managers;
    ResourceType, types;
    ResourcePool, pools;
    Resource, resources;
    Alarm, alarms;
}

impl Drawn {
    /// Adds an object, in place of one of the same id.
    pub(crate) fn add<T: Shown>(&mut self, object: T) {
        self.add_shared(Arc::new(object));
    }

    /// The same, of an object that others have, too.
    pub(crate) fn add_shared<T: Shown>(&mut self, object: Arc<T>) {
        T::of_mut(self).insert(object.id().to_owned(), object);
    }

    pub(crate) fn add_all<T: Shown>(&mut self, objects: impl IntoIterator<Item = T>) {
        objects.into_iter().for_each(|object| self.add(object));
    }

    /// Adds what `draw` makes, unless something of that id is there.
    pub(crate) fn add_new<T: Shown>(&mut self, id: &str, draw: impl FnOnce() -> T) {
        if !T::of(self).contains_key(id) {
            self.add(draw());
        }
    }

    /// The object with this id, if `context` may see it.
    pub(crate) fn find<T: Shown>(&self, context: &Context, id: &str) -> Result<Arc<T>> {
        find(context, T::of(self), id)
    }

    /// Everything but alarms, which are no part of the inventory. What is referred to comes before what refers to it.
    pub(crate) fn objects(&self) -> Vec<InventoryObject> {
        let managers = self.managers.values().cloned().map(InventoryObject::DeploymentManager);
        let types = self.types.values().cloned().map(InventoryObject::ResourceType);
        let pools = self.pools.values().cloned().map(InventoryObject::ResourcePool);
        let resources = self.resources.values().cloned().map(InventoryObject::Resource);
        managers.chain(types).chain(pools).chain(resources).collect()
    }

    /// What such [`objects`](Self::objects) were drawn as.
    pub(crate) fn of(objects: Vec<InventoryObject>) -> Self {
        let mut drawn = Self::default();
        for object in objects {
            match object {
                InventoryObject::DeploymentManager(manager) => drawn.add_shared(manager),
                InventoryObject::ResourceType(of) => drawn.add_shared(of),
                InventoryObject::ResourcePool(pool) => drawn.add_shared(pool),
                InventoryObject::Resource(resource) => drawn.add_shared(resource),
                _ => {}
            }
        }
        drawn
    }
}
