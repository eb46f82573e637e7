//! [`Router`]: which plugin gets a call. It looks at [`Facts`] about the call, tries the operator's [`Rule`]s, then the
//! default plugin, then the fallback chain, and leaves out plugins that cannot be called now. It calls nobody itself;
//! [`fan_out`] has the three ways to ask several plugins.

mod evaluation;
mod explain;
mod facts;
mod failures;
pub mod fan_out;
mod index;
mod mismatch;
mod obstacle;
mod rule;
mod table;

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use explain::{ExplainedDecision, ExplainedError, ExplainedPlugin, ExplainedRule, Explanation};
pub use facts::Facts;
pub use failures::Failures;
pub use rule::{Conditions, Pattern, Rule};
pub use table::{FanOut, RoutingTable, Strategy};

use crate::id::{TenantId, qualified};
use crate::plugin::Plugin;
use crate::registry::{Registered, Registry};
use crate::{Error, Result};
use evaluation::{Evaluation, Prepared, refusal};
use obstacle::Obstacle;

/// Decides which plugin of one category gets a call: `Router<dyn IMSPlugin>`. Deciding takes no lock,
/// and memory only when it fails or when a package type has upper-case letters.
pub struct Router<P: ?Sized> {
    registry: Arc<Registry<P>>,
    prepared: ArcSwap<Prepared>,
}

/// Who gets a call, and what decided that.
#[non_exhaustive]
pub struct Routed<P: ?Sized> {
    /// Who gets it.
    pub plugin: Arc<Registered<P>>,
    /// What decided that.
    pub decision: Decision,
}

/// What decided where a call goes. `Display` is for logs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// A rule.
    Rule(Arc<Rule>),
    /// No rule could; there is a default plugin.
    Default,
    /// Neither a rule nor the default plugin could; there is a fallback chain.
    Fallback,
}

/// Whom a list asks.
#[non_exhaustive]
pub struct Targets<P: ?Sized> {
    /// Those who can be asked, at least one: the default plugin first, then in the order of registration.
    pub plugins: Vec<Arc<Registered<P>>>,
    /// Those who have the objects but cannot be asked now, so that the list is known to be incomplete.
    pub failures: Failures,
}

impl<P: ?Sized> Targets<P> {
    /// Nobody.
    pub(crate) fn none() -> Self {
        Self {
            plugins: Vec::new(),
            failures: Failures::new(),
        }
    }
}

impl<P: ?Sized + Plugin> Router<P> {
    /// Routes to the plugins of `registry`. The table may name plugins that are registered later.
    #[must_use]
    pub fn new(registry: Arc<Registry<P>>, table: RoutingTable) -> Self {
        Self {
            registry,
            prepared: ArcSwap::from_pointee(Prepared::new(table)),
        }
    }

    /// Puts another table in place. Calls that are being routed keep the old one.
    pub fn set_table(&self, table: RoutingTable) {
        self.prepared.store(Arc::new(Prepared::new(table)));
    }

