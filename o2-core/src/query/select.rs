//! [`Selection`]: which attributes of an object a response shows: the selectors of ETSI GS NFV-SOL 013 clause 5.3.
//! [`Selected`](super::Selected) applies it.
//!
//! Selectors choose among the *complex* attributes (objects, maps, lists) that are *optional*; scalars and required ones are
//! always shown. Below a map nothing is required: what is listed there is shown or left out whatever it is. No type has a
//! default-exclude set, so `exclude_default` shows everything, like no selector at all.

use std::borrow::Cow;

use super::listed::Listed;
use super::params::Params;
use crate::model::attribute::{AttributeKind, Attributes, Shape};
use crate::{Error, Result};

const FIELDS: &str = "fields";
const EXCLUDE_FIELDS: &str = "exclude_fields";
const ALL_FIELDS: &str = "all_fields";
const EXCLUDE_DEFAULT: &str = "exclude_default";

/// Which attributes are shown.
#[derive(Debug, Clone, Default)]
pub struct Selection(Option<Fields>);

/// What becomes of the fields of an object.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) named: Vec<(Cow<'static, str>, Keep)>,
    /// Whether fields without a rule are shown.
    pub(super) others: bool,
}

/// What becomes of one field.
#[derive(Debug, Clone)]
pub(super) enum Keep {
    All,
    None,
    Part(Fields),
}

impl Selection {
    /// The selection that shows everything.
    #[must_use]
    pub const fn everything() -> Self {
        Self(None)
    }

    /// Reads `fields`, `exclude_fields`, `all_fields` and `exclude_default` for objects of type `T`. The first two are
    /// lists separated by commas, of paths such as `extensions/country`; without a `/`, dots may be used instead. Given
    /// several times they add up; empty ones count as not given. The values of the flags are ignored.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown attribute, and for combinations other than `exclude_default` with `fields`.
    pub fn parse<T: Attributes>(params: &Params) -> Result<Self> {
        let fields = Listed::read::<T>(params, FIELDS)?;
        let exclude = Listed::read::<T>(params, EXCLUDE_FIELDS)?;
        check_combination(&[
            (FIELDS, fields.is_some()),
            (EXCLUDE_FIELDS, exclude.is_some()),
            (ALL_FIELDS, params.has(ALL_FIELDS)),
            (EXCLUDE_DEFAULT, params.has(EXCLUDE_DEFAULT)),
        ])?;
        let kind = AttributeKind::Object(Shape::of::<T>());
        let rules = match (fields, exclude) {
            // The attributes that exclude_default leaves out are none, so nothing is there for `fields` to bring back.
            (Some(_), _) if params.has(EXCLUDE_DEFAULT) => None,
            (Some(listed), _) => Some(listed.only(kind)),
            (None, Some(listed)) => Some(listed.all_but(kind)),
            (None, None) => None,
        };
        Ok(Self(rules.filter(|fields| !fields.is_everything())))
    }

    /// Hides these attributes of the object itself, whatever else was asked for: what a version of the API does not have.
    #[must_use]
    pub fn hiding(self, names: &'static [&'static str]) -> Self {
        if names.is_empty() {
            return self;
        }
        let mut fields = self.0.unwrap_or(Fields {
            named: Vec::new(),
            others: true,
        });
        fields.named.retain(|(name, _)| !names.contains(&&**name));
        fields
            .named
            .extend(names.iter().map(|name| (Cow::Borrowed(*name), Keep::None)));
        Self(Some(fields))
    }

    /// Everything that changes only when somebody writes the object.
    #[must_use]
    pub(crate) fn unobserved<T: Attributes>() -> Self {
        let observed = T::attributes().iter().filter(|row| row.observed);
        let named = observed.map(|row| (Cow::Borrowed(row.name), Keep::None)).collect();
        Self(Some(Fields { named, others: true }).filter(|fields| !fields.is_everything()))
    }

    /// Whether nothing is left out.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn fields(&self) -> Option<&Fields> {
        self.0.as_ref()
    }
}

fn check_combination(selectors: &[(&str, bool)]) -> Result<()> {
    let given: Vec<&str> = selectors
        .iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| *name)
        .collect();
    match given.as_slice() {
        [] | [_] | [FIELDS, EXCLUDE_DEFAULT] => Ok(()),
        [first, ..] => Err(Error::violation(
            *first,
            format!(
                "{} cannot be combined (only {EXCLUDE_DEFAULT} with {FIELDS} can)",
                given.join(" and ")
            ),
        )),
    }
}

impl Fields {
    pub(super) fn keep(&self, name: &str) -> &Keep {
        let rule = self.named.iter().find(|(known, _)| known == name);
        match rule {
            Some((_, keep)) => keep,
            None if self.others => &Keep::All,
            None => &Keep::None,
        }
    }

