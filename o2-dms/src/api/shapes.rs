//! The bodies that are no models, for the OpenAPI document.

use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};

use crate::model::{DeploymentStatus, OperationKind, ParameterDefinition};

const PACKAGE_ID: Field = Field::required("packageId", Kind::String, "The package.");
const VALUES: Field = Field::optional("values", Kind::Map, "The values to give it.");
const DESCRIPTION: Field = Field::optional("description", Kind::String, "What it is, for people.");
const LABELS: Field = Field::optional("labels", Kind::Map, "Labels.");
const EXTENSIONS: Field = Field::optional("extensions", Kind::Map, "What the backend needs to know.");
const STATUS: Field = Field::required("status", Kind::Enum(DeploymentStatus::WORDS), "Its state.");

pub(super) const PACKAGE_UPLOAD: Shape = Shape::body(
    "PackageUpload",
    &[
        Field::optional("name", Kind::String, "Its name; read from the content when absent."),
        Field::optional(
            "version",
            Kind::String,
            "Its version; read from the content when absent.",
        ),
        DESCRIPTION,
        Field::required(
            "packageType",
            Kind::String,
            "What kind of package it is, helm-chart; routing rules match it.",
        ),
        Field::optional(
            "packageUrl",
            Kind::String,
            "Where its content lies, unless content holds it.",
        ),
        Field::optional(
            "checksum",
            Kind::String,
            "The digest its content must have, sha256: and 64 hexadecimal digits.",
        ),
        Field::optional("content", Kind::String, "The content itself, in base64."),
        Field::optional(
            "extensions",
            Kind::Map,
            "What the backend needs to know; routing rules match it.",
        ),
    ],
);

pub(super) const NEW_DEPLOYMENT: Shape = Shape::body(
    "DeploymentRequest",
    &[
        Field::required(
            "name",
            Kind::String,
            "Its name, 1 to 63 lower-case letters, digits and '-'.",
        ),
        DESCRIPTION,
        PACKAGE_ID,
        Field::optional("namespace", Kind::String, "Where in the backend it shall live."),
        Field::optional("resourcePoolId", Kind::String, "The resource pool it shall run in."),
        VALUES,
        LABELS,
        EXTENSIONS,
    ],
);

pub(super) const DESIRED_DEPLOYMENT: Shape = Shape::body(
    "DeploymentUpdate",
    &[
        Field::optional(
            "packageId",
            Kind::String,
            "Another package, which makes it an upgrade; of the rest, only values may change then.",
        ),
        DESCRIPTION,
        VALUES,
        LABELS,
        EXTENSIONS,
    ],
);

pub(super) const SCALE: Shape = Shape::body(
    "ScaleRequest",
    &[Field::required(
        "replicas",
        Kind::Integer,
        "How many replicas, 0 to 10000.",
    )],
);

pub(super) const ROLLBACK: Shape = Shape::body(
    "RollbackRequest",
    &[Field::optional(
        "revision",
        Kind::Integer,
        "Which revision; the one before the current when absent.",
    )],
);

pub(super) const UPGRADE: Shape = Shape::body(
    "UpgradeRequest",
    &[
        PACKAGE_ID,
        Field::optional("values", Kind::Map, "The values to give it; those it has when absent."),
    ],
);

pub(super) const HEAL: Shape = Shape::body(
    "HealRequest",
    &[
        Field::optional("cause", Kind::String, "Why, for people."),
        Field::optional("component", Kind::String, "The part to repair; everything when absent."),
    ],
);

pub(super) const NEW_TEMPLATE: Shape = {
    const PARAMETER: Kind = Kind::Object(Shape::of::<ParameterDefinition>());
    Shape::body(
        "NewDeploymentTemplate",
        &[
            Field::required("name", Kind::String, "Its name; unique together with the version."),
            Field::required("version", Kind::String, "Its version."),
            DESCRIPTION,
            PACKAGE_ID,
            Field::optional("namespace", Kind::String, "Where in the backend deployments live."),
            Field::optional("resourcePoolId", Kind::String, "The resource pool deployments run in."),
            Field::optional("values", Kind::Map, "The values that deployments get."),
            Field::optional("parameters", Kind::Array(&PARAMETER), "What may be set."),
            Field::optional("labels", Kind::Map, "Labels that deployments get."),
        ],
    )
};

