//! The same thing known to several plugins is shown once: by the plugin that comes first.
//!
//! Nothing is remembered between pages. For the things on a page, the plugins that come earlier are asked whether they
//! have them too.

use std::collections::HashSet;
use std::sync::Arc;

use super::Fetch;
use super::advance::Advance;
use super::page::Job;
use super::plan::{Plan, Target};
use crate::Result;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{FilterLimits, Operator, Path, Predicate};

impl<F> Job<'_, F> {
    /// Leaves out what a plugin before the one with this index shows too. A plugin that does not answer now hides
    /// nothing.
    pub(super) async fn without_known<T: Model, P: ?Sized + Plugin>(
        &self,
        plan: &Plan<P>,
        index: usize,
        mut items: Vec<Option<Arc<T>>>,
    ) -> Result<Vec<Option<Arc<T>>>>
    where
        F: Fetch<P, T>,
    {
        let Some(attribute) = T::GLOBAL_ID else {
            return Ok(items);
        };
        for earlier in plan.listed.iter().chain(plan.targets.iter().take(index)) {
            let wanted: HashSet<String> = items.iter().flatten().filter_map(global_id).collect();
            let known = self.known(earlier, attribute, wanted).await;
            for item in &mut items {
                if item.as_ref().and_then(global_id).is_some_and(|id| known.contains(&id)) {
                    *item = None;
                }
            }
        }
        Ok(items)
    }

    /// Which of these global ids the plugin shows to the caller.
    async fn known<T: Model, P: ?Sized + Plugin>(
        &self,
        target: &Target<P>,
        attribute: &'static str,
        wanted: HashSet<String>,
    ) -> HashSet<String>
    where
        F: Fetch<P, T>,
    {
        let wanted: Vec<String> = wanted.into_iter().collect();
        let mut known = HashSet::new();
        for some in wanted.chunks(FilterLimits::CURRENT.values) {
            let clause = Predicate::new(Path::attribute(attribute), Operator::In, some.iter().cloned());
            let asked = Target {
                narrowed: target.narrowed.clone().and(target.pushdown(), clause),
                ..target.clone()
            };
            if let Err(error) = self.add_known(&asked, &mut known).await {
                let plugin = target.plugin.name();
                tracing::warn!(%plugin, %error, object = T::OBJECT, "plugin did not say which objects are duplicates");
                return known;
            }
        }
        known
    }

    async fn add_known<T: Model, P: ?Sized + Plugin>(
        &self,
        asked: &Target<P>,
        known: &mut HashSet<String>,
    ) -> Result<()>
    where
        F: Fetch<P, T>,
    {
        let mut marker = None;
        let mut advance = Advance::from(None);
        loop {
            let page = self.ask::<T, P>(asked, marker, self.most).await?;
            let shown = self.visible(asked, page.items)?;
            known.extend(shown.iter().flatten().filter_map(global_id));
            let Some(next) = page.next else { return Ok(()) };
            advance.to(&next)?;
            marker = Some(next);
        }
    }
}

fn global_id<T: Model>(item: &Arc<T>) -> Option<String> {
    item.global_id().map(ToOwned::to_owned)
}
