//! Values: where each tool that Argo CD runs keeps them in a source, and how many replicas they say.
//!
//! Helm reads parameters, an object and a text, and the first of these that says something wins. What is shown is what Helm
//! sees of object and parameters together; what is written is written so that this is what it sees.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use serde_json::{Map, Value, json};

use super::source::{Source, What};
use crate::kit::yaml;
use crate::kube::deployed::{ValuePath, check_without_null};

/// The most bytes of values that are given as a text.
const LARGEST: usize = 1 << 20;

/// What makes objects out of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Helm,
    Kustomize,
    /// Plain manifests, and plugins: they have no values.
    Other,
}

impl Tool {
    /// Of a source, or as Argo CD has found out.
    pub(super) fn of(source: &Source, found: &str) -> Self {
        let has = |member: &str| source.one().get(member).is_some_and(|member| !member.is_null());
        match source.coordinates().what {
            What::Chart(_) => Self::Helm,
            What::Path(_) if has("helm") => Self::Helm,
            What::Path(_) if has("kustomize") => Self::Kustomize,
            What::Path(_) if has("directory") || has("plugin") => Self::Other,
            What::Path(_) => Self::named(found).unwrap_or(Self::Other),
        }
    }

    /// By its name, as in `status.sourceType`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "helm" => Some(Self::Helm),
            "kustomize" => Some(Self::Kustomize),
            "directory" | "plugin" => Some(Self::Other),
            _ => None,
        }
    }
}

/// The members of `kustomize` that are values.
const KUSTOMIZE: [&str; 9] = [
    "commonAnnotations",
    "commonLabels",
    "components",
    "images",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "patches",
    "replicas",
];

fn part<'v>(source: &'v Value, tool: &str, member: &str) -> Option<&'v Value> {
    source.get(tool)?.get(member).filter(|member| !member.is_null())
}

/// The values of a source.
pub(super) fn values(source: &Source, tool: Tool) -> Extensions {
    let one = source.one();
    match tool {
        Tool::Helm => {
            let object = part(one, "helm", "valuesObject").cloned();
            let mut values = match object.or_else(|| text(one)) {
                Some(Value::Object(values)) => values,
                _ => Extensions::new(),
            };
            for parameter in parameters(one)
                .into_iter()
                .filter(|parameter| !parameter.value.is_null())
            {
                parameter.path.set(&mut values, parameter.value);
            }
            values
        }
        Tool::Kustomize => {
            let members = one.get("kustomize").and_then(Value::as_object);
            let members = members.into_iter().flatten();
            let values = members.filter(|(member, value)| KUSTOMIZE.contains(&member.as_str()) && !value.is_null());
            values.map(|(member, value)| (member.clone(), value.clone())).collect()
        }
        Tool::Other => Extensions::new(),
    }
}

/// The values that are given as a text, which counts where there is no object.
fn text(source: &Value) -> Option<Value> {
    yaml::read(part(source, "helm", "values")?.as_str()?, LARGEST).ok()
}

/// A parameter of Helm that has a place in values.
struct Parameter {
    path: ValuePath,
    value: Value,
    is_text: bool,
}

fn parameters(source: &Value) -> Vec<Parameter> {
    let given = part(source, "helm", "parameters").and_then(Value::as_array);
    given.into_iter().flatten().filter_map(parameter).collect()
}

fn parameter(given: &Value) -> Option<Parameter> {
    let text = given.get("value").and_then(Value::as_str).unwrap_or_default();
    let is_text = given.get("forceString") == Some(&Value::Bool(true));
    Some(Parameter {
        path: ValuePath::parse(given.get("name")?.as_str()?).ok()?,
        value: if is_text { json!(text) } else { typed(text) },
        is_text,
    })
}

/// A text as `helm --set` understands it.
fn typed(text: &str) -> Value {
    match text {
        "true" => json!(true),
        "false" => json!(false),
        "null" => Value::Null,
        "0" => json!(0),
        _ if text.starts_with('0') => json!(text),
        _ => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
    }
}

/// Gives a source these values instead of those it has; everything else stays.
pub(super) fn set_values(source: &mut Source, tool: Tool, values: &Extensions) -> Result<()> {
    check_without_null("values", &Value::Object(values.clone()))?;
    match tool {
        Tool::Helm => source.edit(|one| set_helm(one, values)),
        Tool::Kustomize => {
            if let Some(odd) = values.keys().find(|key| !KUSTOMIZE.contains(&key.as_str())) {
                let reason = format!("Kustomize knows {} only", KUSTOMIZE.join(", "));
                return Err(Error::violation(format!("values.{}", Excerpt(odd)), reason));
            }
            source.edit(|one| set_kustomize(one, values));
        }
        Tool::Other if values.is_empty() => {}
        Tool::Other => {
            return Err(Error::violation(
                "values",
                "the package is made of plain manifests, which have no values",
            ));
        }
    }
    Ok(())
}

