//! [`Subjects`]: the kinds of objects that a gateway tells of, and the words for them and for what happens to them.

use std::sync::Arc;

use crate::error::Excerpt;
use crate::event::EventKind;
use crate::model::Model;
use crate::model::attribute::Shape;
use crate::query::{closest, hint};

/// What an official object type ends with: `ResourcePoolInfo`.
const OFFICIAL: &str = "Info";

/// What stands for anything that can happen to an object: `ResourcePoolChanged`, `AlarmEvent`.
const ANYTHING: [&str; 2] = ["Changed", "Event"];

/// The kinds of objects that a gateway tells of. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Subjects(Arc<[(&'static str, Shape)]>);

/// A word for events, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EventWord {
    object: &'static str,
    /// `None`: whatever happens.
    kind: Option<EventKind>,
}

impl EventWord {
    pub(super) fn is(self, object: &str, kind: EventKind) -> bool {
        self.object == object && self.kind.is_none_or(|wanted| wanted == kind)
    }
}

impl Subjects {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the objects of a type.
    #[must_use]
    pub fn with<T: Model>(self) -> Self {
        self.with_object(T::OBJECT, Shape::of::<T>())
    }

    /// Adds the objects with this name, which have this shape; one with a known name replaces it.
    #[must_use]
    pub fn with_object(self, object: &'static str, shape: Shape) -> Self {
        let others = self.0.iter().copied().filter(|(known, _)| *known != object);
        Self(others.chain([(object, shape)]).collect())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and shapes, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Shape)> + '_ {
        self.0.iter().copied()
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        self.0.iter().map(|(object, _)| *object)
    }

    /// The name for `resourcePool` or `ResourcePoolInfo` in any case, or why there is none.
    pub(super) fn object(&self, word: &str) -> Result<&'static str, String> {
        let is = |object: &str| match strip(word, object) {
            Some(rest) => rest.is_empty() || rest.eq_ignore_ascii_case(OFFICIAL),
            None => false,
        };
        self.names()
            .find(|object| is(object))
            .ok_or_else(|| format!("unknown kind of object '{}'{}", Excerpt(word), hint(word, self.names())))
    }

    /// What `ResourcePoolCreated` or `ResourcePoolChanged` means, in any case, or why it means nothing.
    pub(super) fn event(&self, word: &str) -> Result<EventWord, String> {
        let event = |object: &'static str| {
            let rest = strip(word, object)?;
            if ANYTHING.iter().any(|anything| rest.eq_ignore_ascii_case(anything)) {
                return Some(EventWord { object, kind: None });
            }
            let mut kinds = EventKind::ALL.iter().copied();
            let kind = kinds.find(|kind| rest.eq_ignore_ascii_case(kind.as_str()))?;
            let kind = Some(kind);
            Some(EventWord { object, kind })
        };
        self.names()
            .find_map(event)
            .ok_or_else(|| format!("unknown kind of event '{}'{}", Excerpt(word), self.event_hint(word)))
    }

    fn event_hint(&self, word: &str) -> String {
        let kinds = || EventKind::ALL.iter();
        let words = |object| kinds().map(move |kind| kind.word(object));
        let words: Vec<_> = self.names().flat_map(words).collect();
        let guess = closest(word, words.iter().map(String::as_str));
        let guess = guess.map(|guess| format!("; did you mean '{guess}'?"));
        let objects = self.names().collect::<Vec<_>>().join(", ");
        let kinds = kinds().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        let guess = guess.unwrap_or_default();
        format!("{guess} (an object and what happens to it; objects: {objects}; what happens: {kinds}, Changed)")
    }
}

/// What follows `beginning` in `word`, whatever the case.
fn strip<'a>(word: &'a str, beginning: &str) -> Option<&'a str> {
    let (start, rest) = word.split_at_checked(beginning.len())?;
    start.eq_ignore_ascii_case(beginning).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects() -> Subjects {
        let names = ["resource", "resourcePool", "deployment", "alarm"];
        names.into_iter().fold(Subjects::new(), |subjects, name| {
            subjects.with_object(name, Shape::body("Any", &[]))
        })
    }

    #[test]
    fn objects_have_the_words_of_the_product_and_of_the_specification() {
        for (word, object) in [
            ("resourcePool", "resourcePool"),
            ("RESOURCEPOOL", "resourcePool"),
            ("ResourcePoolInfo", "resourcePool"),
            ("ResourceInfo", "resource"),
            ("resource", "resource"),
        ] {
            assert_eq!(subjects().object(word), Ok(object), "{word}");
        }
        let error = subjects().object("resourcePol").unwrap_err();
        assert_eq!(
            error,
            "unknown kind of object 'resourcePol'; did you mean 'resourcePool'? (known: resource, resourcePool, deployment, alarm)"
        );
        for wrong in ["", "Info", "resourcePools", "CloudInfo", "größe"] {
            assert!(subjects().object(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn events_have_words_in_any_case() {
        for (word, object, kind) in [
            ("ResourcePoolCreated", "resourcePool", Some(EventKind::Created)),
            ("resourcecreated", "resource", Some(EventKind::Created)),
            ("DEPLOYMENTROLLEDBACK", "deployment", Some(EventKind::RolledBack)),
            ("ResourceChanged", "resource", None),
            ("AlarmEvent", "alarm", None),
        ] {
            assert_eq!(subjects().event(word), Ok(EventWord { object, kind }), "{word}");
        }
        let error = subjects().event("ResourcePoolCreate").unwrap_err();
        assert!(
            error.contains("did you mean 'ResourcePoolCreated'? (an object and"),
            "{error}"
        );
        for wrong in ["", "Created", "resource", "größe", "ResourceCreatedd x"] {
            assert!(subjects().event(wrong).is_err(), "{wrong}");
        }
    }
}
