//! What objects show: required attributes have values, numbers are numbers, extensions have keys that are documented.

use o2_core::model::{Attribute, AttributeKind, AttributeValue};
use o2_core::{Extensions, Model};
use o2_ims::IMSPlugin;
use serde_json::{Value, json};

use super::lists::{ALARMS, MANAGERS, POOLS, RESOURCES, TYPES};
use super::{ImsCase, Scene, case};
use crate::conformance::laws::Collection;
use crate::conformance::{Verdict, holds};

const REQUIRED: &str = "Required attributes have values; only descriptions may be empty.";
const NUMBERS: &str = "Numbers are finite, so that JSON can show them.";
const EXTENSIONS: &str =
    "Extensions that the backend adds have keys `<kind>.<camelName>`, or such that the adapter documents.";

type Of<T> = Collection<dyn IMSPlugin, T>;

pub(super) fn cases() -> Vec<ImsCase> {
    [of(MANAGERS), of(POOLS), of(RESOURCES), of(TYPES), of(ALARMS)].concat()
}

/// The cases about one type of object.
fn of<T: Model>(collection: Of<T>) -> Vec<ImsCase> {
    let (operation, name) = (collection.operation, collection.operation.name);
    vec![
        case(
            format!("{name}/required_attributes_have_values"),
            REQUIRED,
            &[operation],
            move |s| Box::pin(required_attributes_have_values(s, collection)),
        ),
        case(
            format!("{name}/json_shows_every_value"),
            NUMBERS,
            &[operation],
            move |s| Box::pin(json_shows_every_value(s, collection)),
        ),
        case(
            format!("{name}/extensions_have_documented_keys"),
            EXTENSIONS,
            &[operation],
            move |s| Box::pin(extensions_have_documented_keys(s, collection)),
        ),
    ]
}

fn has_value<T>(object: &T, row: &Attribute<T>) -> bool {
    match (row.get)(object) {
        AttributeValue::Absent => false,
        AttributeValue::String(text) => !text.is_empty() || row.name == "description",
        _ => true,
    }
}

async fn required_attributes_have_values<T: Model>(scene: Scene<'_>, collection: Of<T>) -> Verdict {
    for object in scene.all(&collection).await? {
        let required = T::attributes().iter().filter(|row| row.required);
        let missing: Vec<_> = required
            .filter(|row| !has_value(&*object, row))
            .map(|row| row.name)
            .collect();
        holds(
            &format!("what '{}' lacks", object.id()),
            missing.is_empty(),
            "nothing",
            missing,
        )?;
    }
    Ok(())
}

async fn json_shows_every_value<T: Model>(scene: Scene<'_>, collection: Of<T>) -> Verdict {
    for object in scene.all(&collection).await? {
        let json = json!(&*object);
        for row in T::attributes() {
            let absent = matches!((row.get)(&*object), AttributeValue::Absent);
            let shown = json.get(row.name).is_some_and(|value| !has_null(value));
            let free = matches!(row.kind, AttributeKind::Map | AttributeKind::Any);
            let what = format!("{} of '{}' in JSON", row.name, object.id());
            holds(&what, absent || free || shown, "its value", json.get(row.name))?;
        }
    }
    Ok(())
}

/// Whether something typed has no value in JSON; extensions may hold anything.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(map) => map.iter().any(|(key, value)| key != "extensions" && has_null(value)),
        _ => false,
    }
}

async fn extensions_have_documented_keys<T: Model>(scene: Scene<'_>, collection: Of<T>) -> Verdict {
    let kind = scene.plugin.info().kind;
    let documented = scene.world.documented_extensions();
    for object in scene.all(&collection).await? {
        let row = T::attributes().iter().find(|row| row.name == "extensions");
        let Some(AttributeValue::Map(extensions)) = row.map(|row| (row.get)(&*object)) else {
            continue;
        };
        let odd = odd_keys(extensions, kind, documented);
        let what = format!("the extensions of '{}' that nobody expects", object.id());
        holds(&what, odd.is_empty(), "none", odd)?;
    }
    Ok(())
}

fn odd_keys<'e>(extensions: &'e Extensions, kind: &str, documented: &[&str]) -> Vec<&'e str> {
    let own = |key: &str| {
        let rest = key.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(is_camel)
    };
    let known = |key: &str| {
        documented.iter().any(|known| match known.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => key == *known,
        })
    };
    let keys = extensions.keys().map(String::as_str);
    keys.filter(|key| !own(key) && !known(key)).collect()
}

fn is_camel(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}
