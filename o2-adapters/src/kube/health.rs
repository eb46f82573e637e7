//! How well a cluster is seen.

use o2_core::Timestamp;
use o2_core::plugin::Health;

/// The health of a plugin whose server answers, and does not let it see these kinds.
pub(crate) fn seen(now: Timestamp, denied: &[String]) -> Health {
    if denied.is_empty() {
        return Health::healthy(now);
    }
    let kinds = denied.join(", ");
    Health::degraded(now, format!("left out, because they may not be listed: {kinds}"))
}