fn member<'v>(one: &'v mut Map<String, Value>, tool: &str) -> &'v mut Value {
    let member = one.entry(tool.to_owned()).or_insert(Value::Null);
    if !member.is_object() {
        *member = json!({});
    }
    member
}

fn set_helm(one: &mut Map<String, Value>, values: &Extensions) {
    let helm = member(one, "helm");
    if let Some(given) = helm.get_mut("parameters").and_then(Value::as_array_mut) {
        // A parameter wins: one whose value is another now is changed, and one without a value must not stand in the way.
        given.retain_mut(|given| match parameter(given) {
            Some(parameter) => match parameter.path.get(values) {
                Some(wanted) if *wanted == parameter.value => true,
                Some(wanted) => rewrite(given, &parameter, wanted),
                // Null takes a default of the chart away, which is no value.
                None => parameter.value.is_null(),
            },
            None => true,
        });
        if given.is_empty()
            && let Some(helm) = helm.as_object_mut()
        {
            helm.remove("parameters");
        }
    }
    helm["valuesObject"] = Value::Object(values.clone());
    if let Some(helm) = helm.as_object_mut() {
        // Helm would not look at it beside the object.
        helm.remove("values");
    }
}

/// Gives a parameter another value; `false` when it cannot say that.
fn rewrite(given: &mut Value, parameter: &Parameter, wanted: &Value) -> bool {
    let text = match wanted {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => wanted.to_string(),
        _ => return false,
    };
    let says_it = if parameter.is_text {
        wanted.is_string()
    } else {
        typed(&text) == *wanted
    };
    if says_it {
        given["value"] = json!(text);
    }
    says_it
}

fn set_kustomize(one: &mut Map<String, Value>, values: &Extensions) {
    let Some(kustomize) = member(one, "kustomize").as_object_mut() else {
        return;
    };
    kustomize.retain(|key, _| !KUSTOMIZE.contains(&key.as_str()));
    kustomize.extend(values.iter().map(|(key, value)| (key.clone(), value.clone())));
}

/// What says how many replicas a deployment has: a place in the values of a chart, or for Kustomize the name of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replicas {
    pub(super) tool: Tool,
    pub(super) of: String,
}

impl Replicas {
    /// How many the values say; `None` when they do not.
    pub(super) fn count(&self, values: &Extensions) -> Option<u32> {
        let count = match self.tool {
            Tool::Helm => ValuePath::parse(&self.of).ok()?.get(values)?,
            Tool::Kustomize => self.entry(values)?.get("count")?,
            Tool::Other => return None,
        };
        count.as_u64().and_then(|count| u32::try_from(count).ok())
    }

    fn entry<'v>(&self, values: &'v Extensions) -> Option<&'v Value> {
        let entries = values.get("replicas")?.as_array()?;
        entries
            .iter()
            .find(|entry| entry.get("name").and_then(Value::as_str) == Some(&self.of))
    }

    /// The values with another number.
    pub(super) fn set(&self, values: &Extensions, count: u32) -> Result<Extensions> {
        let mut values = values.clone();
        match self.tool {
            Tool::Helm => ValuePath::parse(&self.of)?.set(&mut values, json!(count)),
            Tool::Kustomize => {
                let entries = values.get("replicas").and_then(Value::as_array).cloned();
                let mut entries = entries.unwrap_or_default();
                entries.retain(|entry| entry.get("name").and_then(Value::as_str) != Some(&self.of));
                entries.push(json!({"name": self.of, "count": count}));
                values.insert("replicas".to_owned(), Value::Array(entries));
            }
            Tool::Other => return Err(Error::invalid("plain manifests cannot be scaled")),
        }
        Ok(values)
    }

    /// Checks the number that values say, if they say one.
    pub(super) fn check(&self, values: &Extensions, most: u32) -> Result<()> {
        let Tool::Helm = self.tool else {
            return Ok(());
        };
        let Some(given) = ValuePath::parse(&self.of)?.get(values) else {
            return Ok(());
        };
        if self.count(values).is_some_and(|count| count <= most) {
            return Ok(());
        }
        let reason = format!(
            "must be a whole number from 0 to {most}, not {}",
            Excerpt(&given.to_string())
        );
        Err(Error::violation(format!("values.{}", self.of), reason))
    }
}
