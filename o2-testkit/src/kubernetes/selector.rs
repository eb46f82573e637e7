//! [`Selector`]: which objects a list or watch is about, by labels and fields.

use serde_json::Value;

use super::call::Call;
use super::object::text;
use super::resource::Resource;
use super::status::{Outcome, Status};
use super::syntax;

/// What `labelSelector` and `fieldSelector` ask for together.
#[derive(Debug, Clone, Default)]
pub(super) struct Selector {
    labels: Vec<LabelRequirement>,
    fields: Vec<FieldRequirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum LabelRequirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldRequirement {
    path: String,
    value: String,
    is_equal: bool,
}

impl Selector {
    pub(super) fn of(call: &Call, resource: &Resource) -> Outcome<Self> {
        Ok(Self {
            labels: labels(call.param("labelSelector").unwrap_or_default())?,
            fields: fields(call.param("fieldSelector").unwrap_or_default(), resource)?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(super) fn matches(&self, object: &Value) -> bool {
        self.labels.iter().all(|requirement| requirement.holds(object))
            && self.fields.iter().all(|requirement| requirement.holds(object))
    }
}

impl LabelRequirement {
    fn holds(&self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"].get(key).and_then(Value::as_str);
        let is_one_of =
            |key: &str, values: &[String]| label(key).is_some_and(|has| values.iter().any(|one| one == has));
        match self {
            Self::Exists(key) => label(key).is_some(),
            Self::Absent(key) => label(key).is_none(),
            Self::In(key, values) => is_one_of(key, values),
            Self::NotIn(key, values) => !is_one_of(key, values),
        }
    }
}

impl FieldRequirement {
    fn holds(&self, object: &Value) -> bool {
        let pointer = format!("/{}", self.path.replace('.', "/"));
        let has = match object.pointer(&pointer) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) if self.path == "spec.unschedulable" => "false".to_owned(),
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        (has == self.value) == self.is_equal
    }
}

/// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
fn labels(text: &str) -> Outcome<Vec<LabelRequirement>> {
    let parts = split(text).into_iter().map(str::trim);
    let labels: Vec<_> = parts
        .filter(|part| !part.is_empty())
        .map(label)
        .collect::<Outcome<_>>()?;
    labels.iter().try_for_each(check_values)?;
    Ok(labels)
}

/// Whether these are values that labels can have.
fn check_values(requirement: &LabelRequirement) -> Outcome<()> {
    let (LabelRequirement::In(key, values) | LabelRequirement::NotIn(key, values)) = requirement else {
        return Ok(());
    };
    let mut wrong = values.iter().filter_map(|value| Some((value, syntax::value(value)?)));
    wrong.next().map_or(Ok(()), |(value, why)| {
        let message = format!("unable to parse requirement: invalid label value: {value:?}: at key: {key:?}: {why}");
        Err(Status::bad_request(message))
    })
}

/// Splits at commas outside parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|letter| {
        match letter {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        letter == ',' && !inside
    })
    .collect()
}

fn label(text: &str) -> Outcome<LabelRequirement> {
    let wrong = || {
        Status::bad_request(format!(
            "unable to parse requirement: found '{text}', expected: a requirement"
        ))
    };
    let key = |key: &str| {
        let key = key.trim();
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        is_key.then(|| key.to_owned()).ok_or_else(wrong)
    };
    if let Some(rest) = text.strip_prefix('!').filter(|rest| !rest.starts_with('=')) {
        return Ok(LabelRequirement::Absent(key(rest)?));
    }
    if let Some((left, right)) = text.split_once("!=") {
        return Ok(LabelRequirement::NotIn(key(left)?, vec![right.trim().to_owned()]));
    }
    if let Some((left, right)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Ok(LabelRequirement::In(key(left)?, vec![right.trim().to_owned()]));
    }
    let Some((left, values)) = text.split_once('(') else {
        return Ok(LabelRequirement::Exists(key(text)?));
    };
    let values = values.trim_end().strip_suffix(')').ok_or_else(wrong)?;
    let values = values.split(',').map(|value| value.trim().to_owned()).collect();
    match left.split_whitespace().collect::<Vec<_>>()[..] {
        [left, "in"] => Ok(LabelRequirement::In(key(left)?, values)),
        [left, "notin"] => Ok(LabelRequirement::NotIn(key(left)?, values)),
        _ => Err(wrong()),
    }
}

/// Reads `metadata.name=a,spec.unschedulable!=true`.
fn fields(text: &str, resource: &Resource) -> Outcome<Vec<FieldRequirement>> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts.map(|part| field(part, resource)).collect()
}

