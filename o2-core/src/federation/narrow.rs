//! What one plugin is asked of a query: its own part of the filter, with its own ids. The rest is evaluated here.
//!
//! Filters speak of ids as the service shows them. A clause `(eq,resourcePoolId,aws~p1)` becomes
//! `(eq,resourcePoolId,p1)` for the plugin `aws`, and no other plugin needs to be asked.

use super::qualifier;
use crate::capability::Pushdown;
use crate::id::qualified::split;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::query::{Filter, Operator, Predicate, Query, Segment};
use crate::registry::Registered;

/// The filter of a query, divided between a plugin and the service.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrowed {
    /// What the plugin evaluates, in its own ids.
    pub(super) pushed: Filter,
    /// What is evaluated here, in service-level ids.
    pub(super) residual: Filter,
}

impl Narrowed {
    /// Adds a clause that no id decides.
    pub(super) fn and(mut self, pushdown: Pushdown, clause: Predicate) -> Self {
        let side = if takes(pushdown, &clause) {
            &mut self.pushed
        } else {
            &mut self.residual
        };
        *side = std::mem::take(side).and(clause.into());
        self
    }
}

/// What `plugin` is asked, if what it evaluates is `pushdown`; `None` when it cannot have what the query asks for.
pub(super) fn narrow<P: ?Sized + Plugin, T: Model>(
    plugin: &Registered<P>,
    pushdown: Pushdown,
    query: &Query,
) -> Option<Narrowed> {
    let (by_id, others) = query
        .filter
        .clone()
        .partition(|predicate| is_equality_of_id::<T>(predicate));
    let mut pushed = Vec::new();
    let mut residual = Vec::new();
    for predicate in by_id.predicates() {
        let native = native_values(plugin, predicate);
        if native.is_empty() {
            return None;
        }
        let translated = Predicate::new(predicate.path.clone(), Operator::In, native);
        if takes(pushdown, &translated) {
            pushed.push(translated);
        } else {
            residual.push(predicate.clone());
        }
    }
    let (taken, left) = others.partition(|predicate| !mentions_id::<T>(predicate) && takes(pushdown, predicate));
    let pushed = pushed.into_iter().collect::<Filter>().and(taken);
    let residual = residual.into_iter().collect::<Filter>().and(left);
    Some(Narrowed { pushed, residual })
}

fn is_equality_of_id<T: Model>(predicate: &Predicate) -> bool {
    matches!(predicate.operator, Operator::Eq | Operator::In)
        && predicate.path.segments().len() == 1
        && predicate.path.first().is_some_and(|name| T::IDS.contains(&name))
}

/// Whether ids decide the clause: the plugin has other ids than the service.
fn mentions_id<T: Model>(predicate: &Predicate) -> bool {
    predicate
        .path
        .segments()
        .iter()
        .any(|segment| matches!(segment, Segment::Name(name) if T::IDS.contains(&name.as_str())))
}

fn takes(pushdown: Pushdown, predicate: &Predicate) -> bool {
    match pushdown {
        Pushdown::None => false,
        Pushdown::Attributes(names) => {
            predicate.path.segments().len() == 1 && predicate.path.first().is_some_and(|name| names.contains(&name))
        }
        Pushdown::Filter => true,
    }
}

/// The values that are ids of this plugin, in its own spelling.
fn native_values<P: ?Sized>(plugin: &Registered<P>, predicate: &Predicate) -> Vec<String> {
    let own = |value: &String| match split(value) {
        // An empty id refers to nothing; it looks the same at every plugin.
        (None, "") => Some(String::new()),
        (None, native) => plugin.is_default().then(|| native.to_owned()),
        (Some(name), native) => (name == plugin.name().as_str() && shows(plugin, native)).then(|| native.to_owned()),
    };
    predicate.values.iter().filter_map(own).collect()
}

/// Whether the plugin's id is shown qualified. Those of the default plugin are only when they need to be.
fn shows<P: ?Sized>(plugin: &Registered<P>, native: &str) -> bool {
    qualifier(plugin).changes(native)
}
