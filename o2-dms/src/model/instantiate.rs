//! Deploying a template: from the template and what is asked to the request for a deployment.

use o2_core::error::Excerpt;
use o2_core::http::merge_patch;
use o2_core::{Error, Extensions, Labels, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parameter::{self, ParameterDefinition};
use super::{DeploymentRequest, DeploymentTemplate};

/// Asks for a deployment of a template.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct InstantiateRequest {
    /// The deployment's name, 1 to 63 lower-case letters, digits and `-` (DNS-1123).
    pub name: String,
    /// What it is, for people; the template's description when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where in the backend it shall live; the template's namespace when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The resource pool it shall run in; the template's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_pool_id: Option<String>,
    /// Values that are merged into the template's (RFC 7396: objects merge, `null` removes).
    #[serde(default, alias = "parameterValues", skip_serializing_if = "Extensions::is_empty")]
    pub values: Extensions,
    /// Values of the template's parameters, by name. They come before `values`.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub parameters: Extensions,
    /// Labels beside the template's.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What the backend needs to know.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl InstantiateRequest {
    /// Asks for a deployment with the template's own values.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

impl DeploymentTemplate {
    /// The deployment that `request` asks for. Values come from the template, then the defaults of its parameters, then
    /// the request's values, then the request's parameters; what comes later wins. Every parameter is then checked
    /// against its definition, wherever its value came from.
    ///
    /// # Errors
    /// `InvalidInput` naming the parameter that is unknown, missing or out of bounds.
    pub fn instantiate(&self, request: InstantiateRequest) -> Result<DeploymentRequest> {
        let mut labels = self.labels.clone();
        labels.extend(request.labels.clone());
        let values = self.values_for(&request)?;
        Ok(DeploymentRequest {
            name: request.name,
            description: request.description.unwrap_or_else(|| self.description.clone()),
            package_id: self.package_id.clone(),
            namespace: request.namespace.or_else(|| self.namespace.clone()),
            resource_pool_id: request.resource_pool_id.or_else(|| self.resource_pool_id.clone()),
            values,
            labels,
            extensions: request.extensions,
        })
    }

    fn values_for(&self, request: &InstantiateRequest) -> Result<Extensions> {
        let mut merged = Value::Object(parameter::with_defaults(&self.values, &self.parameters)?);
        merge_patch(&mut merged, Value::Object(request.values.clone()));
        let Value::Object(mut values) = merged else {
            return Err(Error::internal("two merged objects are no object"));
        };
        for (name, value) in &request.parameters {
            if !self.parameters.iter().any(|known| known.name == *name) {
                return Err(self.unknown(name));
            }
            parameter::set(&mut values, name, value.clone())?;
        }
        for definition in &self.parameters {
            check(definition, &values, request)?;
        }
        Ok(values)
    }

    fn unknown(&self, name: &str) -> Error {
        let known: Vec<&str> = self.parameters.iter().map(|known| known.name.as_str()).collect();
        let reason = if known.is_empty() {
            "the template has no parameters".to_owned()
        } else {
            format!("the template has no such parameter (known: {})", known.join(", "))
        };
        Error::violation(place("parameters", name), reason)
    }
}

fn check(definition: &ParameterDefinition, values: &Extensions, request: &InstantiateRequest) -> Result<()> {
    let name = definition.name.as_str();
    match parameter::get(values, name) {
        Some(value) => {
            let given = request.parameters.contains_key(name);
            definition.check(&place(if given { "parameters" } else { "values" }, name), value)
        }
        None if definition.required => Err(Error::violation(place("parameters", name), "is required")),
        None => Ok(()),
    }
}

fn place(member: &str, name: &str) -> String {
    format!("body.{member}.{}", Excerpt(name))
}
