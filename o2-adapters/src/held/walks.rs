//! [`Walks`]: what lists are taken from while somebody goes through their pages, or through several lists.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use o2_core::context::Consistency;
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, Page, Result, TenantId};

use super::{Drawn, Listing, Shown};

/// How long the later pages of a list are taken from what the first one was taken from.
const LONGEST: Duration = Duration::from_secs(30);

/// Lists that are taken from the same, by what their objects are called.
pub(crate) type Together = &'static [&'static str];

/// Who lists what.
type Walk = (Option<TenantId>, &'static str);

/// What lists are taken from: otherwise a large backend would be read as often as its list has pages, and as often as it has
/// lists.
#[derive(Debug)]
pub(crate) struct Walks<D> {
    clock: Arc<dyn Clock>,
    state: Mutex<State<D>>,
}

#[derive(Debug)]
struct State<D> {
    begun: BTreeMap<Walk, (Duration, Arc<D>)>,
    spare: BTreeMap<Together, Spare<D>>,
    /// How often something was changed.
    changes: u64,
}

/// What was drawn for one list and has others, which nobody has asked for yet.
#[derive(Debug)]
struct Spare<D> {
    began: Duration,
    drawn: Arc<D>,
    left: Vec<&'static str>,
}

impl<D: Send + Sync> Walks<D> {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// What a page of the list `what` is taken from: the first one from what `draw` finds now, later ones from what the first
    /// one was. Whoever is content with something older gets what was drawn for another of the lists `together`; each list
    /// gets it once, so that it is not kept for long.
    async fn drawn(
        &self,
        context: &Context,
        (what, together): (&'static str, Together),
        query: &ListQuery,
        draw: impl Future<Output = Result<D>> + Send,
    ) -> Result<Arc<D>> {
        let walk = (context.tenant().cloned(), what);
        let now = self.clock.monotonic();
        let changes = {
            let mut state = self.state();
            state.forget_old(now);
            let known = query.marker.as_ref().and_then(|_| state.begun.get(&walk));
            if let Some((_, known)) = known {
                return Ok(Arc::clone(known));
            }
            state.changes
        };
        let drawn = match self.spare(context, what, together, now) {
            Some(spare) => spare,
            None => {
                let drawn = Arc::new(draw.await?);
                if context.consistency() != Consistency::Live {
                    self.spared(&drawn, (what, together), now, changes);
                }
                drawn
            }
        };
        if query.limit.is_some() {
            self.state().begun.insert(walk, (now, Arc::clone(&drawn)));
        }
        Ok(drawn)
    }

    fn spare(&self, context: &Context, what: &'static str, together: Together, now: Duration) -> Option<Arc<D>> {
        let Consistency::AtMost(age) = context.consistency() else {
            return None;
        };
        let mut state = self.state();
        let spare = state.spare.get_mut(together)?;
        if now.saturating_sub(spare.began) > age {
            return None;
        }
        let at = spare.left.iter().position(|left| *left == what)?;
        spare.left.swap_remove(at);
        let drawn = Arc::clone(&spare.drawn);
        if spare.left.is_empty() {
            state.spare.remove(together);
        }
        Some(drawn)
    }

    /// Remembers what was drawn, unless something was changed meanwhile.
    fn spared(&self, drawn: &Arc<D>, (what, together): (&'static str, Together), began: Duration, changes: u64) {
        let left: Vec<_> = together.iter().copied().filter(|other| *other != what).collect();
        let mut state = self.state();
        if state.changes == changes && !left.is_empty() {
            let drawn = Arc::clone(drawn);
            state.spare.insert(together, Spare { began, drawn, left });
        }
    }

    /// Something is about to be changed. What was drawn before the end of it is not for other lists any more. Drop the guard
    /// when the change has ended.
    #[must_use]
    pub(crate) fn change(&self) -> Change<'_, D> {
        Change(self)
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.begun.clear();
        state.spare.clear();
    }
}

impl Walks<Drawn> {
    /// A page of the list of all `T`, taken from what `draw` finds or has found; what it finds serves the lists `together`
    /// as well. After the last page nothing is remembered.
    pub(crate) async fn page<T: Shown>(
        &self,
        context: &Context,
        query: &ListQuery,
        together: Together,
        draw: impl Future<Output = Result<Drawn>> + Send,
    ) -> Result<Page<T>> {
        let listing = Listing::new(context, query, "")?;
        let drawn = self.drawn(context, (T::OBJECT, together), query, draw).await?;
        let page = listing.page(T::of(&drawn), |object| object)?;
        if page.next.is_none() {
            self.state().begun.remove(&(context.tenant().cloned(), T::OBJECT));
        }
        Ok(page)
    }
}

impl<D> Walks<D> {
    fn state(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change that goes on. It ends when this is dropped, also when nobody waits for its outcome any more.
#[derive(Debug)]
pub(crate) struct Change<'w, D>(&'w Walks<D>);

impl<D> Drop for Change<'_, D> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.changes += 1;
        state.spare.clear();
    }
}

impl<D> State<D> {
    fn forget_old(&mut self, now: Duration) {
        self.begun.retain(|_, (since, _)| now.saturating_sub(*since) < LONGEST);
        self.spare.retain(|_, spare| now.saturating_sub(spare.began) < LONGEST);
    }
}

impl<D> Default for State<D> {
    fn default() -> Self {
        Self {
            begun: BTreeMap::new(),
            spare: BTreeMap::new(),
            changes: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use o2_testkit::ManualClock;

    use super::*;

    const BOTH: Together = &["pools", "nodes"];

    /// Drawings are numbers.
    struct World {
        clock: Arc<ManualClock>,
        walks: Walks<u32>,
        drawings: AtomicU32,
    }

    impl World {
        fn new() -> Self {
            let clock = ManualClock::new();
            Self {
                walks: Walks::new(clock.clone()),
                clock,
                drawings: AtomicU32::new(0),
            }
        }

        async fn list(&self, what: &'static str, consistency: Consistency) -> u32 {
            let context = Context::new("test").with_consistency(consistency);
            let draw = async { Ok(self.drawings.fetch_add(1, Ordering::Relaxed) + 1) };
            let query = ListQuery::new();
            *self.walks.drawn(&context, (what, BOTH), &query, draw).await.unwrap()
        }
    }

    fn at_most(seconds: u64) -> Consistency {
        Consistency::AtMost(Duration::from_secs(seconds))
    }

    #[tokio::test]
    async fn what_was_drawn_for_one_list_serves_each_other_once() {
        let world = World::new();
        assert_eq!(world.list("pools", at_most(0)).await, 1);
        assert_eq!(world.list("nodes", at_most(0)).await, 1);
        assert!(world.walks.state().spare.is_empty(), "nobody needs it any more");
        assert_eq!(world.list("nodes", at_most(9)).await, 2);
        assert_eq!(world.list("nodes", at_most(9)).await, 3);
    }

    #[tokio::test]
    async fn what_is_older_than_somebody_wants_is_drawn_anew() {
        let world = World::new();
        assert_eq!(world.list("pools", at_most(0)).await, 1);
        assert_eq!(world.list("nodes", Consistency::Live).await, 2);
        world.clock.advance(Duration::from_secs(2));
        assert_eq!(world.list("nodes", at_most(1)).await, 3);
        world.clock.advance(LONGEST);
        assert_eq!(world.list("nodes", at_most(100)).await, 4);
    }

    #[tokio::test]
    async fn what_was_drawn_before_the_end_of_a_change_serves_nobody_else() {
        let world = World::new();
        assert_eq!(world.list("pools", at_most(0)).await, 1);
        drop(world.walks.change());
        assert_eq!(world.list("nodes", at_most(9)).await, 2);
        assert_eq!(world.list("pools", at_most(9)).await, 2);
        let change = world.walks.change();
        let context = Context::new("test").with_consistency(at_most(9));
        let draw = async {
            drop(change);
            Ok(9)
        };
        let query = ListQuery::new();
        let drawn = world.walks.drawn(&context, ("pools", BOTH), &query, draw).await;
        assert_eq!(*drawn.unwrap(), 9);
        assert_eq!(world.list("nodes", at_most(9)).await, 3);
    }
}
