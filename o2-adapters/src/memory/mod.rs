//! What the in-memory backends have in common: state that moves with the clock ([`Live`], [`Timeline`]), and
//! streams of what comes ([`follow`]).
//!
//! Nothing here runs in the background. What is due happens when somebody looks, in the order and with the times it
//! would have had if somebody had looked all along.

mod ids;
mod instance;
mod live;
mod moment;
mod signal;
mod stream;
mod timeline;

pub(crate) use ids::{Ids, check_given_id};
pub(crate) use instance::Instance;
pub(crate) use live::{Live, Timed};
pub(crate) use moment::Moment;
pub(crate) use stream::follow;

pub(crate) use crate::held::{Journal, Listing, Ring, Step};
pub(crate) use timeline::Timeline;

/// The longest name or given id, in characters.
pub(crate) const MAX_NAME: usize = 255;