pub(super) const INSTANTIATE: Shape = Shape::body(
    "InstantiateRequest",
    &[
        Field::required(
            "name",
            Kind::String,
            "The deployment's name, 1 to 63 lower-case letters, digits and '-'.",
        ),
        DESCRIPTION,
        Field::optional("namespace", Kind::String, "Where in the backend it shall live."),
        Field::optional("resourcePoolId", Kind::String, "The resource pool it shall run in."),
        Field::optional(
            "values",
            Kind::Map,
            "Values that are merged into the template's; null removes one.",
        ),
        Field::optional("parameters", Kind::Map, "Values of the template's parameters, by name."),
        LABELS,
        EXTENSIONS,
    ],
);

pub(super) const STATUS_REPORT: Shape = {
    const CONDITION: Shape = Shape::body(
        "Condition",
        &[
            Field::required("type", Kind::String, "What it is about."),
            Field::required("status", Kind::String, "True, False or Unknown."),
            Field::optional("reason", Kind::String, "Why, one CamelCase word."),
            Field::optional("message", Kind::String, "Why, for people."),
            Field::required("lastTransitionTime", Kind::DateTime, "Since when."),
        ],
    );
    const CONDITIONS: Kind = Kind::Object(CONDITION);
    Shape::body(
        "StatusReport",
        &[
            Field::required("deploymentId", Kind::String, "The deployment."),
            STATUS,
            Field::optional("statusMessage", Kind::String, "The backend's own words."),
            Field::required("progress", Kind::Integer, "How far the work is, 0 to 100."),
            Field::optional("replicas", Kind::Integer, "How many replicas it is meant to have."),
            Field::optional("readyReplicas", Kind::Integer, "How many of them are ready."),
            Field::optional("conditions", Kind::Array(&CONDITIONS), "Single findings."),
            Field::required("updatedAt", Kind::DateTime, "When the state changed last."),
        ],
    )
};

pub(super) const REVISION: Shape = Shape::body(
    "DeploymentRevision",
    &[
        Field::required("revision", Kind::Integer, "Its number."),
        STATUS,
        Field::required("description", Kind::String, "What was done, for people."),
        Field::required("packageId", Kind::String, "The package it had."),
        Field::optional("packageVersion", Kind::String, "The version of that package."),
        Field::required("deployedAt", Kind::DateTime, "When it was made."),
    ],
);

pub(super) const LIFECYCLE: Shape = {
    const OPERATION: Shape = Shape::body(
        "LifecycleOperation",
        &[
            Field::required("operation", Kind::Enum(OperationKind::WORDS), "What can be done."),
            Field::required("plugins", Kind::Array(&Kind::String), "Who can do it."),
        ],
    );
    const OPERATIONS: Kind = Kind::Object(OPERATION);
    Shape::body(
        "DeploymentLifecycle",
        &[
            Field::required("name", Kind::String, "What this is."),
            Field::required("apiVersion", Kind::String, "The version of the API."),
            Field::required(
                "operations",
                Kind::Array(&OPERATIONS),
                "What can be done with deployments.",
            ),
            Field::required(
                "operationStates",
                Kind::Array(&Kind::String),
                "The states of operations.",
            ),
            Field::required(
                "deploymentStates",
                Kind::Array(&Kind::String),
                "The states of deployments.",
            ),
        ],
    )
};

