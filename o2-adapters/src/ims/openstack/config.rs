//! The configuration of the openstack backend.

use o2_core::ports::Secret;
use o2_core::{Error, Result};
use serde::Deserialize;

use crate::kit::endpoint::BaseUrl;

/// What the resources are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Mode {
    /// The hosts of Nova.
    #[default]
    Hypervisors,
    /// Its virtual machines.
    Servers,
}

/// Which endpoints of the catalog are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Interface {
    /// Those for everybody.
    #[default]
    Public,
    /// Those inside the cloud.
    Internal,
    /// Those for administrators.
    Admin,
}

impl Interface {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Admin => "admin",
        }
    }
}

/// Where and as whom to log in, in the words of `clouds.yaml`. Exactly one of application credential, password and token.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Auth {
    /// The URL of Keystone, with or without `/v3`.
    #[serde(alias = "auth_url")]
    pub auth_url: String,
    /// The name of the user.
    pub username: Option<String>,
    /// The id of the user.
    #[serde(alias = "user_id")]
    pub user_id: Option<String>,
    /// The domain of the user, by name.
    #[serde(alias = "user_domain_name")]
    pub user_domain_name: Option<String>,
    /// The domain of the user, by id; `default` when there is neither.
    #[serde(alias = "user_domain_id")]
    pub user_domain_id: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The name of the project.
    #[serde(alias = "project_name")]
    pub project_name: Option<String>,
    /// The id of the project.
    #[serde(alias = "project_id")]
    pub project_id: Option<String>,
    /// The domain of the project, by name.
    #[serde(alias = "project_domain_name")]
    pub project_domain_name: Option<String>,
    /// The domain of the project, by id; `default` when there is neither.
    #[serde(alias = "project_domain_id")]
    pub project_domain_id: Option<String>,
    /// `all` for a token of the whole system instead of a project.
    #[serde(alias = "system_scope")]
    pub system_scope: Option<String>,
    /// The id of an application credential.
    #[serde(alias = "application_credential_id")]
    pub application_credential_id: Option<String>,
    /// Its name, beside that of the user.
    #[serde(alias = "application_credential_name")]
    pub application_credential_name: Option<String>,
    /// Its secret.
    #[serde(alias = "application_credential_secret")]
    pub application_credential_secret: Option<Secret>,
    /// A token that somebody else has got.
    pub token: Option<Secret>,
}

/// Where services are reached that are not where the catalog says, as behind a proxy. The words in a `clouds.yaml` are those in
/// quotes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Endpoints {
    /// The URL of Nova, `compute_endpoint_override`.
    pub compute: Option<String>,
    /// The URL of Placement, `placement_endpoint_override`.
    pub placement: Option<String>,
    /// The URL of Cinder, `block_storage_endpoint_override`.
    pub block_storage: Option<String>,
}

/// A `clouds.yaml` that the host's secret source has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Clouds {
    /// The name of the secret that is the file.
    pub secret: String,
    /// Which of its clouds.
    pub cloud: String,
}

/// The configuration of [`Openstack`](super::Openstack).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct OpenstackConfig {
    /// Where and as whom to log in.
    pub auth: Option<Auth>,
    /// The same, from a `clouds.yaml`.
    pub clouds: Option<Clouds>,
    /// The region; may be left out when the catalog has only one.
    pub region: Option<String>,
    /// Which endpoints of the catalog are used.
    pub interface: Interface,
    /// Where services are reached that are not where the catalog says.
    pub endpoints: Endpoints,
    /// What the resources are.
    pub mode: Mode,
    /// The id of the O-Cloud; the id of the region when absent.
    #[serde(rename = "oCloudId")]
    pub o_cloud_id: Option<String>,
    /// The root of the deployment interface that the deployment manager offers; the URL of Nova when absent.
    pub service_uri: Option<String>,
    /// Whether servers of all projects are shown, or only those of the account's.
    pub all_projects: bool,
    /// Whether capacity is read from Placement.
    pub capacity: bool,
    /// Whether volume types are shown.
    pub volume_types: bool,
    /// How many items a page of the backend has at most.
    pub page_size: u32,
}

impl Default for OpenstackConfig {
    fn default() -> Self {
        Self {
            auth: None,
            clouds: None,
            region: None,
            interface: Interface::default(),
            endpoints: Endpoints::default(),
            mode: Mode::default(),
            o_cloud_id: None,
            service_uri: None,
            all_projects: true,
            capacity: true,
            volume_types: true,
            page_size: 500,
        }
    }
}

impl OpenstackConfig {
    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        match (&self.auth, &self.clouds) {
            (Some(auth), None) => auth.check("auth")?,
            (None, Some(clouds)) if clouds.secret.is_empty() || clouds.cloud.is_empty() => {
                return Err(Error::config("clouds: secret and cloud must not be empty"));
            }
            (None, Some(_)) => {}
            _ => return Err(Error::config("auth: must be there, or clouds, but not both")),
        }
        for (field, text) in [
            ("region", &self.region),
            ("oCloudId", &self.o_cloud_id),
            ("serviceUri", &self.service_uri),
        ] {
            if text.as_deref() == Some("") {
                return Err(Error::config(format!("{field}: must not be empty; leave it out")));
            }
        }
        self.endpoints.check("endpoints")?;
        if !(1..=1000).contains(&self.page_size) {
            return Err(Error::config("pageSize: must be from 1 to 1000"));
        }
        Ok(())
    }
}

impl Endpoints {
    /// These, and where one is absent, the other.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            compute: self.compute.or(other.compute),
            placement: self.placement.or(other.placement),
            block_storage: self.block_storage.or(other.block_storage),
        }
    }

    pub(super) fn check(&self, at: &str) -> Result<()> {
        for (field, url) in [
            ("compute", &self.compute),
            ("placement", &self.placement),
            ("blockStorage", &self.block_storage),
        ] {
            if let Some(url) = url {
                BaseUrl::parse(&format!("{at}.{field}"), url)?;
            }
        }
        Ok(())
    }
}

impl Auth {
    /// Checks that there is one way to log in, and all that it needs.
    pub(super) fn check(&self, at: &str) -> Result<()> {
        BaseUrl::parse(&format!("{at}.authUrl"), &self.auth_url)?;
        let ways = [
            self.application_credential_secret.is_some(),
            self.password.is_some(),
            self.token.is_some(),
        ];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err(Error::config(format!(
                "{at}: needs exactly one of applicationCredentialSecret, password and token"
            )));
        }
        let user = self.user_id.is_some() || self.username.is_some();
        let named = self.application_credential_name.is_some() && user;
        if ways[0] && self.application_credential_id.is_none() && !named {
            return Err(Error::config(format!(
                "{at}.applicationCredentialId: must be there, or applicationCredentialName and a user"
            )));
        }
        if ways[1] && !user {
            return Err(Error::config(format!("{at}.username: must be there, or userId")));
        }
        let project = self.project_id.is_some() || self.project_name.is_some();
        match self.system_scope.as_deref() {
            None if !ways[0] && !project => Err(Error::config(format!(
                "{at}.projectName: must be there, or projectId, or systemScope"
            ))),
            Some(scope) if scope != "all" => Err(Error::config(format!("{at}.systemScope: must be 'all'"))),
            Some(_) if project => Err(Error::config(format!(
                "{at}.systemScope: must not stand beside a project"
            ))),
            _ => Ok(()),
        }
    }
}
