//! [`poll`]: what a collector does each time, for tests that count what it costs.

use o2_core::collect::Collectable;
use o2_core::context::Consistency;
use o2_core::ports::Clock;
use o2_core::{Context, Result};
use o2_ims::{IMSPlugin, Inventory};

/// Lists everything, each list as it was when this began or later. How many objects there are.
pub(crate) async fn poll(plugin: &dyn IMSPlugin, clock: &dyn Clock) -> Result<usize> {
    let (inventory, since, mut count) = (Inventory::new(), clock.monotonic(), 0);
    for kind in Collectable::<dyn IMSPlugin>::kinds(&inventory) {
        let age = clock.monotonic().saturating_sub(since);
        let context = Context::new("poll").with_consistency(Consistency::AtMost(age));
        count += inventory.list(plugin, &context, kind).await?.len();
    }
    Ok(count)
}
