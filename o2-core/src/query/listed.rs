//! [`Listed`]: the attributes that a selector names, and which fields of an object that leaves.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::params::Params;
use super::path::{Path, Segment, element_kind};
use super::resolve::resolve;
use super::select::{Fields, Keep};
use crate::model::attribute::{AttributeKind, Attributes, Field};
use crate::{Error, Result};

/// The attributes a selector names, as a tree. A name without names below it stands for the whole attribute.
#[derive(Debug, Default)]
pub(super) struct Listed(BTreeMap<String, Self>);

impl Listed {
    /// `None` when the parameter is not given or empty.
    pub(super) fn read<T: Attributes>(params: &Params, parameter: &str) -> Result<Option<Self>> {
        let mut listed = None;
        for text in params.all(parameter).filter(|text| !text.trim().is_empty()) {
            let tree = listed.get_or_insert_with(Self::default);
            for item in text.split(',') {
                let names = names::<T>(item).map_err(|reason| Error::violation(parameter, reason))?;
                tree.insert(names);
            }
        }
        Ok(listed)
    }

    /// A whole attribute swallows its parts, in whichever order they come.
    fn insert(&mut self, names: Vec<String>) {
        let mut tree = self;
        let mut is_new = true;
        for name in names {
            if !is_new && tree.0.is_empty() {
                return;
            }
            is_new = !tree.0.contains_key(&name);
            tree = tree.0.entry(name).or_default();
        }
        tree.0.clear();
    }

    fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// Rules that leave out every optional complex attribute that is not listed.
    pub(super) fn only(&self, kind: AttributeKind) -> Fields {
        let rule = |field: Field| match self.0.get(field.name) {
            None if is_selectable(field) => Some(Keep::None),
            Some(below) if !below.is_whole() => Some(Keep::Part(below.only(field.kind))),
            _ => None,
        };
        let entry = |below: &Self| match below.is_whole() {
            true => Keep::All,
            false => Keep::Part(below.only(AttributeKind::Any)),
        };
        self.rules(kind, rule, entry, false)
    }

    /// Rules that leave out the optional complex attributes that are listed.
    pub(super) fn all_but(&self, kind: AttributeKind) -> Fields {
        let rule = |field: Field| match self.0.get(field.name)? {
            below if !below.is_whole() => Some(Keep::Part(below.all_but(field.kind))),
            _ if is_selectable(field) => Some(Keep::None),
            _ => None,
        };
        let entry = |below: &Self| match below.is_whole() {
            true => Keep::None,
            false => Keep::Part(below.all_but(AttributeKind::Any)),
        };
        self.rules(kind, rule, entry, true)
    }

    /// The rules for the fields of a typed object, or else for the entries of a map.
    fn rules(
        &self,
        kind: AttributeKind,
        field_rule: impl Fn(Field) -> Option<Keep>,
        entry_rule: impl Fn(&Self) -> Keep,
        other_entries: bool,
    ) -> Fields {
        if let AttributeKind::Object(shape) = element_kind(kind) {
            let rule = |field: Field| Some((Cow::Borrowed(field.name), field_rule(field)?));
            return Fields {
                named: shape.fields().filter_map(rule).collect(),
                others: true,
            };
        }
        let rule = |(name, below): (&String, &Self)| (Cow::Owned(name.clone()), entry_rule(below));
        Fields {
            named: self.0.iter().map(rule).collect(),
            others: other_entries,
        }
    }
}

fn is_selectable(field: Field) -> bool {
    field.kind.is_complex() && !field.required
}

/// The names on the way to a listed attribute of `T`.
fn names<T: Attributes>(text: &str) -> Result<Vec<String>, String> {
    let path = Path::lenient::<T>(text).map_err(|syntax| syntax.reason)?;
    resolve::<T>(&path)?;
    let name = |segment: &Segment| match segment {
        Segment::Name(name) => Ok(name.clone()),
        Segment::Keys => Err("'@key' names no attribute".to_owned()),
    };
    path.segments().iter().map(name).collect()
}
