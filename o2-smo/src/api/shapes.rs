//! The fields of bodies that have no attribute table, for the OpenAPI document.

use o2_core::HealthStatus;
use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};
use o2_dms::{Deployment, DeploymentPackage};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};

use crate::model::PluginOverview;

const EVENT_ID: Field = Field::optional("eventId", Kind::String, "Its id; the gateway gives it one when absent.");
const TIMESTAMP: Field = Field::optional("timestamp", Kind::DateTime, "When; now when absent.");
const PAYLOAD: Field = Field::optional("payload", Kind::Map, "Whatever belongs to it.");
const EXTENSIONS: Field = Field::optional("extensions", Kind::Map, "What else there is to say.");
const PARTIAL: Field = Field::optional(
    "partial",
    Kind::Boolean,
    "Some backend did not answer: what is missing here may still exist.",
);

pub(super) const WORKFLOW: Shape = Shape::body(
    "WorkflowRequest",
    &[
        Field::required("workflowName", Kind::String, "The workflow."),
        Field::optional(
            "pluginName",
            Kind::String,
            "The plugin that shall run it; the default one when absent.",
        ),
        Field::optional("parameters", Kind::Map, "What it needs to know."),
        Field::optional(
            "timeout",
            Kind::String,
            "The time it may take, `5m`; the orchestrator's own limit when absent.",
        ),
    ],
);

pub(super) const SERVICE_MODEL: Shape = Shape::body(
    "NewServiceModel",
    &[
        Field::optional(
            "modelId",
            Kind::String,
            "The id it shall have; the orchestrator picks one when absent.",
        ),
        Field::required("name", Kind::String, "Its name, 1 to 255 characters."),
        Field::required("version", Kind::String, "Its version, 1 to 255 characters."),
        Field::optional("description", Kind::String, "What it is, for people."),
        Field::optional("category", Kind::String, "What kind of service it is."),
        Field::optional(
            "pluginName",
            Kind::String,
            "The plugin that shall keep it; the default one when absent.",
        ),
        Field::optional(
            "template",
            Kind::Any,
            "The model itself, in the orchestrator's language.",
        ),
        EXTENSIONS,
    ],
);

pub(super) const POLICY: Shape = Shape::body(
    "Policy",
    &[
        Field::optional(
            "policyId",
            Kind::String,
            "Its id; the orchestrator picks one when absent.",
        ),
        Field::required("name", Kind::String, "Its name, 1 to 255 characters."),
        Field::required("policyType", Kind::String, "What kind of policy it is."),
        Field::optional(
            "pluginName",
            Kind::String,
            "The plugin that shall enforce it; the default one when absent.",
        ),
        Field::optional("scope", Kind::Map, "What it is about."),
        Field::optional("rules", Kind::Any, "What it says, in the orchestrator's language."),
        Field::optional("enabled", Kind::Boolean, "Whether it is in force; true when absent."),
        EXTENSIONS,
    ],
);

pub(super) const INFRASTRUCTURE_EVENT: Shape = Shape::body(
    "InfrastructureEvent",
    &[
        EVENT_ID,
        Field::required("eventType", Kind::String, "What happened, `ResourcePoolCreated`."),
        Field::required(
            "resourceType",
            Kind::String,
            "What kind of object it happened to, `resourcePool`.",
        ),
        Field::required("resourceId", Kind::String, "The object."),
        TIMESTAMP,
        PAYLOAD,
    ],
);

pub(super) const DEPLOYMENT_EVENT: Shape = Shape::body(
    "DeploymentEvent",
    &[
        EVENT_ID,
        Field::required("eventType", Kind::String, "What happened, `DeploymentReady`."),
        Field::required("deploymentId", Kind::String, "The deployment."),
        TIMESTAMP,
        PAYLOAD,
    ],
);

pub(super) const PUBLISHED: Shape = Shape::body(
    "PublishedEvent",
    &[
        Field::required("eventId", Kind::String, "The event."),
        Field::required("status", Kind::String, "published."),
    ],
);

pub(super) const INFRASTRUCTURE: Shape = Shape::body(
    "InfrastructureInventory",
    &[
        Field::optional(
            "deploymentManagers",
            Kind::Array(&Kind::Object(Shape::of::<DeploymentManager>())),
            "The deployment managers; none when absent.",
        ),
        Field::optional(
            "resourcePools",
            Kind::Array(&Kind::Object(Shape::of::<ResourcePool>())),
            "The pools; none when absent.",
        ),
        Field::optional(
            "resources",
            Kind::Array(&Kind::Object(Shape::of::<Resource>())),
            "The resources; none when absent.",
        ),
        Field::optional(
            "resourceTypes",
            Kind::Array(&Kind::Object(Shape::of::<ResourceType>())),
            "The types; none when absent.",
        ),
        TIMESTAMP,
        PARTIAL,
    ],
);

pub(super) const DEPLOYMENTS: Shape = Shape::body(
    "DeploymentInventory",
    &[
        Field::optional(
            "packages",
            Kind::Array(&Kind::Object(Shape::of::<DeploymentPackage>())),
            "The packages; none when absent.",
        ),
        Field::optional(
            "deployments",
            Kind::Array(&Kind::Object(Shape::of::<Deployment>())),
            "The deployments; none when absent.",
        ),
        TIMESTAMP,
        PARTIAL,
    ],
);

pub(super) const SYNC_REPORT: Shape = Shape::body(
    "SyncReport",
    &[
        Field::required(
            "status",
            Kind::String,
            "synced, or partial when a plugin that the header O2-Partial names is missing.",
        ),
        Field::required("message", Kind::String, "What happened, for people."),
        Field::required(
            "created",
            Kind::Integer,
            "Objects that came into being at the orchestrator.",
        ),
        Field::required("updated", Kind::Integer, "Objects that changed."),
        Field::required("deleted", Kind::Integer, "Objects that were removed."),
    ],
);

pub(super) const HEALTH: Shape = Shape::body(
    "SmoHealth",
    &[
        Field::required("status", Kind::Enum(HealthStatus::WORDS), "How they are together."),
        Field::required("timestamp", Kind::DateTime, "When they were checked."),
        Field::required(
            "plugins",
            Kind::Array(&Kind::Object(Shape::of::<PluginOverview>())),
            "The plugins, those that are disabled too.",
        ),
    ],
);
