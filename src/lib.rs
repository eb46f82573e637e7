#![doc = include_str!("../README.md")]

mod assembly;
mod background;
mod builder;
mod gateway;
mod meta;
mod notifications;
mod plugins;
mod rate_limit;
mod refusal;
mod request_id;
mod route_metrics;
mod routing;
mod tower;

pub use builder::GatewayBuilder;
pub use gateway::Gateway;
pub use tower::{CutOff, GatewayService, TooLarge, TooSlow};

pub use o2_adapters as adapters;
pub use o2_core as core;
pub use o2_core::{Context, Error, ErrorKind, Result};
pub use o2_dms as dms;
pub use o2_ims as ims;
pub use o2_smo as smo;
