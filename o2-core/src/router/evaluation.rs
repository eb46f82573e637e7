//! One call, one table, one snapshot of the registry: who gets the call. Routing and explaining both ask here.

use std::cmp::Reverse;
use std::sync::Arc;

use super::index::Index;
use super::mismatch::Place;
use super::obstacle::{Obstacle, Reason};
use super::{Decision, Facts, RoutingTable, Rule};
use crate::error::Excerpt;
use crate::id::PluginId;
use crate::plugin::Plugin;
use crate::registry::{Registered, Snapshot};
use crate::{Error, ErrorKind};

/// A routing table made ready for use.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Highest priority first, then as in the configuration.
    pub(super) rules: Vec<Arc<Rule>>,
    index: Index,
    /// The rest of the table; its rules have moved.
    pub(super) table: RoutingTable,
}

impl Prepared {
    pub(super) fn new(mut table: RoutingTable) -> Self {
        let mut rules: Vec<_> = std::mem::take(&mut table.rules).into_iter().map(Arc::new).collect();
        rules.sort_by_key(|rule| Reverse(rule.priority));
        let index = Index::new(&rules);
        Self { rules, index, table }
    }
}

/// The plugin a call goes to, or why it cannot go to the only one it may go to.
pub(super) type Choice<'a, P> = Result<&'a Arc<Registered<P>>, Obstacle<'a>>;

pub(super) struct Evaluation<'a, P: ?Sized> {
    pub(super) prepared: &'a Prepared,
    pub(super) plugins: &'a Snapshot<P>,
    pub(super) facts: &'a Facts<'a>,
}

impl<'a, P: ?Sized + Plugin> Evaluation<'a, P> {
    /// The plugin a rule gives the call to, or why the rule is not for this call.
    pub(super) fn judge(&self, rule: &'a Rule) -> Result<Choice<'a, P>, Place<'a>> {
        if let Some(place) = rule.mismatch(self.facts) {
            return Err(place);
        }
        Ok(self
            .usable(&rule.plugin)
            .and_then(|entry| rule.conditions.obstacle(entry).map_or(Ok(entry), Err)))
    }

    /// The plugin of this name, if it can be given the call.
    pub(super) fn usable(&self, plugin: &'a PluginId) -> Choice<'a, P> {
        let reason = Reason::NotRegistered;
        let entry = self.plugins.get(plugin.as_str()).ok_or(Obstacle { plugin, reason })?;
        Obstacle::of(entry, self.facts).map_or(Ok(entry), Err)
    }

    /// The first rule that decides: its plugin can be given the call, or it is exclusive.
    fn deciding_rule(&self) -> Option<(&'a Arc<Rule>, Choice<'a, P>)> {
        let (_, decided) = self.prepared.index.first(self.facts, |position| {
            let rule = self.prepared.rules.get(position)?;
            let choice = self.judge(rule).ok()?;
            (choice.is_ok() || rule.exclusive).then_some((rule, choice))
        })?;
        Some(decided)
    }

    /// What the first rule that matches decides, if it is exclusive.
    pub(super) fn exclusive_choice(&self) -> Option<Choice<'a, P>> {
        let (_, (rule, choice)) = self.prepared.index.first(self.facts, |position| {
            let rule = self.prepared.rules.get(position)?;
            Some((rule, self.judge(rule).ok()?))
        })?;
        rule.exclusive.then_some(choice)
    }

    /// The plugin that serves what no rule claims: the table's, else the registry's.
    pub(super) fn default_plugin(&self) -> Option<&'a PluginId> {
        let registered = || self.plugins.default_plugin().map(|entry| entry.name());
        self.prepared.table.default.as_ref().or_else(registered)
    }

    /// Who gets the call.
    pub(super) fn choose(&self) -> Option<(&'a Arc<Registered<P>>, Decision)> {
        if let Some((rule, choice)) = self.deciding_rule() {
            return Some((choice.ok()?, Decision::Rule(Arc::clone(rule))));
        }
        if let Some(entry) = self.default_plugin().and_then(|name| self.usable(name).ok()) {
            return Some((entry, Decision::Default));
        }
        let mut chain = self.prepared.table.fallback.iter();
        let entry = chain.find_map(|name| self.usable(name).ok())?;
        Some((entry, Decision::Fallback))
    }

    /// The error of a call that nobody can serve.
    pub(super) fn refusal(&self) -> Error {
        let mut obstacles = Vec::new();
        for rule in &self.prepared.rules {
            if let Ok(Err(obstacle)) = self.judge(rule) {
                obstacles.push(obstacle);
                if rule.exclusive {
                    return refusal(self.facts, &obstacles);
                }
            }
        }
        let others = self.default_plugin().into_iter().chain(&self.prepared.table.fallback);
        obstacles.extend(others.filter_map(|name| self.usable(name).err()));
        refusal(self.facts, &obstacles)
    }
}

/// The error of a call that met nothing but obstacles. The caller learns the state of the plugins it may know of, the
/// operator everything.
pub(super) fn refusal(facts: &Facts<'_>, obstacles: &[Obstacle<'_>]) -> Error {
    let detail = obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let lacking = obstacles.iter().find_map(|obstacle| match obstacle.reason {
        Reason::LacksOperation(operation) if facts.operation == Some(operation) => Some((obstacle.plugin, operation)),
        _ => None,
    });
    if let Some((plugin, operation)) = lacking
        && !obstacles.iter().any(Obstacle::is_outage)
    {
        return Error::unsupported(operation).with_plugin(plugin).with_detail(detail);
    }
    let mut tried: Vec<String> = Vec::new();
    for obstacle in obstacles.iter().filter(|obstacle| obstacle.is_visible()) {
        let text = format!("{}: {}", obstacle.plugin, obstacle.state());
        if !tried.contains(&text) {
            tried.push(text);
        }
    }
    let (category, object) = (facts.category, Excerpt(facts.object));
    let message = if tried.is_empty() {
        format!("there is no {category} plugin for {object}")
    } else {
        format!("no {category} plugin can serve {object} now ({})", tried.join(", "))
    };
    Error::new(ErrorKind::Unavailable, message).with_detail(detail)
}
