//! What the program's complaints mean. Helm has no other language for errors than English, and no more exit codes than 0 and 1.

use o2_core::error::Excerpt;
use o2_core::ports::ProcessOutput;
use o2_core::{Error, ErrorKind, Fault, Retry};

use super::command::Change;
use super::schema::violations;
use crate::kit::redact::{excerpt, without_secrets_of};

/// What a complaint means.
#[derive(Debug, Clone, Copy)]
struct Meaning {
    kind: ErrorKind,
    fault: Fault,
    /// Which attribute of the request it is about.
    at: Option<&'static str>,
    /// What the caller is told.
    words: &'static str,
}

const fn caller(kind: ErrorKind, words: &'static str) -> Meaning {
    Meaning {
        kind,
        fault: Fault::Caller,
        at: None,
        words,
    }
}

const fn at(attribute: &'static str, words: &'static str) -> Meaning {
    Meaning {
        at: Some(attribute),
        ..caller(ErrorKind::InvalidInput, words)
    }
}

const fn backend(kind: ErrorKind, words: &'static str) -> Meaning {
    Meaning {
        fault: Fault::Backend,
        ..caller(kind, words)
    }
}

const TAKEN: Meaning = caller(ErrorKind::AlreadyExists, "there is a release of this name already");
const BUSY: Meaning = caller(ErrorKind::Conflict, "somebody else is changing the release");
const GONE: Meaning = caller(ErrorKind::NotFound, "there is no such release");
const REFUSED: Meaning = backend(ErrorKind::PermissionDenied, "the cluster does not allow it to helm");
const CHART: Meaning = at("packageId", "the chart cannot be deployed like this");
const LATE: Meaning = backend(ErrorKind::Timeout, "helm has waited too long");

/// Parts of complaints, the most telling ones first.
const TABLE: &[(&str, Meaning)] = &[
    (
        "values don't meet the specifications of the schema",
        at("values", "the chart does not accept these values"),
    ),
    ("cannot re-use a name that is still in use", TAKEN),
    ("cannot reuse a name that is still in use", TAKEN),
    ("another operation (install/upgrade/rollback) is in progress", BUSY),
    // Two programs at the same moment: the record of the revision is the lock.
    ("release: already exists", BUSY),
    ("already exists in namespace", BUSY),
    ("release: not found", GONE),
    ("has no deployed releases", GONE),
    ("Release not loaded", GONE),
    ("release has no ", at("revision", "there is no such revision")),
    ("invalid release name", at("name", "is not a name that Helm accepts")),
    ("release name is invalid", at("name", "is not a name that Helm accepts")),
    (
        "Kubernetes cluster unreachable",
        backend(ErrorKind::Unavailable, "helm cannot reach the cluster"),
    ),
    (
        "invalid ownership metadata",
        caller(
            ErrorKind::Conflict,
            "objects of the chart are there already, and belong to somebody else",
        ),
    ),
    (
        "cannot be imported into the current release",
        caller(
            ErrorKind::Conflict,
            "objects of the chart are there already, and belong to somebody else",
        ),
    ),
    ("timed out waiting for the condition", LATE),
    ("context deadline exceeded", LATE),
    (
        "hooks failed",
        backend(ErrorKind::Internal, "a hook of the chart has failed"),
    ),
    ("must be logged in", REFUSED),
    ("Unauthorized", REFUSED),
    (
        "exceeded quota",
        backend(ErrorKind::QuotaExceeded, "a quota of the cluster is exhausted"),
    ),
    (" is forbidden:", REFUSED),
    (
        "unknown flag: ",
        backend(ErrorKind::Internal, "helm does not know an argument"),
    ),
    ("namespaces \"", at("namespace", "there is no such namespace")),
    (
        "chart requires kubeVersion",
        at("packageId", "the chart is made for other versions of Kubernetes"),
    ),
    (
        "no matches for kind",
        at("packageId", "the cluster has no such kind of object as the chart needs"),
    ),
    ("execution error at (", CHART),
    ("YAML parse error on", CHART),
    ("error validating", CHART),
    ("parse error at (", CHART),
    ("template: ", CHART),
    ("unable to build kubernetes objects", CHART),
    (
        "Too long: must have at most",
        at("packageId", "the chart is too large for Helm to keep"),
    ),
    ("admission webhook", CHART),
    (" is invalid: ", CHART),
];

/// The error for a program that did not end well.
pub(super) fn failure(output: &ProcessOutput, change: &Change) -> Error {
    let complaint = String::from_utf8_lossy(&output.stderr);
    // Helm repeats values that a chart does not like.
    let complaint = match change.chart_and_values() {
        Some((_, values)) => without_secrets_of(&complaint, values),
        None => complaint.into_owned(),
    };
    let text = essence(&complaint);
    let Some(meaning) = meaning(text, change) else {
        return unknown(output, change, &complaint);
    };
    let mut error = Error::new(meaning.kind, message(&meaning, text)).with_fault(meaning.fault);
    if let Some(attribute) = meaning.at {
        let places = violations(text);
        if attribute == "values" && !places.is_empty() {
            error = places.into_iter().fold(error, Error::with_violation);
        } else {
            let reason = format!("{}: {}", meaning.words, Excerpt(text));
            error = error.with_violation(o2_core::Violation {
                at: attribute.to_owned(),
                reason,
            });
        }
    }
    if meaning.kind == ErrorKind::Unavailable {
        // It looks whether the cluster is there before it does anything.
        error = error.with_retry(Retry::Safe);
    }
    error.with_detail(excerpt(complaint.as_bytes()))
}

fn message(meaning: &Meaning, text: &str) -> String {
    match (meaning.fault, meaning.at) {
        (Fault::Caller, Some(attribute)) => format!("{attribute}: {}: {}", meaning.words, Excerpt(text)),
        _ => meaning.words.to_owned(),
    }
}

fn meaning(text: &str, change: &Change) -> Option<Meaning> {
    let row = TABLE.iter().find(|(part, _)| text.contains(part));
    let meaning = row.map(|(_, meaning)| *meaning)?;
    // Who installs and finds the record of a first revision has come too late for the name.
    if matches!(change, Change::Install(_)) && text.contains("release: already exists") {
        return Some(TAKEN);
    }
    Some(meaning)
}

fn unknown(output: &ProcessOutput, change: &Change, complaint: &str) -> Error {
    let how = match output.code {
        Some(code) => format!("ended with {code}"),
        None => "was killed".to_owned(),
    };
    Error::new(ErrorKind::Internal, format!("helm {} {how}", change.noun()))
        .with_fault(Fault::Backend)
        .with_detail(excerpt(complaint.as_bytes()))
}

/// The complaint without warnings before it, and without the words that only say which command has failed.
fn essence(complaint: &str) -> &str {
    let start = complaint.find("Error: ").map_or(0, |at| at + "Error: ".len());
    let text = &complaint[start..];
    let failed = ["INSTALLATION FAILED: ", "UPGRADE FAILED: ", "ROLLBACK FAILED: "];
    failed
        .iter()
        .find_map(|words| text.strip_prefix(words))
        .unwrap_or(text)
        .trim()
}
