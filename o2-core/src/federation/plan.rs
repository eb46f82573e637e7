//! [`Plan`]: which plugins one page asks, from where on, and which it knows to be missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Federation;
use super::narrow::{Narrowed, narrow};
use super::position::{At, Position};
use crate::context::Context;
use crate::error::Excerpt;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{Query, SortKey};
use crate::registry::Registered;
use crate::router::{Facts, Failures};
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
    pub(super) marker: Option<String>,
    pub(super) skip: usize,
}

impl<P: ?Sized + Plugin> Target<P> {
    /// The plugin from the start, unless it cannot have what the query asks for.
    pub(super) fn of<T: Model>(plugin: Arc<Registered<P>>, query: &Query) -> Option<Self> {
        let narrowed = narrow::<P, T>(&plugin, query)?;
        Some(Self {
            plugin,
            narrowed,
            marker: None,
            skip: 0,
        })
    }
}

impl<P: ?Sized> Clone for Target<P> {
    fn clone(&self) -> Self {
        Self {
            plugin: Arc::clone(&self.plugin),
            narrowed: self.narrowed.clone(),
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
    /// The first page of a list: everybody the router names and who can have what the query asks for.
    ///
    /// # Errors
    /// The router's, when nobody can be asked.
    pub(super) fn begin<T: Model>(&self, facts: &Facts<'_>, query: &Query) -> Result<Plan<P>> {
        let asked = self.router().targets(facts)?;
        let targets = asked.plugins.into_iter();
        let mut plan = Plan::first(targets.filter_map(|plugin| Target::of::<T>(plugin, query)).collect());
        let concerned = |name: &PluginId| {
            let plugin = self.registry().get(name.as_str());
            plugin.is_none_or(|plugin| narrow::<P, T>(&plugin, query).is_some())
        };
        let failures = asked.failures.into_iter();
        plan.failures.extend(failures.filter(|(name, _)| concerned(name)));
        Ok(plan)
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
            match self.router().named(&name, context.tenant()) {
                Ok(plugin) => {
                    plan.targets
                        .extend(Target::of::<T>(plugin, query).map(|target| Target { marker, skip, ..target }));
                }
                Err(error) => plan.failures.push(PluginId::new(&name), absent(&name, error)),
            }
        }
        let listed = position.listed.iter();
        let listed = listed.filter_map(|name| self.router().named(name, context.tenant()).ok());
        plan.listed = listed.filter_map(|plugin| Target::of::<T>(plugin, query)).collect();
        plan.missing = position.missing;
        plan.resume = Some(Resume {
            after,
            total: position.total,
        });
        plan
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
