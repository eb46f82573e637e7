//! [`Plan`]: which plugins one page asks, from where on, and which it knows to be missing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Federation;
use super::narrow::{Narrowed, narrow};
use super::position::{At, Position};
use super::source::{Source, is_out_of_order};
use crate::capability::Pushdown;
use crate::context::{Consistency, Context};
use crate::error::Excerpt;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{Query, SortKey};
use crate::registry::Registered;
use crate::router::{Facts, Failures, Targets};
use crate::snapshot::Kept;
use crate::{Error, ErrorKind, PluginId, Result};

/// Whom a page asks.
pub(super) struct Plan<P: ?Sized> {
    /// The plugins to ask, in order.
    pub(super) targets: Vec<Target<P>>,
    /// The plugins that have been listed completely; they only say which objects are duplicates.
    pub(super) listed: Vec<Target<P>>,
    /// What is known from the page before; `None` on the first page.
    pub(super) resume: Option<Resume>,
    /// The plugins that have such objects and cannot be asked.
    pub(super) failures: Failures,
    /// The plugins that were missing on an earlier page.
    pub(super) missing: BTreeMap<String, ErrorKind>,
}

/// What is known from the page before.
pub(super) struct Resume {
    /// The last object in sort order.
    pub(super) after: Option<(SortKey, String)>,
    /// How many objects there are in all.
    pub(super) total: Option<u64>,
}

/// A plugin to ask, what it is asked, and where its list goes on.
pub(super) struct Target<P: ?Sized> {
    pub(super) plugin: Arc<Registered<P>>,
    pub(super) narrowed: Narrowed,
    pub(super) source: Source,
    pub(super) marker: Option<String>,
    pub(super) skip: usize,
}

impl<P: ?Sized + Plugin> Target<P> {
    /// The plugin from the start, unless it cannot have what the query asks for.
    pub(super) fn of<T: Model>(plugin: Arc<Registered<P>>, source: Source, query: &Query) -> Option<Self> {
        let pushdown = match source.shown() {
            Some(_) => Pushdown::Filter,
            None => plugin.plugin().capabilities().pushdown,
        };
        let narrowed = narrow::<P, T>(&plugin, pushdown, query)?;
        Some(Self {
            plugin,
            narrowed,
            source,
            marker: None,
            skip: 0,
        })
    }

    /// What is evaluated where the objects come from.
    pub(super) fn pushdown(&self) -> Pushdown {
        match self.source.shown() {
            Some(_) => Pushdown::Filter,
            None => self.plugin.plugin().capabilities().pushdown,
        }
    }
}

impl<P: ?Sized> Clone for Target<P> {
    fn clone(&self) -> Self {
        Self {
            plugin: Arc::clone(&self.plugin),
            narrowed: self.narrowed.clone(),
            source: self.source.clone(),
            marker: self.marker.clone(),
            skip: self.skip,
        }
    }
}

impl<P: ?Sized> Plan<P> {
    /// The first page of one plugin, or of none.
    pub(super) fn first(targets: Vec<Target<P>>) -> Self {
        Self {
            targets,
            listed: Vec::new(),
            resume: None,
            failures: Failures::new(),
            missing: BTreeMap::new(),
        }
    }
}

impl<P: ?Sized + Plugin> Federation<P> {
    /// The first page of a list: everybody the router names and who can have what the query asks for. Of those who are
    /// out of order, what is known is shown.
    ///
    /// # Errors
    /// The router's, when nobody can be asked and nothing is known.
    pub(super) fn begin<T: Model>(&self, context: &Context, facts: &Facts<'_>, query: &Query) -> Result<Plan<P>> {
        let outages: Vec<_> = self.outages::<T>(context, facts).collect();
        let asked = match self.router().targets(facts) {
            Err(_) if !outages.is_empty() => Targets::none(),
            asked => asked?,
        };
        let targets = asked.plugins.into_iter().map(|plugin| {
            let source = Source::of(self.kept::<T>(context, plugin.name(), None));
            (plugin, source)
        });
        let known = |name: &PluginId| outages.iter().any(|(plugin, _)| plugin.name() == name);
        let concerned = |name: &PluginId| {
            let plugin = self.registry().get(name.as_str());
            plugin.is_none_or(|plugin| narrow::<P, T>(&plugin, Pushdown::Filter, query).is_some())
        };
        let failures = asked.failures.into_iter();
        let failures: Vec<_> = failures.filter(|(name, _)| concerned(name) && !known(name)).collect();
        let targets = targets.chain(outages);
        let targets = targets.filter_map(|(plugin, source)| Target::of::<T>(plugin, source, query));
        let mut plan = Plan::first(targets.collect());
        plan.failures.extend(failures);
        Ok(plan)
    }

