//! What a subscription is about: a filter expression or an object of ids and words, and whether what matches is
//! reported or suppressed.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::interest::{criteria, expression};
use crate::query::Filter;
use crate::{Labels, Result};

/// Whether matching changes are reported or suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FilterMode {
    /// What matches is reported: the product's meaning.
    #[default]
    Select,
    /// What matches is not reported: the meaning in the O-RAN text.
    Suppress,
}

impl FilterMode {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Suppress => "suppress",
        }
    }
}

/// What a subscription is about. An empty one is about everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SubscriptionFilter {
    /// A filter expression over the changed object (SOL013).
    Expression(String),
    /// Ids and words; all of the given ones must match.
    Criteria(Box<Criteria>),
}

/// Ids and words a change must match. Several values of one criterion are alternatives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Criteria {
    /// Resource pools.
    #[serde(alias = "resourcePoolIds", skip_serializing_if = "Values::is_empty")]
    pub resource_pool_id: Values,
    /// Resource types.
    #[serde(alias = "resourceTypeIds", skip_serializing_if = "Values::is_empty")]
    pub resource_type_id: Values,
    /// Resources.
    #[serde(alias = "resourceIds", skip_serializing_if = "Values::is_empty")]
    pub resource_id: Values,
    /// Deployments.
    #[serde(
        alias = "deploymentIds",
        alias = "nfDeploymentIds",
        skip_serializing_if = "Values::is_empty"
    )]
    pub deployment_id: Values,
    /// Packages.
    #[serde(
        alias = "packageIds",
        alias = "nfDeploymentDescriptorIds",
        skip_serializing_if = "Values::is_empty"
    )]
    pub package_id: Values,
    /// Kinds of objects, `resourcePool`.
    #[serde(alias = "objectTypes", skip_serializing_if = "Values::is_empty")]
    pub object_type: Values,
    /// Kinds of events, `ResourcePoolCreated`; always a list on the wire, as its name says.
    #[serde(
        alias = "eventType",
        serialize_with = "Values::serialize_list",
        skip_serializing_if = "Values::is_empty"
    )]
    pub event_types: Values,
    /// Namespaces of deployments.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub namespace: Values,
    /// Labels the object must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// Extensions the object must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, serde_json::Value>,
}

/// One value or several, in either spelling on the wire. An empty word means that the criterion does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub Vec<String>);

impl Values {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(serializer),
            values => values.serialize(serializer),
        }
    }
}

/// Not derived: of an untagged enum the error would not say what is wrong, nor where.
impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Values, E> {
                let words = Some(value).filter(|word| !word.is_empty());
                Ok(Values(words.into_iter().map(ToOwned::to_owned).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Values, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = values.next_element()? {
                    words.push(word);
                }
                Ok(Values(words))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

/// Not derived, for the same reason.
impl<'de> Deserialize<'de> for SubscriptionFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherShape;

        impl<'de> Visitor<'de> for EitherShape {
            type Value = SubscriptionFilter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a filter expression or an object of criteria")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SubscriptionFilter, E> {
                Ok(SubscriptionFilter::Expression(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SubscriptionFilter, A::Error> {
                let criteria = Criteria::deserialize(MapAccessDeserializer::new(map))?;
                Ok(SubscriptionFilter::Criteria(Box::new(criteria)))
            }
        }

        deserializer.deserialize_any(EitherShape)
    }
}

impl SubscriptionFilter {
    /// Checks that an expression can be read, and that criteria can be compared.
    ///
    /// # Errors
    /// `InvalidInput` naming the position, as in `filter:12`, or the criterion, as in `filter.labels`.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::Expression(text) => expression::parse(text).map(|_| ()),
            Self::Criteria(criteria) => criteria::clauses(criteria).map(|_| ()),
        }
    }

    /// The same filter in the one spelling that equal filters share.
    ///
    /// # Errors
    /// `InvalidInput` when an expression cannot be read.
    pub fn canonical(&self) -> Result<String> {
        match self {
            Self::Expression(text) => Ok(Filter::parse(text)?.to_string()),
            Self::Criteria(criteria) if **criteria == Criteria::default() => Ok(String::new()),
            Self::Criteria(criteria) => {
                let mut criteria = criteria.clone();
                criteria.sort();
                serde_json::to_string(&criteria).map_err(|error| crate::Error::internal(error.to_string()))
            }
        }
    }
}

impl Criteria {
    fn sort(&mut self) {
        for values in [
            &mut self.resource_pool_id,
            &mut self.resource_type_id,
            &mut self.resource_id,
            &mut self.deployment_id,
            &mut self.package_id,
            &mut self.object_type,
            &mut self.event_types,
            &mut self.namespace,
        ] {
            values.0.sort_unstable();
            values.0.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(filter: serde_json::Value) -> String {
        serde_json::from_value::<SubscriptionFilter>(filter)
            .unwrap()
            .canonical()
            .unwrap()
    }

    #[test]
    fn equal_filters_have_one_spelling() {
        assert_eq!(
            canonical(json!({"resourcePoolId": "p1"})),
            canonical(json!({"resourcePoolIds": ["p1"]}))
        );
        assert_eq!(
            canonical(json!({"eventTypes": ["b", "a"]})),
            canonical(json!({"eventTypes": ["a", "b", "a"]}))
        );
        assert_eq!(canonical(json!("( eq , name , 'a' )")), canonical(json!("(eq,name,a)")));
        assert_eq!(canonical(json!("")), canonical(json!({})));
        assert_eq!(canonical(json!({"resourceId": ""})), "");
        assert_ne!(
            canonical(json!({"resourcePoolId": "p1"})),
            canonical(json!({"resourceId": "p1"}))
        );
    }

    #[test]
    fn unreadable_filters_are_refused() {
        for (filter, expected) in [
            (
                json!({"poolId": "p1"}),
                "unknown field `poolId`, expected one of `resourcePoolId`",
            ),
            (
                json!({"resourceId": 7}),
                "invalid type: integer `7`, expected a string or a list of strings",
            ),
            (
                json!({"resourceId": ["a", 7]}),
                "invalid type: integer `7`, expected a string",
            ),
            (
                json!({"labels": {"a": 7}}),
                "invalid type: integer `7`, expected a string",
            ),
            (
                json!(["p1"]),
                "invalid type: sequence, expected a filter expression or an object of criteria",
            ),
        ] {
            let error = serde_json::from_value::<SubscriptionFilter>(filter).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        assert!(SubscriptionFilter::Expression("(eq,name".into()).validate().is_err());
    }
}
