//! [`Target`]: what the paths of a type lead to.

use o2_core::model::AttributeKind;
use o2_core::model::attribute::{Attributes, Shape};
use o2_core::query::{Path, Segment};
use proptest::prelude::*;
use proptest::sample::select;

use crate::strategies::json::KEYS;

/// How deep paths go into objects that lie in objects of the same type.
const DEPTH: usize = 3;

/// An attribute, however deep, and the way to it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) path: Vec<Segment>,
    /// The type; of the elements, when it is a list.
    pub(super) kind: AttributeKind,
    /// Whether a list lies on the way or at the end.
    pub(super) list: bool,
}

impl Target {
    /// Whether a value of this type can be compared with others, or has some below that can.
    fn is_comparable(&self) -> bool {
        !matches!(self.kind, AttributeKind::Object(_))
    }

    pub(super) fn path(&self) -> Path {
        Path::new(self.path.iter().cloned())
    }
}

/// Every attribute of `T`, objects and what is in them.
pub(super) fn all<T: Attributes>() -> Vec<Target> {
    let mut found = Vec::new();
    collect(Shape::of::<T>(), &[], false, &mut found);
    found
}

fn collect(shape: Shape, above: &[Segment], list: bool, found: &mut Vec<Target>) {
    for field in shape.fields() {
        let (kind, is_list) = element(field.kind);
        let mut path = above.to_vec();
        path.push(Segment::Name(field.name.to_owned()));
        let list = list || is_list;
        if let (AttributeKind::Object(shape), true) = (kind, path.len() < DEPTH) {
            collect(shape, &path, list, found);
        }
        found.push(Target { path, kind, list });
    }
}

/// The type of what a list contains, and whether it is one.
fn element(kind: AttributeKind) -> (AttributeKind, bool) {
    match kind {
        AttributeKind::Array(inner) => (element(*inner).0, true),
        other => (other, false),
    }
}

/// A path of `T` that leads to what can be compared; below maps, to whatever may be there. Half of them are short.
pub(super) fn comparable<T: Attributes>() -> impl Strategy<Value = Target> {
    let targets: Vec<_> = all::<T>().into_iter().filter(Target::is_comparable).collect();
    let own: Vec<_> = targets
        .iter()
        .filter(|target| target.path.len() == 1)
        .cloned()
        .collect();
    prop_oneof![select(own), select(targets)].prop_flat_map(|target| match target.kind {
        AttributeKind::Map => below(target).boxed(),
        AttributeKind::Any => prop_oneof![Just(target.clone()), below(target)].boxed(),
        _ => Just(target).boxed(),
    })
}

/// What may lie below a map: a value, or at the end its keys.
fn below(map: Target) -> impl Strategy<Value = Target> {
    let key = || select(KEYS).prop_map(|key| Segment::Name(key.to_owned()));
    let last = prop_oneof![4 => key(), 1 => Just(Segment::Keys)];
    let between = prop_oneof![3 => Just(None), 1 => key().prop_map(Some)];
    (between, last).prop_map(move |(between, last)| {
        let mut target = map.clone();
        target.kind = if last == Segment::Keys {
            AttributeKind::String
        } else {
            AttributeKind::Any
        };
        target.path.extend(between);
        target.path.push(last);
        target
    })
}
