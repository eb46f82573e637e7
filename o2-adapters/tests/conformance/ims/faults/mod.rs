//! Faults as they are found in real adapters, by what they are about.

pub(super) mod activity;
pub(super) mod identity;
pub(super) mod paging;
pub(super) mod plugin;
pub(super) mod pools;
pub(super) mod resources;
pub(super) mod scaling;
pub(super) mod showing;
pub(super) mod tenants;
pub(super) mod trouble;
pub(super) mod watch;

use std::sync::Arc;

use o2_core::{Capabilities, Context, Page, Pushdown};
use o2_ims::op;

/// What the plugin below can do.
fn everything() -> Capabilities {
    Capabilities::new(op::ALL.iter().copied()).with_pushdown(Pushdown::Filter)
}

/// A copy of an object that differs from it.
fn altered<T: Clone>(object: &Arc<T>, change: impl Fn(&mut T)) -> Arc<T> {
    let mut object = T::clone(object);
    change(&mut object);
    Arc::new(object)
}

/// The page with copies that differ.
fn each<T: Clone>(mut page: Page<T>, change: impl Fn(&mut T)) -> Page<T> {
    page.items
        .iter_mut()
        .for_each(|object| *object = altered(object, &change));
    page
}

/// The same request, asked by nobody in particular.
fn nobody(context: &Context) -> Context {
    Context::new(context.request_id())
}