    /// The plugins that are out of order and of which something is known.
    fn outages<T: Model>(
        &self,
        context: &Context,
        facts: &Facts<'_>,
    ) -> impl Iterator<Item = (Arc<Registered<P>>, Source)> {
        let plugins = match context.consistency() {
            Consistency::Live => Vec::new(),
            Consistency::AtMost(_) => self.router().outages(facts),
        };
        plugins.into_iter().filter_map(|plugin| {
            let kept = self.kept::<T>(context, plugin.name(), None)?;
            Some((plugin, Source::kept(kept, Some(ErrorKind::Unavailable))))
        })
    }

    /// A later page: the plugins the marker names.
    pub(super) fn resume<T: Model>(&self, context: &Context, query: &Query, position: Position) -> Plan<P> {
        let mut plan = Plan::first(Vec::new());
        let (mut start, after) = match position.at {
            At::Walk { marker, skip } => (Some((marker, skip)), None),
            At::After(key, id) => (None, Some((key, id))),
        };
        for name in position.plugins {
            // Only the plugin in turn has been listed in part.
            let (marker, skip) = start.take().unwrap_or_default();
            match self.again::<T>(context, &name, &position.kept) {
                Ok((plugin, source)) => {
                    let target = Target::of::<T>(plugin, source, query);
                    plan.targets
                        .extend(target.map(|target| Target { marker, skip, ..target }));
                }
                Err(error) => plan.failures.push(PluginId::new(&name), absent(&name, error)),
            }
        }
        let listed = position.listed.iter();
        let listed = listed.filter_map(|name| self.again::<T>(context, name, &position.kept).ok());
        plan.listed = listed
            .filter_map(|(plugin, source)| Target::of::<T>(plugin, source, query))
            .collect();
        plan.missing = position.missing;
        plan.resume = Some(Resume {
            after,
            total: position.total,
        });
        plan
    }

    /// A plugin that an earlier page named, with the source it had there.
    fn again<T: Model>(
        &self,
        context: &Context,
        name: &str,
        from_kept: &BTreeMap<String, Option<ErrorKind>>,
    ) -> Result<(Arc<Registered<P>>, Source)> {
        let plugin = match self.router().named(name, context.tenant()) {
            Err(error) if from_kept.contains_key(name) => {
                let known = self.registry().get(name).filter(|plugin| is_out_of_order(plugin));
                known.ok_or(error)?
            }
            plugin => plugin?,
        };
        let source = match from_kept.get(name) {
            None => Source::live(self.kept::<T>(context, plugin.name(), None)),
            Some(failed) => {
                let kept = self.kept_before::<T>(context, plugin.name());
                Source::kept(kept.ok_or_else(|| Error::not_found("plugin", name))?, *failed)
            }
        };
        Ok((plugin, source))
    }

    /// What is known, also for a caller who wants the backend's word now but began otherwise.
    fn kept_before<T: Model>(&self, context: &Context, plugin: &PluginId) -> Option<Kept> {
        let any = context.clone().with_consistency(Consistency::AtMost(Duration::MAX));
        self.kept::<T>(&any, plugin, None)
    }
}

/// Why a plugin that a marker names cannot be asked.
fn absent(name: &str, error: Error) -> Error {
    if !error.is(ErrorKind::NotFound) {
        return error;
    }
    let message = format!(
        "plugin '{}' is not there any more; start at the first page again",
        Excerpt(name)
    );
    Error::new(ErrorKind::NotFound, message)
}
