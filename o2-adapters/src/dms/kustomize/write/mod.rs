//! What can be asked of deployments. Each request is checked completely before anything changes; then one write begins it.

pub(super) mod change;
mod create;
mod delete;
mod heal;
mod packages;
mod preflight;
mod prepare;
mod rollback;
mod update;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use heal::heal;
pub(super) use packages::{delete_package, upload};
pub(super) use rollback::rollback;
pub(super) use update::{scale, update, upgrade};
