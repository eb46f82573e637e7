//! Other spellings of the same configuration, turned into the canonical one before it is read: `adapters`,
//! `imsAdapters`, `dmsAdapters`, `smoAdapters`, a flat `plugins` list with `category`, flat `routing.rules`, and in
//! rules `adapter`, `filter`, dotted condition keys and `gitOps`. Saying the same thing in two spellings is a problem.

use super::problem::{Problems, unknown};
use super::tree::{Node, Value};
use crate::error::Excerpt;

const CATEGORIES: [&str; 4] = ["ims", "dms", "smo", "observability"];
const ROUTED: [&str; 3] = ["ims", "dms", "smo"];

/// Top-level lists that are a category of `plugins`.
const LISTS: [(&str, &str); 4] = [
    ("adapters", "ims"),
    ("imsAdapters", "ims"),
    ("dmsAdapters", "dms"),
    ("smoAdapters", "smo"),
];

/// Keys that belong to `routing.ims` when they stand in `routing` itself.
const FLAT_ROUTING: [&str; 4] = ["default", "fallback", "rules", "fanOut"];

/// Condition keys that hold an object; `labels.tier: edge` means `labels: {tier: edge}`.
const NESTED: [&str; 3] = ["labels", "extensions", "location"];

/// Rewrites `root` in the canonical spelling. Every node keeps the place where it was written.
pub(super) fn normalise(root: &mut Node, problems: &Problems) {
    group_by_category(root, problems);
    for (list, category) in LISTS {
        if let Some(node) = root.take(list) {
            put(root, "plugins", category, list, node, problems);
        }
    }
    let Some(routing) = root.get_mut("routing") else {
        return;
    };
    for key in FLAT_ROUTING {
        if let Some(node) = routing.take(key) {
            put(routing, "ims", key, key, node, problems);
        }
    }
    for category in ROUTED {
        if let Some(routing) = routing.get_mut(category) {
            normalise_category(routing, problems);
        }
    }
}

/// Makes `plugins: [{category: ims, …}]` into `plugins: {ims: [{…}]}`.
fn group_by_category(root: &mut Node, problems: &Problems) {
    let Some(plugins) = root.get_mut("plugins") else {
        return;
    };
    let place = plugins.place.clone();
    let Some(elements) = plugins.elements_mut().map(std::mem::take) else {
        return;
    };
    let mut lists = CATEGORIES.map(|category| (category, Vec::new()));
    for mut plugin in elements {
        let list = category_of(&mut plugin, problems)
            .and_then(|category| lists.iter_mut().find(|(name, _)| *name == category));
        if let Some((_, list)) = list {
            list.push(plugin);
        }
    }
    let entry = |(category, list): (&str, _)| (category.to_owned(), Node::new(place.clone(), Value::List(list)));
    let used = lists.into_iter().filter(|(_, list)| !list.is_empty());
    plugins.value = Value::Object(used.map(entry).collect());
}

fn category_of(plugin: &mut Node, problems: &Problems) -> Option<&'static str> {
    let place = plugin.place.clone();
    let known = CATEGORIES.join(", ");
    match plugin.take("category") {
        Some(Node {
            place,
            value: Value::Text { text, .. },
        }) => {
            let category = CATEGORIES
                .into_iter()
                .find(|category| category.eq_ignore_ascii_case(&text));
            if category.is_none() {
                problems.push(place, unknown("category", &text, &CATEGORIES));
            }
            category
        }
        Some(other) => {
            let reason = format!("expected one of {known}, found {}", other.value.describe());
            problems.push(other.place, reason);
            None
        }
        None => {
            let reason = format!("in a flat list every plugin is an object with the key 'category' ({known})");
            problems.push(place, reason);
            None
        }
    }
}

fn normalise_category(routing: &mut Node, problems: &Problems) {
    if let Some(rules) = routing.get_mut("rules").and_then(Node::elements_mut) {
        for (index, rule) in rules.iter_mut().enumerate() {
            normalise_rule(rule, index, problems);
        }
    }
    if let Some(fan_out) = routing.get_mut("fanOut") {
        for (object, node) in fan_out.take_entries() {
            add(fan_out, &camel_case(&object), &object, node, problems);
        }
    }
}

