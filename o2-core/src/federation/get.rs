//! Reading one object: from what is known of its plugin, or from the plugin.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::source::is_out_of_order;
use super::{Federation, Owned};
use crate::context::Context;
use crate::id::{Id, qualified};
use crate::model::Model;
use crate::operation::Operation;
use crate::plugin::Plugin;
use crate::registry::Registered;
use crate::snapshot::Kept;
use crate::{ErrorKind, Fault, Result};

/// An object and the plugin that has it.
type Found<P, T> = (Arc<Registered<P>>, Arc<T>);

impl<P: ?Sized + Plugin> Federation<P> {
    /// The object with this service-level id, as the service shows it.
    ///
    /// # Errors
    /// `NotFound`, which is always the plugin's own word; the plugin's, unless the object is known and the caller's
    /// context allows to show it.
    pub async fn get<T: Model>(
        &self,
        context: &Context,
        operation: &'static Operation,
        id: &Id<T>,
        ask: impl for<'x> Fn(&'x P, &'x Context, &'x Id<T>) -> BoxFuture<'x, Result<Arc<T>>> + Send + Sync,
    ) -> Result<Arc<T>> {
        let (plugin, object) = self.find(context, operation, id, ask).await?;
        self.show(context, &plugin, object)
    }

    /// The same with the plugin that has it, and not yet as the service shows it.
    ///
    /// # Errors
    /// Those of [`Self::get`].
    pub async fn find<T: Model>(
        &self,
        context: &Context,
        operation: &'static Operation,
        id: &Id<T>,
        ask: impl for<'x> Fn(&'x P, &'x Context, &'x Id<T>) -> BoxFuture<'x, Result<Arc<T>>> + Send + Sync,
    ) -> Result<Found<P, T>> {
        let Owned { plugin, native } = match self.owner(context, operation, id) {
            Ok(owner) => owner,
            Err(error) => return self.known_of_outage(context, id, error.kind()).ok_or(error),
        };
        let kept = self.kept::<T>(context, plugin.name(), Some(native.as_str()));
        // An object that is not known may be new.
        let known = kept.and_then(|kept| Some((visible(context, &kept, native.as_str())?, kept)));
        match known {
            Some((object, kept)) if kept.is_fresh => {
                context.note_age(kept.age);
                Ok((plugin, object))
            }
            known => match (ask(plugin.plugin(), context, &native).await, known) {
                (Err(error), Some((object, kept))) if error.fault() != Fault::Caller => {
                    note(context, &plugin, &kept, error.kind());
                    Ok((plugin, object))
                }
                (answer, _) => answer.map(|object| (plugin, object)),
            },
        }
    }

    /// The object as it was known before its plugin went out of order.
    fn known_of_outage<T: Model>(&self, context: &Context, id: &Id<T>, kind: ErrorKind) -> Option<Found<P, T>> {
        let (name, native) = qualified::split(id.as_str());
        let plugin = match name {
            Some(name) => self.registry().get(name),
            None => self.registry().default_plugin(),
        };
        let plugin = plugin.filter(|plugin| is_out_of_order(plugin) && plugin.is_visible_to(context.tenant()))?;
        let kept = self.kept::<T>(context, plugin.name(), Some(native))?;
        let object = visible(context, &kept, native)?;
        note(context, &plugin, &kept, kind);
        Some((plugin, object))
    }
}

/// The object, if it is known and the caller may see it.
fn visible<T: Model>(context: &Context, kept: &Kept, id: &str) -> Option<Arc<T>> {
    let object: Arc<T> = kept.view.get(id)?;
    context.sees(object.tenant()).then_some(object)
}

/// An object is shown as it was known last.
fn note<P: ?Sized>(context: &Context, plugin: &Registered<P>, kept: &Kept, kind: ErrorKind) {
    context.note_age(kept.age);
    context.note_stale(plugin.name(), kind);
}
