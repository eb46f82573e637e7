//! [`without_deadline`]: who asks, for what outlives the request.

use std::sync::Arc;

use o2_core::Context;

/// The same caller for a stream or work that goes on when the request that began it has been answered.
pub(crate) fn without_deadline(context: &Context) -> Context {
    let bare = Context::for_principal(context.request_id(), Arc::new(context.principal().clone()));
    match context.tenant() {
        Some(tenant) => bare.with_tenant(tenant.clone()),
        None => bare,
    }
}