fn field(text: &str, resource: &Resource) -> Outcome<FieldRequirement> {
    let unequal = text.split_once("!=").map(|split| (split, false));
    let equal = || {
        text.split_once("==")
            .or_else(|| text.split_once('='))
            .map(|split| (split, true))
    };
    let Some(((path, value), is_equal)) = unequal.or_else(equal) else {
        let message = format!("invalid selector: '{text}'; can't understand '{text}'");
        return Err(Status::bad_request(message));
    };
    let is_common = path == "metadata.name" || (path == "metadata.namespace" && resource.namespaced);
    if is_common || resource.fields.iter().any(|known| known == path) {
        return Ok(FieldRequirement {
            path: resource.stored_path(path),
            value: value.to_owned(),
            is_equal,
        });
    }
    if resource.built_in && resource.fields.is_empty() && resource.namespaced {
        let message = format!("{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
        return Err(Status::bad_request(message));
    }
    Err(Status::bad_request(format!("field label not supported: {path}")))
}

/// A label selector of an object, `{"matchLabels": {"a": "b"}}`, as text.
pub(super) fn match_labels(selector: &Value) -> String {
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let labels = labels.map(|(key, _)| format!("{key}={}", text(&selector["matchLabels"], &pointer(key))));
    labels.collect::<Vec<_>>().join(",")
}

fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn label_selectors_choose_as_kubectl_users_know_it() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front", "empty": "", "a.b/c": "d"}}});
        for (selector, matches) in [
            ("", true),
            ("app=web", true),
            ("app==web", true),
            ("app = web", true),
            ("app=db", false),
            ("app!=db", true),
            ("app!=web", false),
            ("missing!=web", true),
            ("app in (db, web)", true),
            ("app in (db)", false),
            ("missing in (db)", false),
            ("app notin (db,x)", true),
            ("app notin (web)", false),
            ("missing notin (web)", true),
            ("app", true),
            ("missing", false),
            ("!missing", true),
            ("!app", false),
            ("empty=", true),
            ("a.b/c=d", true),
            ("app=web,tier=front", true),
            ("app=web,tier=back", false),
            ("app in (web,db),!missing,tier", true),
        ] {
            let labels = labels(selector).unwrap();
            let fields = Vec::new();
            assert_eq!(Selector { labels, fields }.matches(&object), matches, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for selector in [
            "app in web",
            "app in (web",
            "=web",
            "app is (web)",
            "a b",
            "in (a)",
            "!",
        ] {
            assert_eq!(labels(selector).unwrap_err().code(), 400, "{selector}");
        }
    }

    #[test]
    fn field_selectors_know_the_fields_of_their_kind() {
        let resource = Resource::new("", &["v1"], "Node", "nodes").with_selectable_field("spec.unschedulable");
        let object = json!({"metadata": {"name": "a", "namespace": "b"}, "spec": {}});
        let cordoned = json!({"metadata": {"name": "a"}, "spec": {"unschedulable": true}});
        for (selector, of_object, of_cordoned) in [
            ("metadata.name=a", true, true),
            ("metadata.name!=a", false, false),
            ("metadata.namespace=b", true, false),
            ("spec.unschedulable=true", false, true),
            ("spec.unschedulable=false", true, false),
            ("spec.unschedulable!=true,metadata.name==a", true, false),
        ] {
            let fields = fields(selector, &resource).unwrap();
            let selector_of = Selector {
                labels: Vec::new(),
                fields,
            };
            assert_eq!(selector_of.matches(&object), of_object, "{selector}");
            assert_eq!(selector_of.matches(&cordoned), of_cordoned, "{selector}");
        }
        assert_eq!(fields("spec.podCIDR=x", &resource).unwrap_err().code(), 400);
        assert_eq!(fields("spec", &resource).unwrap_err().code(), 400);
    }
}
