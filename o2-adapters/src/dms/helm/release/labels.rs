//! Labels of releases: Helm's own, those that we give, and those of whoever else has given some.

use std::collections::BTreeMap;

use super::super::repository::PackageRef;
use crate::kube::deployed::DEPLOYMENT_ID;

/// Which package it is an instance of.
pub(crate) const PACKAGE: &str = "o2ims.oran.org/package";
/// What was asked for when the revision was made.
pub(crate) const WORK: &str = "o2ims.oran.org/work";

/// What is asked for that makes a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Install,
    Update,
    Upgrade,
    Scale,
}

impl Work {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Install, "install"),
        (Self::Update, "update"),
        (Self::Upgrade, "upgrade"),
        (Self::Scale, "scale"),
    ];

    fn word(self) -> &'static str {
        let row = Self::ALL.iter().find(|(work, _)| *work == self);
        row.map_or("", |(_, word)| word)
    }

    /// The label of work that `ticket` tells apart from any other.
    pub(crate) fn label(self, ticket: &str) -> String {
        format!("{}.{ticket}", self.word())
    }

    pub(crate) fn of_label(label: &str) -> Option<Self> {
        let word = label.split_once('.')?.0;
        let row = Self::ALL.iter().find(|(_, known)| *known == word);
        row.map(|(work, _)| *work)
    }
}

/// The labels that a release gets from us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnLabels {
    labels: BTreeMap<String, String>,
}

/// The labels of a revision that is made of `package`.
pub(crate) fn own_labels(package: &PackageRef, work: &str) -> OwnLabels {
    let labels = [
        (PACKAGE.to_owned(), package.label()),
        (WORK.to_owned(), work.to_owned()),
    ];
    OwnLabels { labels: labels.into() }
}

impl OwnLabels {
    /// With the id of a new deployment, and whose it is.
    pub(crate) fn of(mut self, deployment: &str, tenant: Option<(&str, &str)>) -> Self {
        self.labels.insert(DEPLOYMENT_ID.to_owned(), deployment.to_owned());
        if let Some((label, tenant)) = tenant {
            self.labels.insert(label.to_owned(), tenant.to_owned());
        }
        self
    }

    /// As the program takes them.
    pub(crate) fn text(&self) -> String {
        let each = self.labels.iter().map(|(key, value)| format!("{key}={value}"));
        each.collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::is_label_value;

    #[test]
    fn labels_are_written_as_the_program_takes_them() {
        let package = PackageRef::new("edge", "o2demo", "0.1.0", &"8".repeat(64));
        let labels = own_labels(&package, &Work::Scale.label("1f3a"));
        let digits = "8".repeat(32);
        let common = format!("o2ims.oran.org/package=edge.{digits},o2ims.oran.org/work=scale.1f3a");
        assert_eq!(labels.text(), common);
        let owned = labels.of("d-1", Some(("example.org/tenant", "red")));
        assert_eq!(
            owned.text(),
            format!("example.org/tenant=red,o2ims.oran.org/deployment-id=d-1,{common}")
        );
    }

    #[test]
    fn work_is_read_from_its_label() {
        for (work, word) in Work::ALL {
            assert_eq!(Work::of_label(&format!("{word}.x")), Some(work));
            assert_eq!(work.label("x"), format!("{word}.x"));
            assert!(is_label_value(&work.label("0123456789abcdef")));
        }
        for odd in ["", "scale", "heal.1", ".x"] {
            assert_eq!(Work::of_label(odd), None, "{odd}");
        }
        for bad in ["", "-a", "a.", "a/b", "a b", "ä", &"x".repeat(64)] {
            assert!(!is_label_value(bad), "{bad}");
        }
    }
}
