//! [`Memory`]: sites whose plugin is the backend itself.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness};

use super::site::Site;

/// Makes sites.
pub(crate) struct Memory;

impl Harness<dyn DmsWorld> for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Site::local().await?) as _) }.boxed()
    }
}
