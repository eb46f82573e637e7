//! The same thing known to several plugins is shown once: by the plugin that comes first.
//!
//! Nothing is remembered between pages. For the things on a page, the plugins that come earlier are asked whether they
//! have them too.

use std::collections::HashSet;
use std::sync::Arc;

use super::Fetch;
use super::list::{Job, Target};
use crate::Result;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{FilterLimits, Operator, Path, Predicate};

impl<P: ?Sized + Plugin, F> Job<'_, P, F> {
    /// Leaves out what a plugin before the one with this index shows too. A plugin that does not answer now hides
    /// nothing.
    pub(super) async fn without_known<T: Model>(
        &self,
        index: usize,
        mut items: Vec<Option<Arc<T>>>,
    ) -> Result<Vec<Option<Arc<T>>>>
    where
        F: Fetch<P, T>,
    {
        let Some(attribute) = T::GLOBAL_ID else {
            return Ok(items);
        };
        for earlier in self.targets.iter().take(index) {
            let wanted: HashSet<String> = items
                .iter()
                .flatten()
                .filter_map(|item| item.global_id().map(ToOwned::to_owned))
                .collect();
            let known = self.known(earlier, attribute, wanted).await;
            for item in &mut items {
                let is_known = item
                    .as_ref()
                    .and_then(|item| item.global_id())
                    .is_some_and(|id| known.contains(id));
                if is_known {
                    *item = None;
                }
            }
        }
        Ok(items)
    }

    /// Which of these global ids the plugin shows to the caller.
    async fn known<T: Model>(
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
            let narrowed = target.narrowed.clone().and(&target.plugin, clause);
            let asked = Target {
                plugin: Arc::clone(&target.plugin),
                narrowed,
            };
            let mut marker = None;
            loop {
                let Ok(page) = self.ask::<T>(&asked, marker).await else {
                    return known;
                };
                let Ok(shown) = self.show(&asked, page.items) else {
                    return known;
                };
                known.extend(
                    shown
                        .iter()
                        .flatten()
                        .filter_map(|item| item.global_id().map(ToOwned::to_owned)),
                );
                marker = page.next;
                if marker.is_none() {
                    break;
                }
            }
        }
        known
    }
}
