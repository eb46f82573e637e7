//! The matcher, as the outbox asks it.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::Matcher;
use crate::Result;
use crate::event::ChangeEvent;
use crate::outbox::{Matched, Matching};
use crate::store::Revision;

impl Matching for Matcher {
    fn matching(&self, event: &ChangeEvent) -> Matched {
        Self::matching(self, event)
    }

    fn caught_up<'a>(&'a self, beyond: Option<Revision>, limit: Duration) -> BoxFuture<'a, Result<()>> {
        Self::caught_up(self, beyond, limit).boxed()
    }
}
