//! Notifications on their way out: how they are signed and checked ([`signature`]), and where they may go ([`egress`]).

pub mod egress;
pub mod signature;