    /// The plugins that are routed to.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry<P>> {
        &self.registry
    }

    /// How lists of this object type are put together.
    #[must_use]
    pub fn fan_out(&self, object: &str) -> FanOut {
        self.prepared.load().table.fan_out(object)
    }

    /// Who gets a call: the plugin of the first rule that matches and whose plugin can be called, is there for the
    /// tenant and has the operation; else the default plugin; else the first of the fallback chain that can.
    ///
    /// # Errors
    /// `Unsupported` when those who can be called lack the operation and nobody is out of order; otherwise
    /// `Unavailable`. The message says who was tried and why in vain.
    pub fn route(&self, facts: &Facts<'_>) -> Result<Routed<P>> {
        self.evaluate(facts, |evaluation| {
            let (plugin, decision) = evaluation.choose().ok_or_else(|| evaluation.refusal())?;
            Ok(Routed {
                plugin: Arc::clone(plugin),
                decision,
            })
        })
    }

    /// Why a call goes where it goes. Looks at every rule; for operators, not for the way of a call.
    #[must_use]
    pub fn explain<'a>(&self, facts: &Facts<'a>) -> Explanation<'a> {
        self.evaluate(facts, |evaluation| explain::explain(evaluation, *facts))
    }

    /// The plugin of this name, for a caller of this tenant.
    ///
    /// # Errors
    /// `NotFound` when it does not exist for the tenant, `Unavailable` when it cannot be called now.
    pub fn named(&self, name: &str, tenant: Option<&TenantId>) -> Result<Arc<Registered<P>>> {
        let plugins = self.registry.load();
        let visible = plugins.get(name).filter(|entry| entry.is_visible_to(tenant));
        callable(visible.ok_or_else(|| Error::not_found("plugin", name))?)
    }

    /// The plugin that has the object with this [qualified] id, and the plugin's own id of it.
    ///
    /// # Errors
    /// `NotFound` when the plugin does not exist for the tenant, in the same words as for an object that does not
    /// exist; `Unavailable` when it cannot be called now.
    pub fn owner<'i>(&self, facts: &Facts<'_>, id: &'i str) -> Result<(Arc<Registered<P>>, &'i str)> {
        let plugins = self.registry.load();
        let (name, native) = qualified::split(id);
        let entry = match name {
            Some(name) => plugins.get(name),
            None => plugins.default_plugin(),
        };
        let visible = entry.filter(|entry| entry.is_visible_to(facts.tenant));
        let entry = callable(visible.ok_or_else(|| Error::not_found(facts.object, id))?)?;
        Ok((entry, native))
    }

    /// Whom a list asks: everybody who is there for the tenant and has the operation. Who is out of order is among the
    /// failures; who is disabled is left out. Facts narrow the choice only when the first rule that matches them is
    /// [exclusive](Rule#structfield.exclusive).
    ///
    /// # Errors
    /// As [`Self::route`], when nobody can be asked.
    pub fn targets(&self, facts: &Facts<'_>) -> Result<Targets<P>> {
        self.evaluate(facts, |evaluation| match evaluation.exclusive_choice() {
            Some(Ok(plugin)) => Ok(Targets {
                plugins: vec![Arc::clone(plugin)],
                failures: Failures::new(),
            }),
            Some(Err(obstacle)) => Err(refusal(facts, &[obstacle])),
            None => everybody(evaluation),
        })
    }

    /// Those whom a list would ask if only they worked.
    pub(crate) fn outages(&self, facts: &Facts<'_>) -> Vec<Arc<Registered<P>>> {
        self.evaluate(facts, |evaluation| {
            let all = evaluation.plugins.ranked().iter();
            let outages = all.filter(|entry| Obstacle::of(entry, facts).is_some_and(|obstacle| obstacle.is_outage()));
            match evaluation.exclusive_choice() {
                None => outages.cloned().collect(),
                Some(Ok(_)) => Vec::new(),
                Some(Err(only)) => outages.filter(|entry| entry.name() == only.plugin).cloned().collect(),
            }
        })
    }

    fn evaluate<'f, T>(&self, facts: &Facts<'f>, use_it: impl FnOnce(&Evaluation<'_, P>) -> T) -> T {
        let prepared = self.prepared.load();
        let plugins = self.registry.load();
        use_it(&Evaluation {
            prepared: &prepared,
            plugins: &plugins,
            facts,
        })
    }
}

fn callable<P: ?Sized>(entry: &Arc<Registered<P>>) -> Result<Arc<Registered<P>>> {
    match Obstacle::of_status(entry) {
        None => Ok(Arc::clone(entry)),
        Some(obstacle) => Err(obstacle.unavailable()),
    }
}

fn everybody<P: ?Sized + Plugin>(evaluation: &Evaluation<'_, P>) -> Result<Targets<P>> {
    let default = evaluation.default_plugin();
    let mut candidates: Vec<_> = evaluation.plugins.ranked().iter().collect();
    candidates.sort_by_key(|entry| default != Some(entry.name()));

    let mut plugins = Vec::new();
    let mut obstacles = Vec::new();
    for entry in candidates {
        match Obstacle::of(entry, evaluation.facts) {
            None => plugins.push(Arc::clone(entry)),
            Some(obstacle) => obstacles.push(obstacle),
        }
    }
    if plugins.is_empty() {
        return Err(refusal(evaluation.facts, &obstacles));
    }
    let mut failures = Failures::new();
    failures.extend(
        obstacles
            .iter()
            .filter(|obstacle| obstacle.is_outage())
            .map(|obstacle| (obstacle.plugin.clone(), obstacle.unavailable())),
    );
    Ok(Targets { plugins, failures })
}

impl Decision {
    /// `rule`, `default` or `fallback`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Default => "default",
            Self::Fallback => "fallback",
        }
    }

    /// The rule that decided.
    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        match self {
            Self::Rule(rule) => Some(rule),
            Self::Default | Self::Fallback => None,
        }
    }

    fn is_exclusive(&self) -> bool {
        self.rule().is_some_and(|rule| rule.exclusive)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule() {
            Some(rule) => write!(f, "rule '{}'", rule.name),
            None => f.write_str(self.as_str()),
        }
    }
}

impl<P: ?Sized> fmt::Debug for Routed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routed")
            .field("plugin", &self.plugin)
            .field("decision", &self.decision)
            .finish()
    }
}

impl<P: ?Sized> fmt::Debug for Targets<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Targets")
            .field("plugins", &self.plugins)
            .field("failures", &self.failures)
            .finish()
    }
}

impl<P: ?Sized + Plugin> fmt::Debug for Router<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("registry", &self.registry)
            .field("rules", &self.prepared.load().rules)
            .finish_non_exhaustive()
    }
}
