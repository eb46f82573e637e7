//! Subjects, events and subscriptions for the tests of this module.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{NewSubscription, Subjects, Subscription};
use crate::event::{ChangeEvent, EventKind, Subject};
use crate::model::Change;
use crate::model::attribute::{Attributes, Object, Shape};
use crate::query::testing::{Site, Thing};
use crate::{PluginId, Result, TenantId, Timestamp};

/// A state of an object of any kind, of a tenant or shared.
#[derive(Debug)]
pub(crate) struct Told<T> {
    pub(crate) object: &'static str,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) state: T,
}

impl<T: Attributes + Serialize + fmt::Debug> Subject for Told<T> {
    fn object(&self) -> &'static str {
        self.object
    }

    fn id(&self) -> &str {
        "id"
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    fn shape(&self) -> Shape {
        Shape::of::<T>()
    }

    fn attributes(&self) -> &dyn Object {
        &self.state
    }

    fn to_json(&self) -> Result<Box<RawValue>> {
        Ok(serde_json::value::to_raw_value(&self.state).unwrap())
    }
}

/// Two kinds of objects that have everything, and one that has little.
pub(crate) fn subjects() -> Subjects {
    Subjects::new()
        .with_object("thing", Shape::of::<Thing>())
        .with_object("other", Shape::of::<Thing>())
        .with_object("site", Shape::of::<Site>())
}

/// A state of an object.
pub(crate) fn told<T: Attributes + Serialize + fmt::Debug>(
    object: &'static str,
    tenant: Option<&str>,
    state: T,
) -> Arc<dyn Subject> {
    let tenant = tenant.map(TenantId::from);
    Arc::new(Told { object, tenant, state })
}

/// An event at this second.
pub(crate) fn event(
    kind: EventKind,
    second: i64,
    before: Option<Arc<dyn Subject>>,
    after: Option<Arc<dyn Subject>>,
) -> ChangeEvent {
    let change = Change {
        kind: kind.change(),
        before,
        after,
        time: Timestamp::from_unix_seconds(second),
        resume: String::new(),
    };
    ChangeEvent::of(PluginId::new("p"), kind, change)
}

/// A subscription with this filter, of a tenant.
pub(crate) fn subscription(filter: serde_json::Value, tenant: Option<&str>) -> Subscription {
    let mut new = NewSubscription::to("https://smo/");
    new.filter = serde_json::from_value(filter).unwrap();
    new.into_subscription("s".into(), tenant.map(TenantId::from), Timestamp::UNIX_EPOCH)
}
