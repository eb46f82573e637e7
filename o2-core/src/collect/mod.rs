//! Collectors: one per plugin, each keeps the plugin's [`snapshot`](crate::snapshot) up to date and makes change events of
//! what happens. A plugin that can push changes is watched, and listed now and then to find what the watch missed; the
//! others are listed again and again, and lists are compared.
//!
//! - Nothing is concluded from errors and from lists that are not complete: objects known last stay.
//! - The first complete list of a type is told to nobody. From then on every difference is.
//! - With a durable store, what has been told and the place in the watch are committed together with the events, so what
//!   changes while no process runs is told when one runs again.
//! - Of several processes on one store, one tells the events of a plugin: the one that holds the lease of its collector.
//! - Reads are ahead of events when the events cannot be stored; what has not been told is told later.

mod collectable;
mod collector;
mod collectors;
mod diff;
mod kind;
mod ledger;
mod position;
mod settings;
mod sink;
mod slot;
mod source;
mod status;

pub use collectable::{Changes, Collectable, everything};
pub use collectors::Collectors;
pub use kind::Kind;
pub use settings::CollectSettings;
pub use sink::EventSink;
pub use status::{CollectorState, CollectorView};
