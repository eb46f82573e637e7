//! [`Content`]: the part of a specification that says what is deployed, the values and the revision of a composition.

use o2_core::{Error, Extensions, Result};
use serde_json::{Map, Value, json};

use super::shape::Layout;
use crate::kube::deployed::fingerprint;

/// The object that the fields of Crossplane are in, in the second generation.
const OWN: &str = "crossplane";
/// The fields of Crossplane that say which composition is used, and how.
const COMPOSITION: &str = "compositionRef";
const REVISION: &str = "compositionRevisionRef";
const POLICY: &str = "compositionUpdatePolicy";
/// The other ones, in the first generation; some are of claims alone, and some of releases that are gone.
const OTHERS: [&str; 9] = [
    "claimRef",
    "compositeDeletePolicy",
    "compositionRevisionSelector",
    "compositionSelector",
    "environmentConfigRefs",
    "publishConnectionDetailsTo",
    "resourceRef",
    "resourceRefs",
    "writeConnectionSecretToRef",
];

/// Package and values of a deployment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Content {
    layout: Layout,
    values: Extensions,
    composition: Option<String>,
    revision: Option<String>,
    policy: Option<String>,
}

/// Whether a field of a specification is one of Crossplane.
fn is_own(layout: Layout, field: &str) -> bool {
    if layout.is_flat() {
        [COMPOSITION, REVISION, POLICY].contains(&field) || OTHERS.contains(&field)
    } else {
        field == OWN
    }
}

impl Content {
    /// That of an object.
    pub(super) fn of(layout: Layout, spec: &Map<String, Value>) -> Self {
        let own = match layout {
            Layout::Modern => spec.get(OWN).and_then(Value::as_object),
            _ => Some(spec),
        };
        let named = |field: &str| own?.get(field)?.get("name")?.as_str().map(str::to_owned);
        let values = spec.iter().filter(|(field, _)| !is_own(layout, field));
        Self {
            layout,
            values: values.map(|(field, value)| (field.clone(), value.clone())).collect(),
            composition: named(COMPOSITION),
            revision: named(REVISION),
            policy: own.and_then(|own| own.get(POLICY)?.as_str().map(str::to_owned)),
        }
    }

    /// Nothing yet.
    pub(super) fn new(layout: Layout) -> Self {
        Self::of(layout, &Map::new())
    }

    /// From what [`Self::value`] has made.
    pub(super) fn of_record(layout: Layout, value: &Value) -> Result<Self> {
        let found = value.as_object().map(|spec| Self::of(layout, spec));
        let known = found.filter(|content| content.revision.is_some());
        known.ok_or_else(|| Error::violation("revision", "what this revision deployed is not known any more"))
    }

    /// Stays with a revision of a composition until somebody says otherwise.
    pub(super) fn pin(&mut self, composition: &str, revision: &str) {
        self.composition = Some(composition.to_owned());
        self.revision = Some(revision.to_owned());
        self.policy = Some("Manual".to_owned());
    }

    /// Stays with the revision that is used now.
    pub(super) fn pin_present(&mut self) {
        if self.revision.is_some() {
            self.policy = Some("Manual".to_owned());
        }
    }

    pub(super) fn composition(&self) -> Option<&str> {
        self.composition.as_deref()
    }

    pub(super) fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    pub(super) fn values(&self) -> &Extensions {
        &self.values
    }

    /// Gives a deployment these values instead of those it has.
    pub(super) fn set_values(&mut self, values: Extensions) -> Result<()> {
        if let Some(own) = values.keys().find(|field| is_own(self.layout, field)) {
            let reason = "is Crossplane's own, and decided by package and name";
            return Err(Error::violation(format!("values.{own}"), reason));
        }
        self.values = values;
        Ok(())
    }

    fn own(&self) -> Map<String, Value> {
        let named = |name: &String| json!({"name": name});
        let fields = [
            (COMPOSITION, self.composition.as_ref().map(named)),
            (REVISION, self.revision.as_ref().map(named)),
            (POLICY, self.policy.as_ref().map(|policy| json!(policy))),
        ];
        let known = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), value?)));
        known.collect()
    }

    /// As a specification has it.
    pub(super) fn value(&self) -> Value {
        let mut spec = self.values.clone();
        if self.layout.is_flat() {
            spec.extend(self.own());
        } else {
            spec.insert(OWN.to_owned(), Value::Object(self.own()));
        }
        Value::Object(spec)
    }

    /// By which it is seen whether package or values are still the same.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(&self.value())
    }

    /// By which it is seen whether the package is still the same.
    pub(super) fn package_fingerprint(&self) -> String {
        fingerprint(&json!([self.composition, self.revision]))
    }
}
