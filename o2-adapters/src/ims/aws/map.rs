//! From what the backend sends to what O2 shows. Pure functions.

use o2_core::Timestamp;
use o2_core::plugin::Health;

use super::wire::About;

/// A backend that says what it is, is well.
pub(super) fn health(about: About, now: Timestamp) -> Health {
    Health::healthy(now).with_detail("version", about.version)
}
