//! Parameters of deployment templates: what may be set, of which type, within which bounds.

use std::collections::BTreeSet;
use std::fmt;

use o2_core::error::Excerpt;
use o2_core::model::attribute::Shape;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue, Attributes};
use o2_core::validate::{description, name};
use o2_core::{Error, Extensions, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const MOST_PARAMETERS: usize = 100;

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ParameterType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl ParameterType {
    const WORDS: &'static [&'static str] = &["string", "integer", "number", "boolean", "array", "object"];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One parameter of a template. It sets the value that its name leads to: `image.tag` is `tag` in the object `image`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ParameterDefinition {
    /// Its name, the keys that lead to the value, with dots between them.
    pub name: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Whether there must be a value.
    #[serde(default)]
    pub required: bool,
    /// The value when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    /// Within which bounds the value must be.
    #[serde(default, skip_serializing_if = "Constraints::is_empty")]
    pub constraints: Constraints,
}

/// Bounds of a parameter's value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Constraints {
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<f64>,
    /// The greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<f64>,
    /// The fewest characters of a text, or elements of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// The most characters of a text, or elements of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The values to choose from; any when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_values: Vec<Value>,
}

impl Constraints {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn bounds_numbers(&self) -> bool {
        self.min_value.is_some() || self.max_value.is_some()
    }

    fn bounds_lengths(&self) -> bool {
        self.min_length.is_some() || self.max_length.is_some()
    }
}

impl ParameterDefinition {
    /// A parameter that need not be given and may have any value of its type.
    pub fn new(name: impl Into<String>, kind: ParameterType) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            kind,
            required: false,
            default_value: None,
            constraints: Constraints::default(),
        }
    }

    /// There must be a value.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Has this value when none is given.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<Value>) -> Self {
        self.default_value = Some(value.into());
        self
    }

    /// The value must be within these bounds.
    #[must_use]
    pub fn with_constraints(mut self, constraints: Constraints) -> Self {
        self.constraints = constraints;
        self
    }

    /// Checks a value of the parameter.
    ///
    /// # Errors
    /// `InvalidInput` at `at`.
    pub fn check(&self, at: &str, value: &Value) -> Result<()> {
        let wrong = |reason: String| Err(Error::violation(at, reason));
        let bounds = &self.constraints;
        if !self.kind.fits(value) {
            return wrong(format!("must be of type {}", self.kind));
        }
        if let Some(number) = value.as_f64() {
            match (bounds.min_value, bounds.max_value) {
                (Some(least), _) if number < least => return wrong(format!("must be at least {least}")),
                (_, Some(most)) if number > most => return wrong(format!("must be at most {most}")),
                _ => {}
            }
        }
        if let Some(length) = length(value) {
            match (bounds.min_length, bounds.max_length) {
                (Some(least), _) if length < least as usize => {
                    return wrong(format!("must have a length of {least} or more"));
                }
                (_, Some(most)) if length > most as usize => {
                    return wrong(format!("must have a length of {most} or less"));
                }
                _ => {}
            }
        }
        if !bounds.allowed_values.is_empty() && !bounds.allowed_values.contains(value) {
            let allowed = Value::from(bounds.allowed_values.clone()).to_string();
            return wrong(format!("must be one of {}", Excerpt(&allowed)));
        }
        Ok(())
    }

    fn check_itself(&self, at: &str) -> Result<()> {
        let wrong = |field: &str, reason: &str| Err(Error::violation(format!("{at}.{field}"), reason));
        name(&format!("{at}.name"), &self.name)?;
        description(&format!("{at}.description"), &self.description)?;
        if self.name.split('.').any(str::is_empty) {
            return wrong("name", "must be keys with single dots between them");
        }
        let bounds = &self.constraints;
        if bounds.bounds_numbers() && !matches!(self.kind, ParameterType::Integer | ParameterType::Number) {
            return wrong("constraints", "minValue and maxValue are for numbers");
        }
        if bounds.bounds_lengths() && !matches!(self.kind, ParameterType::String | ParameterType::Array) {
            return wrong("constraints", "minLength and maxLength are for texts and lists");
        }
        if bounds
            .min_value
            .zip(bounds.max_value)
            .is_some_and(|(least, most)| least > most)
            || bounds
                .min_length
                .zip(bounds.max_length)
                .is_some_and(|(least, most)| least > most)
        {
            return wrong("constraints", "the least is more than the most");
        }
        if bounds.allowed_values.iter().any(|value| !self.kind.fits(value)) {
            return wrong("constraints.allowedValues", "must be values of the parameter's type");
        }
        let default = self.default_value.as_ref();
        default.map_or(Ok(()), |value| self.check(&format!("{at}.defaultValue"), value))
    }
}

/// Characters of a text, elements of a list.
fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        _ => None,
    }
}