#[cfg(test)]
pub(super) use tests::takes;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use o2_core::Timestamp;
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::model::{
        Condition, DeploymentRequest, DeploymentRevision, DesiredDeployment, HealRequest, InstantiateRequest,
        NewDeploymentTemplate, PackageUpload, RollbackRequest, ScaleRequest, StatusReport, UpgradeRequest,
    };

    /// Other spellings that are understood but not shown.
    const ALIASES: [&str; 3] = ["parameterValues", "targetRevision", "packageURL"];

    fn is_alias(name: &str) -> bool {
        ALIASES.contains(&name) || name.starts_with("nfDeployment")
    }

    fn sample(field: &Field) -> Value {
        match (field.name, field.kind) {
            ("packageId" | "name", _) => json!("x"),
            ("content", _) => json!("eA=="),
            (_, Kind::String) => json!("x"),
            (_, Kind::Integer) => json!(1),
            (_, Kind::Boolean) => json!(true),
            (_, Kind::Array(_)) => json!([]),
            (_, Kind::Map) => json!({}),
            (_, other) => panic!("no sample of {other:?}"),
        }
    }

    fn read<T: DeserializeOwned>(fields: impl Iterator<Item = Field>) -> Result<T, String> {
        let object: Map<String, Value> = fields.map(|field| (field.name.to_owned(), sample(&field))).collect();
        serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string())
    }

    /// A body takes exactly the fields of its shape, and needs exactly those the shape requires.
    #[track_caller]
    pub(in crate::api) fn takes<T: DeserializeOwned>(shape: Shape) {
        assert_eq!(read::<T>(shape.fields()).err(), None, "{shape:?}");
        for left_out in shape.fields() {
            let others = shape.fields().filter(|field| field.name != left_out.name);
            let result = read::<T>(others);
            assert_eq!(
                result.is_err(),
                left_out.required,
                "{shape:?} without {}",
                left_out.name
            );
        }
        let message = serde_json::from_value::<T>(json!({"?": 1})).err().unwrap().to_string();
        let known: BTreeSet<&str> = message
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| *name != "?")
            .collect();
        let known: BTreeSet<&str> = known.into_iter().filter(|name| !is_alias(name)).collect();
        let shown: BTreeSet<&str> = shape.fields().map(|field| field.name).collect();
        assert_eq!(known, shown, "{shape:?}");
    }

    /// An answer with everything in it has exactly the fields of its shape.
    #[track_caller]
    fn shows(shape: Shape, full: &impl Serialize) {
        let json = serde_json::to_value(full).unwrap();
        let fields: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let shown: BTreeSet<&str> = shape.fields().map(|field| field.name).collect();
        assert_eq!(fields, shown, "{shape:?}");
    }

    #[test]
    fn requests_have_the_fields_of_their_shapes() {
        takes::<PackageUpload>(PACKAGE_UPLOAD);
        takes::<DeploymentRequest>(NEW_DEPLOYMENT);
        takes::<DesiredDeployment>(DESIRED_DEPLOYMENT);
        takes::<ScaleRequest>(SCALE);
        takes::<RollbackRequest>(ROLLBACK);
        takes::<UpgradeRequest>(UPGRADE);
        takes::<HealRequest>(HEAL);
        takes::<NewDeploymentTemplate>(NEW_TEMPLATE);
        takes::<InstantiateRequest>(INSTANTIATE);
    }

    #[test]
    fn answers_have_the_fields_of_their_shapes() {
        let now = Timestamp::UNIX_EPOCH;
        let mut condition = Condition::new("Ready", true, "Ok", now);
        condition.message = "fine".into();
        let mut report = StatusReport::new("d".into(), DeploymentStatus::Deployed, 100, now);
        report.status_message = "fine".into();
        (report.replicas, report.ready_replicas) = (Some(1), Some(1));
        report.conditions = vec![condition.clone()];
        shows(STATUS_REPORT, &report);
        let (_, conditions) = STATUS_REPORT.find("conditions").unwrap();
        let Kind::Array(Kind::Object(shape)) = conditions.kind else {
            panic!()
        };
        shows(*shape, &condition);
        let mut revision = DeploymentRevision::new(1, DeploymentStatus::Deployed, "install", "p".into(), now);
        revision.package_version = "1".into();
        shows(REVISION, &revision);
    }
}
