//! From configuration to routing tables: the words become operations, and what they cannot say is an error.

use o2_core::capability::Word;
use o2_core::config::{CategoryRouting, FanOutStrategy, RuleConfig};
use o2_core::router::{Conditions, FanOut, RoutingTable, Rule, Strategy};
use o2_core::{Error, Result};
use o2_dms::model::canonical_package_type;

/// The routing table of one category.
///
/// # Errors
/// `Config` naming the rule whose capability word is unknown.
pub(crate) fn table(routing: &CategoryRouting, vocabulary: &'static [Word]) -> Result<RoutingTable> {
    let mut table = RoutingTable::new();
    table.default.clone_from(&routing.default);
    for plugin in &routing.fallback {
        table = table.with_fallback(plugin.clone());
    }
    for config in &routing.rules {
        table = table.with_rule(rule(config, vocabulary)?);
    }
    for (object, config) in &routing.fan_out {
        let strategy = match config.strategy {
            FanOutStrategy::First => Strategy::First,
            FanOutStrategy::Fallback => Strategy::Fallback,
            _ => Strategy::Merge,
        };
        let fan_out = FanOut::new(strategy);
        table = table.with_fan_out(object, if config.dedupe { fan_out.deduped() } else { fan_out });
    }
    Ok(table)
}

fn rule(config: &RuleConfig, vocabulary: &'static [Word]) -> Result<Rule> {
    let mut conditions = Conditions::new();
    conditions.labels.clone_from(&config.conditions.labels);
    conditions.location_prefix = config
        .conditions
        .location
        .as_ref()
        .map(|location| location.prefix.clone());
    conditions.extensions.clone_from(&config.conditions.extensions);
    conditions.tenant.clone_from(&config.conditions.tenant);
    for text in &config.conditions.capabilities {
        let word = Word::find(vocabulary, text)
            .map_err(|error| Error::config(format!("routing rule '{}': {}", config.name, error.message())))?;
        if word.operations.is_empty() {
            conditions.features.push(word.name.to_owned());
        }
        conditions.capabilities.extend(word.operations);
    }
    let mut rule = Rule::new(&config.name, config.plugin.clone())
        .with_priority(config.priority)
        .with_object(&config.resource_type)
        .with_conditions(conditions);
    if let Some(package_type) = &config.package_type {
        rule = rule.with_package_type(canonical_package_type(package_type));
    }
    Ok(if config.exclusive { rule.exclusive() } else { rule })
}
