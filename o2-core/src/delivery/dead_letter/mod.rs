//! Dead letters: notifications that could not be delivered. They can be looked at, sent again and removed.

mod keeper;
mod limits;
mod model;
pub(super) mod routes;

use crate::outbox::key::number;
use crate::subscription::SubscriptionId;

pub use keeper::{DeadLetters, Which};
pub use limits::DeadLetterLimits;
pub use model::{DeadLetter, DeadReason};
pub use routes::HasDeadLetters;

/// The prefix of every dead letter.
const LETTERS: &str = "deadletter/";

/// The prefix of the dead letters of a subscription.
fn letters_of(subscription: &SubscriptionId) -> String {
    format!("{LETTERS}{subscription}/")
}

/// The key of a dead letter.
pub(super) fn key(subscription: &SubscriptionId, sequence: u64) -> String {
    format!("{}{}", letters_of(subscription), number(sequence))
}