/// Checks the parameters of a template, and that its values and the parameters' defaults fit each other.
pub(super) fn check_all(values: &Extensions, parameters: &[ParameterDefinition]) -> Result<()> {
    if parameters.len() > MOST_PARAMETERS {
        let reason = format!("has {} items, at most {MOST_PARAMETERS} are allowed", parameters.len());
        return Err(Error::violation("body.parameters", reason));
    }
    let mut names = BTreeSet::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let at = format!("body.parameters[{index}]");
        parameter.check_itself(&at)?;
        if !names.insert(&parameter.name) {
            return Err(Error::violation(
                format!("{at}.name"),
                "another parameter has this name",
            ));
        }
    }
    let values = with_defaults(values, parameters)?;
    for parameter in parameters {
        if let Some(value) = get(&values, &parameter.name) {
            parameter.check(&format!("body.values.{}", Excerpt(&parameter.name)), value)?;
        }
    }
    Ok(())
}

/// The values with the parameters' defaults in them.
pub(super) fn with_defaults(values: &Extensions, parameters: &[ParameterDefinition]) -> Result<Extensions> {
    let mut values = values.clone();
    for parameter in parameters {
        if let Some(value) = &parameter.default_value {
            set(&mut values, &parameter.name, value.clone())?;
        }
    }
    Ok(values)
}

/// The value that a parameter's name leads to.
pub(super) fn get<'v>(values: &'v Extensions, name: &str) -> Option<&'v Value> {
    let (parents, key) = name
        .rsplit_once('.')
        .map_or((None, name), |(parents, key)| (Some(parents), key));
    let mut parents = parents.into_iter().flat_map(|parents| parents.split('.'));
    let parent = parents.try_fold(values, |map, key| map.get(key)?.as_object())?;
    parent.get(key)
}

/// Sets the value that a parameter's name leads to, making the objects on the way.
///
/// # Errors
/// `InvalidInput` when something on the way is no object.
pub(super) fn set(values: &mut Extensions, name: &str, value: Value) -> Result<()> {
    let mut map = values;
    let mut keys: Vec<&str> = name.split('.').collect();
    let last = keys.pop().unwrap_or_default();
    for key in keys {
        let next = map.entry(key).or_insert_with(|| Value::Object(Extensions::new()));
        map = next.as_object_mut().ok_or_else(|| {
            let (at, name) = (Excerpt(key).to_string(), Excerpt(name).to_string());
            Error::violation(
                format!("body.values.{at}"),
                format!("must be an object, because parameter '{name}' is in it"),
            )
        })?;
    }
    map.insert(last.to_owned(), value);
    Ok(())
}

impl Attributes for ParameterDefinition {
    const NAME: &'static str = "ParameterDefinition";

    fn attributes() -> &'static [Attribute<Self>] {
        const TYPE: Kind = Kind::Enum(ParameterType::WORDS);
        const CONSTRAINTS: Kind = Kind::Object(Shape::of::<Constraints>());
        static TABLE: &[Attribute<ParameterDefinition>] = &[
            Attribute::required(
                "name",
                Kind::String,
                "The keys that lead to the value, with dots.",
                |p| AttributeValue::String(&p.name),
            ),
            Attribute::optional("description", Kind::String, "What it is, for people.", |p| {
                AttributeValue::text(Some(p.description.as_str()).filter(|text| !text.is_empty()))
            }),
            Attribute::required("type", TYPE, "Its type.", |p| AttributeValue::String(p.kind.as_str())),
            Attribute::optional("required", Kind::Boolean, "Whether there must be a value.", |p| {
                AttributeValue::Boolean(p.required)
            }),
            Attribute::optional("defaultValue", Kind::Any, "The value when none is given.", |p| {
                p.default_value
                    .as_ref()
                    .map_or(AttributeValue::Absent, AttributeValue::Json)
            }),
            Attribute::optional(
                "constraints",
                CONSTRAINTS,
                "Within which bounds the value must be.",
                |p| AttributeValue::object(Some(&p.constraints).filter(|bounds| !bounds.is_empty())),
            ),
        ];
        TABLE
    }
}

impl Attributes for Constraints {
    const NAME: &'static str = "Constraints";

    fn attributes() -> &'static [Attribute<Self>] {
        const ANY: Kind = Kind::Any;
        static TABLE: &[Attribute<Constraints>] = &[
            Attribute::optional("minValue", Kind::Number, "The smallest number.", |c| {
                c.min_value.map_or(AttributeValue::Absent, AttributeValue::Number)
            }),
            Attribute::optional("maxValue", Kind::Number, "The greatest number.", |c| {
                c.max_value.map_or(AttributeValue::Absent, AttributeValue::Number)
            }),
            Attribute::optional("minLength", Kind::Integer, "The fewest characters or elements.", |c| {
                c.min_length
                    .map_or(AttributeValue::Absent, |n| AttributeValue::Integer(n.into()))
            }),
            Attribute::optional("maxLength", Kind::Integer, "The most characters or elements.", |c| {
                c.max_length
                    .map_or(AttributeValue::Absent, |n| AttributeValue::Integer(n.into()))
            }),
            Attribute::optional("allowedValues", Kind::Array(&ANY), "The values to choose from.", |c| {
                AttributeValue::array(&c.allowed_values)
            }),
        ];
        TABLE
    }
}
