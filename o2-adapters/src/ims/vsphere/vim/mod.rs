//! The VIM API by SOAP: as much of it as an inventory needs.

mod alarms;
mod calls;
mod collect;
mod fault;
mod retrieve;
mod session;
mod transport;
mod xml;

#[cfg(test)]
pub(super) use xml::parse;

pub(super) use alarms::Triggered;
pub(super) use calls::{Allocation, Vim};
pub(super) use collect::{Collector, Round};
pub(super) use fault::{Called, Failure};
pub(super) use retrieve::{Kept, Read};
pub(super) use session::About;
pub(super) use xml::{Element, Ref};