fn normalise_rule(rule: &mut Node, index: usize, problems: &Problems) {
    if rule.entries().is_none() {
        return;
    }
    for (written, key) in [("adapter", "plugin"), ("filter", "conditions")] {
        if let Some(node) = rule.take(written) {
            add(rule, key, written, node, problems);
        }
    }
    if let Some(Value::Text { text, .. }) = rule.get_mut("resourceType").map(|node| &mut node.value) {
        *text = camel_case(text);
    }
    if rule.get("name").is_none() {
        let name = Node::new(rule.place.clone(), Value::text(format!("rule-{}", index + 1)));
        add(rule, "name", "name", name, problems);
    }
    if let Some(conditions) = rule.get_mut("conditions") {
        normalise_conditions(conditions, problems);
    }
}

fn normalise_conditions(conditions: &mut Node, problems: &Problems) {
    if let Some(location) = conditions
        .get_mut("location")
        .filter(|node| matches!(node.value, Value::Text { .. }))
    {
        let prefix = location.clone();
        location.value = Value::Object(vec![("prefix".to_owned(), prefix)]);
    }
    let (short, plain): (Vec<_>, Vec<_>) = conditions
        .take_entries()
        .into_iter()
        .partition(|(key, _)| is_short(key));
    for (key, node) in plain {
        add(conditions, &key, &key, node, problems);
    }
    for (key, node) in short {
        match key.split_once('.') {
            Some((group, name)) => put(conditions, group, name, &key, node, problems),
            None => require_git_ops(conditions, node, problems),
        }
    }
}

/// Whether the key stands for an entry of another one: `labels.tier`, `gitOps`.
fn is_short(key: &str) -> bool {
    let dotted = key.split_once('.').is_some_and(|(group, _)| NESTED.contains(&group));
    dotted || key.eq_ignore_ascii_case("gitOps")
}

/// `gitOps: true` requires the capability `gitops`.
fn require_git_ops(conditions: &mut Node, node: Node, problems: &Problems) {
    if !matches!(node.value, Value::Bool(true)) {
        problems.push(node.place, "write 'gitOps: true' or leave the key out");
        return;
    }
    let place = node.place;
    let word = Node::new(place.clone(), Value::text("gitops"));
    match conditions.get_mut("capabilities") {
        None => {
            let words = Node::new(place, Value::List(vec![word]));
            add(conditions, "capabilities", "gitOps", words, problems);
        }
        Some(capabilities) => {
            if let Some(words) = capabilities.elements_mut() {
                words.push(word);
            }
        }
    }
}

/// Adds the entry `key` to the object `group` inside `parent`; both are made when they are missing.
fn put(parent: &mut Node, group: &str, key: &str, written: &str, node: Node, problems: &Problems) {
    if parent.get(group).is_none() {
        let empty = Node::new(node.place.clone(), Value::Null);
        add(parent, group, group, empty, problems);
    }
    if let Some(group) = parent.get_mut(group) {
        add(group, key, written, node, problems);
    }
}

/// Adds an entry that was written as `written`, unless the object says the same already. What is not an object is left
/// to whoever reads it.
fn add(object: &mut Node, key: &str, written: &str, node: Node, problems: &Problems) {
    if let Some(known) = object.get(key) {
        let line = known
            .place
            .line
            .map(|line| format!(" (line {line})"))
            .unwrap_or_default();
        let reason = format!(
            "'{}' and '{}'{line} mean the same; keep one of them",
            Excerpt(written),
            known.place.path
        );
        problems.push(node.place, reason);
    } else if let Some(entries) = object.entries_mut() {
        entries.push((key.to_owned(), node));
    }
}

/// `ResourcePool` is `resourcePool`.
fn camel_case(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(characters)
        .collect()
}
