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
        let found = Self::matching(self, event);
        let ids = found
            .subscriptions
            .iter()
            .map(|subscription| subscription.subscription_id.clone());
        Matched {
            subscriptions: ids.collect(),
            generation: found.generation,
        }
    }

    fn caught_up<'a>(&'a self, beyond: Option<Revision>, limit: Duration) -> BoxFuture<'a, Result<()>> {
        Self::caught_up(self, beyond, limit).boxed()
    }
}