    fn is_everything(&self) -> bool {
        self.named.is_empty() && self.others
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::Selected;
    use crate::query::testing::{Site, Thing, map, thing};

    fn full() -> Thing {
        Thing {
            description: Some("d".into()),
            tags: vec!["gpu".into()],
            elements: vec![Thing {
                extensions: map(json!({"a": 1})),
                tags: vec!["nic".into()],
                ..thing("e")
            }],
            required: map(json!({"r": 1})),
            site: Some(Site {
                name: "s".into(),
                capacity: map(json!({"cpu": 4})),
                racks: vec!["r1".into()],
            }),
            extensions: map(json!({"country": "de", "list": [{"x": 1, "y": 2}]})),
            ..thing("t")
        }
    }

    fn select(raw: &str) -> Result<Selection> {
        Selection::parse::<Thing>(&Params::parse(raw)?)
    }

    /// The attributes shown, apart from those that always are: id, name, description, required.
    fn shown(selection: &Selection) -> serde_json::Value {
        let mut json = json!(Selected::new(&full(), selection));
        for name in ["id", "name", "description", "required"] {
            assert!(json.as_object_mut().unwrap().remove(name).is_some(), "{name} is hidden");
        }
        json
    }

    #[test]
    fn selectors_show_what_they_name() {
        let element = json!({"id": "id-e", "name": "e", "required": {}});
        let with = |name: &str, value: serde_json::Value| {
            let mut element = element.clone();
            element[name] = value;
            json!([element])
        };
        for (raw, expected) in [
            ("fields=name", json!({})),
            (
                "fields=name,description&exclude_default",
                shown(&Selection::everything()),
            ),
            ("fields=tags", json!({"tags": ["gpu"]})),
            (
                "fields=tags&fields=extensions/country",
                json!({"tags": ["gpu"], "extensions": {"country": "de"}}),
            ),
            (
                "fields= extensions.country , extensions/list/x",
                json!({"extensions": {"country": "de", "list": [{"x": 1}]}}),
            ),
            (
                "fields=extensions/country,extensions",
                json!({"extensions": {"country": "de", "list": [{"x": 1, "y": 2}]}}),
            ),
            ("fields=extensions/none", json!({"extensions": {}})),
            ("fields=site/racks", json!({"site": {"name": "s", "racks": ["r1"]}})),
            ("fields=site/name", json!({"site": {"name": "s"}})),
            (
                "fields=elements/tags",
                json!({"elements": with("tags", json!(["nic"]))}),
            ),
            (
                "exclude_fields=elements/tags,site,tags,extensions/list,name,required",
                json!({"elements": with("extensions", json!({"a": 1})), "extensions": {"country": "de"}}),
            ),
            (
                "exclude_fields=elements,site/capacity/cpu,site/racks,tags,extensions/list/y",
                json!({"site": {"name": "s", "capacity": {}}, "extensions": {"country": "de", "list": [{"x": 1}]}}),
            ),
        ] {
            assert_eq!(shown(&select(raw).unwrap()), expected, "{raw}");
        }
    }

    #[test]
    fn without_effect_everything_is_shown() {
        for raw in [
            "",
            "all_fields",
            "all_fields=false",
            "exclude_default=x",
            "exclude_default&fields=tags",
            "fields=",
            "exclude_fields=name",
        ] {
            assert!(select(raw).unwrap().is_everything(), "{raw}");
        }
        assert_eq!(json!(Selected::new(&full(), &Selection::everything())), json!(full()));
    }

    #[test]
    fn wrong_selectors_are_refused() {
        for (raw, expected) in [
            ("fields=a&exclude_fields=tags", "fields: unknown attribute 'a'"),
            (
                "fields=(id,nothing)",
                "fields: unknown attribute '(id'; did you mean 'id'?",
            ),
            ("fields=id,,name", "fields: an attribute name is missing"),
            (
                "exclude_fields=site/nme",
                "exclude_fields: unknown attribute 'nme' of 'site'",
            ),
            ("fields=extensions/@key", "fields: '@key' names no attribute"),
            (
                "fields=tags&exclude_fields=site",
                "fields: fields and exclude_fields cannot be combined",
            ),
            (
                "all_fields&fields=tags",
                "fields: fields and all_fields cannot be combined",
            ),
            (
                "all_fields&exclude_default",
                "all_fields: all_fields and exclude_default cannot",
            ),
            (
                "exclude_fields=tags&exclude_default",
                "exclude_fields: exclude_fields and exclude_default cannot",
            ),
        ] {
            let error = select(raw).unwrap_err();
            assert!(error.message().starts_with(expected), "{raw}: {error}");
        }
    }

    #[test]
    fn hidden_attributes_never_come_back() {
        const HIDDEN: &[&str] = &["site", "tags", "labels"];
        for raw in ["", "all_fields", "fields=elements/site,elements,site/name,extensions"] {
            let selection = select(raw).unwrap().hiding(HIDDEN);
            assert!(!selection.is_everything());
            let shown = shown(&selection);
            assert!(
                shown.get("elements").is_some() && shown.get("extensions").is_some(),
                "{raw}"
            );
            assert!(shown.get("site").is_none() && shown.get("tags").is_none(), "{raw}");
        }
        assert!(Selection::everything().hiding(&[]).is_everything());
    }
}
