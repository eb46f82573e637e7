//! Routing in words: which rule decided, and why the others did not.

use std::sync::Arc;

use serde::Serialize;

use super::evaluation::{Choice, Evaluation};
use super::{Decision, Facts, Rule};
use crate::ErrorKind;
use crate::id::PluginId;
use crate::plugin::Plugin;

/// Why a call goes where it goes. For operators: it names plugins and repeats what health checks found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// What is known about the call.
    pub facts: Facts<'a>,
    /// Every rule, in the order in which they are tried.
    pub rules: Vec<ExplainedRule>,
    /// The default plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<ExplainedPlugin>,
    /// The fallback chain, in order.
    pub fallback: Vec<ExplainedPlugin>,
    /// Who gets the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<ExplainedDecision>,
    /// Why nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ExplainedError>,
}

/// What a rule means for the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExplainedRule {
    /// The rule's name.
    pub name: String,
    /// Its priority.
    pub priority: i64,
    /// The plugin it sends calls to.
    pub plugin: PluginId,
    /// Whether what matches is with this plugin and nowhere else.
    pub exclusive: bool,
    /// Whether the rule is for this call.
    pub matched: bool,
    /// Whether the call goes where the rule says.
    pub chosen: bool,
    /// One sentence: why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the default plugin, or one of the fallback chain, means for the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExplainedPlugin {
    /// The plugin.
    pub plugin: PluginId,
    /// Whether the call goes there.
    pub chosen: bool,
    /// One sentence: why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who gets the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExplainedDecision {
    /// The plugin.
    pub plugin: PluginId,
    /// `rule`, `default` or `fallback`.
    pub by: &'static str,
    /// The name of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Why nobody gets the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExplainedError {
    /// The kind of the error the caller sees.
    pub kind: ErrorKind,
    /// Its message.
    pub message: String,
}

pub(super) fn explain<'f, P: ?Sized + Plugin>(evaluation: &Evaluation<'_, P>, facts: Facts<'f>) -> Explanation<'f> {
    let table = &evaluation.prepared.table;
    let mut story = Story {
        evaluation,
        decider: None,
        decision: None,
    };
    let rules = evaluation.prepared.rules.iter().map(|rule| story.rule(rule)).collect();
    let default = evaluation
        .default_plugin()
        .map(|name| story.plugin(name, Decision::Default));
    let fallback = table
        .fallback
        .iter()
        .map(|name| story.plugin(name, Decision::Fallback))
        .collect();
    let decision = story.decision;
    let error = decision
        .is_none()
        .then(|| evaluation.refusal())
        .map(|error| ExplainedError {
            kind: error.kind(),
            message: error.message().to_owned(),
        });
    Explanation {
        facts,
        rules,
        default,
        fallback,
        decision,
        error,
    }
}

/// Goes through everything in the order in which it is tried, and remembers what decided.
struct Story<'e, 'a, P: ?Sized> {
    evaluation: &'e Evaluation<'a, P>,
    decider: Option<String>,
    decision: Option<ExplainedDecision>,
}

impl<'a, P: ?Sized + Plugin> Story<'_, 'a, P> {
    fn rule(&mut self, rule: &'a Arc<Rule>) -> ExplainedRule {
        let verdict = self.evaluation.judge(rule);
        let matched = verdict.is_ok();
        let reason = match verdict {
            Err(place) => Some(place.describe(rule, self.evaluation.facts)),
            Ok(choice) => self.reason(
                choice,
                Decision::Rule(Arc::clone(rule)),
                format!("rule '{}'", rule.name),
            ),
        };
        ExplainedRule {
            name: rule.name.clone(),
            priority: rule.priority,
            plugin: rule.plugin.clone(),
            exclusive: rule.exclusive,
            matched,
            chosen: reason.is_none(),
            reason,
        }
    }

    fn plugin(&mut self, name: &'a PluginId, decision: Decision) -> ExplainedPlugin {
        let reason = self.reason(self.evaluation.usable(name), decision, format!("plugin '{name}'"));
        ExplainedPlugin {
            plugin: name.clone(),
            chosen: reason.is_none(),
            reason,
        }
    }

    /// Why the call does not go to this choice; `None` when it does.
    fn reason(&mut self, choice: Choice<'a, P>, decision: Decision, title: String) -> Option<String> {
        let reason = match (&choice, &self.decider) {
            (Err(obstacle), _) => Some(obstacle.to_string()),
            (Ok(_), Some(decider)) => Some(format!("{decider} comes first")),
            (Ok(_), None) => None,
        };
        if self.decider.is_none() && (choice.is_ok() || decision.is_exclusive()) {
            self.decider = Some(title);
            self.decision = choice.ok().map(|entry| ExplainedDecision {
                plugin: entry.name().clone(),
                by: decision.as_str(),
                rule: decision.rule().map(|rule| rule.name.clone()),
            });
        }
        reason
    }
}
