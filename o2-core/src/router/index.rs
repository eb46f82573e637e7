//! Finds the first rule that fits a call without trying them all.
//!
//! Rules are grouped by object type. Within a group, each rule that demands a certain text somewhere (a label, an
//! extension, a package type, a tenant, the beginning of the location) is filed under one such demand, and a call looks
//! only at what is filed under the texts it has. The index proposes; whether a proposed rule matches is for the rule
//! itself to say.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::rule::Pattern;
use super::{Facts, Rule};

/// Positions in the sorted list of rules, ascending.
type Positions = Vec<usize>;

#[derive(Debug)]
pub(super) struct Index {
    /// One group for each object type that a rule names; few, so they are searched one by one.
    named: Vec<(String, Group)>,
    /// For all other object types.
    other: Group,
}

impl Index {
    /// An index of rules that are sorted: the first that fits wins.
    pub(super) fn new(rules: &[Arc<Rule>]) -> Self {
        let names: BTreeSet<String> = rules
            .iter()
            .filter_map(|rule| match &rule.object {
                Pattern::Word(word) => Some(word.to_ascii_lowercase()),
                Pattern::Any => None,
            })
            .collect();
        let group = |is_member: &dyn Fn(&Rule) -> bool| {
            let members = rules.iter().enumerate().filter(|(_, rule)| is_member(rule));
            Group::new(&members.map(|(position, rule)| (position, &**rule)).collect::<Vec<_>>())
        };
        Self {
            other: group(&|rule| rule.object == Pattern::Any),
            named: names
                .into_iter()
                .map(|name| {
                    let group = group(&|rule| rule.object.matches(&name));
                    (name, group)
                })
                .collect(),
        }
    }

    /// The lowest position whose rule may match and for which `accept` has a value; `accept` decides about the match.
    pub(super) fn first<T>(&self, facts: &Facts<'_>, mut accept: impl FnMut(usize) -> Option<T>) -> Option<(usize, T)> {
        let group = self
            .named
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(facts.object))
            .map_or(&self.other, |(_, group)| group);
        let mut best: Option<(usize, T)> = None;
        let mut search = |positions: &Positions| {
            let limit = best.as_ref().map_or(usize::MAX, |(position, _)| *position);
            let better = positions.iter().take_while(|position| **position < limit);
            if let Some(found) = better.copied().find_map(|position| Some((position, accept(position)?))) {
                best = Some(found);
            }
        };
        search(&group.unfiled);
        for (spot, shelf) in &group.filed {
            if let Some(positions) = spot.read(facts).and_then(|text| shelf.get(&*text)) {
                search(positions);
            }
        }
        group.by_label(facts, search);
        best
    }
}

/// What is filed under one demand, by the text that is demanded.
type Shelf = HashMap<String, Positions>;

/// The rules for one object type.
#[derive(Debug, Default)]
struct Group {
    /// Rules that demand no certain text.
    unfiled: Positions,
    /// The others, by one of their demands.
    filed: BTreeMap<Spot, Shelf>,
    /// Those that are filed under a label, by its key.
    labelled: HashMap<String, Shelf>,
}

impl Group {
    fn new(rules: &[(usize, &Rule)]) -> Self {
        let mut texts: BTreeMap<Demand, BTreeSet<String>> = BTreeMap::new();
        for (demand, text) in rules.iter().flat_map(|(_, rule)| demands(rule)) {
            texts.entry(demand).or_default().insert(text);
        }
        let variety = |demand: &Demand| texts.get(demand).map_or(0, BTreeSet::len);

        let mut group = Self::default();
        for (position, rule) in rules {
            // The more different texts there are for a demand, the fewer rules a call finds under its own.
            let positions = match demands(rule).into_iter().max_by_key(|(demand, _)| variety(demand)) {
                None => &mut group.unfiled,
                Some((Demand::Label(key), text)) => group.labelled.entry(key).or_default().entry(text).or_default(),
                Some((Demand::Other(spot), text)) => group.filed.entry(spot).or_default().entry(text).or_default(),
            };
            positions.push(*position);
        }
        group
    }

    /// Goes through the labels of the call or through those of the rules, whichever are fewer.
    fn by_label(&self, facts: &Facts<'_>, search: impl FnMut(&Positions)) {
        let Some(labels) = facts.labels else { return };
        if labels.len() < self.labelled.len() {
            let shelves = labels
                .iter()
                .filter_map(|(key, value)| self.labelled.get(key)?.get(value));
            shelves.for_each(search);
        } else {
            let shelves = self
                .labelled
                .iter()
                .filter_map(|(key, shelf)| shelf.get(labels.get(key)?));
            shelves.for_each(search);
        }
    }
}

/// Where a rule demands a certain text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Demand {
    Label(String),
    Other(Spot),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    /// The package type, in lower case.
    PackageType,
    Tenant,
    /// The first so many bytes of the location.
    Location(usize),
    /// The extension at this path.
    Extension(String),
}

impl Spot {
    fn read<'a>(&self, facts: &Facts<'a>) -> Option<Cow<'a, str>> {
        match self {
            Self::PackageType => facts.package_type.map(lower_case),
            Self::Tenant => facts.tenant.map(|tenant| tenant.as_str().into()),
            Self::Location(length) => facts.location?.get(..*length).map(Cow::Borrowed),
            Self::Extension(path) => facts.extension(path)?.as_str().map(Cow::Borrowed),
        }
    }
}

fn lower_case(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        word.to_ascii_lowercase().into()
    } else {
        word.into()
    }
}

/// Every text that `rule` demands. Extension values that are not text are left to the rule itself.
fn demands(rule: &Rule) -> Vec<(Demand, String)> {
    let conditions = &rule.conditions;
    let mut demands = Vec::new();
    if let Pattern::Word(word) = &rule.package_type {
        demands.push((Demand::Other(Spot::PackageType), word.to_ascii_lowercase()));
    }
    if let Some(tenant) = &conditions.tenant {
        demands.push((Demand::Other(Spot::Tenant), tenant.to_string()));
    }
    if let Some(prefix) = &conditions.location_prefix {
        demands.push((Demand::Other(Spot::Location(prefix.len())), prefix.clone()));
    }
    for (key, value) in &conditions.labels {
        demands.push((Demand::Label(key.clone()), value.clone()));
    }
    for (path, value) in &conditions.extensions {
        if let Some(text) = value.as_str() {
            demands.push((Demand::Other(Spot::Extension(path.clone())), text.to_owned()));
        }
    }
    demands
}
