//! Work: how what a caller has asked for is done, and by whom.
//!
//! A call writes down what is wanted, and begins. From then on the work can be gone on with by anybody who finds it: by the
//! call itself, by whoever looks at the deployment later when the call has ended early, by a watch, by another gateway. What
//! is done twice is done once, because objects are applied and deleted as they shall be in the end. Who is at it says so and
//! until when, so that nobody else joins meanwhile.

mod apply;
mod drive;
mod in_hand;
mod order;
mod remove;
mod roll;

pub(super) use apply::{AT_ONCE, about};
pub(super) use drive::{Due, LEASE, due, everybody};
pub(super) use in_hand::InHand;
pub(super) use order::in_order;
