//! The configuration of the aws backend.

use o2_core::config::DurationText;
use o2_core::ports::{Ports, Secret};
use o2_core::{Error, Result};
use serde::Deserialize;

use super::credentials::{Ambient, AwsCredentials, Credentials, Origin, Role, Source, Sts};
use crate::kit::endpoint::BaseUrl;

/// The configuration of [`Aws`](super::Aws).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AwsConfig {
    /// The regions that are shown, such as `eu-west-1`.
    pub regions: Vec<String>,
    /// What a pool is.
    #[serde(default)]
    pub mode: Mode,
    /// The id of the O-Cloud that everything belongs to.
    #[serde(rename = "oCloudId", default = "o_cloud")]
    pub o_cloud_id: String,
    /// One URL for all services and regions, in place of those of AWS.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Where the credentials come from; without it, they are looked for as AWS's own tools do.
    #[serde(default)]
    pub credentials: CredentialsConfig,
    /// A role that is taken with these credentials.
    #[serde(default)]
    pub assume_role: Option<RoleConfig>,
    /// The tag that says which tenant an object belongs to.
    #[serde(default = "tenant_tag")]
    pub tenant_tag: String,
    /// Whether EBS volumes are shown.
    #[serde(default = "yes")]
    pub volumes: bool,
    /// Whether VPCs are shown.
    #[serde(default = "yes")]
    pub networks: bool,
    /// How long one call may take.
    #[serde(default = "timeout")]
    pub timeout: DurationText,
}

/// What a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Mode {
    /// An Auto Scaling group; pools can be created, changed and deleted.
    #[default]
    Asg,
    /// An availability zone; nothing can be changed.
    Az,
    /// A managed node group of EKS.
    Eks,
}

/// Where credentials come from: keys, a profile, or a provider of the program; with none of them, the usual chain.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CredentialsConfig {
    /// The id of an access key.
    pub access_key_id: Option<String>,
    /// Its secret.
    pub secret_access_key: Option<Secret>,
    /// The token of the session, with temporary keys.
    pub session_token: Option<Secret>,
    /// The name of a profile in the files of AWS's own tools.
    pub profile: Option<String>,
    /// The name under which the program gives credentials.
    pub provider: Option<String>,
}

/// A role that is taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RoleConfig {
    /// The ARN of the role.
    pub role_arn: String,
    /// What the owner of the role asks for beside the credentials.
    #[serde(default)]
    pub external_id: Option<String>,
    /// How the session is called in the owner's records.
    #[serde(default = "session_name")]
    pub session_name: String,
}

fn o_cloud() -> String {
    "aws".to_owned()
}

fn tenant_tag() -> String {
    "o2ims:tenant".to_owned()
}

fn session_name() -> String {
    "o2".to_owned()
}

fn yes() -> bool {
    true
}

fn timeout() -> DurationText {
    DurationText::from_millis(30_000)
}

impl AwsConfig {
    /// Checks what the types cannot say.
    pub(super) fn check(&self) -> Result<()> {
        if self.regions.is_empty() {
            return Err(Error::config("regions: name at least one, such as eu-west-1"));
        }
        for (at, region) in self.regions.iter().enumerate() {
            let fits = !region.is_empty()
                && region
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !fits {
                return Err(Error::config(format!(
                    "regions[{at}]: is no name of a region, such as eu-west-1"
                )));
            }
            if self.regions[..at].contains(region) {
                return Err(Error::config(format!("regions[{at}]: is named twice")));
            }
        }
        if let Some(endpoint) = &self.endpoint {
            BaseUrl::parse("endpoint", endpoint)?;
        }
        if self.timeout.get().is_zero() {
            return Err(Error::config("timeout: must be more than nothing"));
        }
        if self.tenant_tag.is_empty() || self.tenant_tag.starts_with("aws:") {
            return Err(Error::config("tenantTag: must be a key that is not of AWS itself"));
        }
        self.credentials.check()
    }

    /// The URL of a service.
    pub(super) fn base(&self, service: &str, region: &str) -> Result<BaseUrl> {
        match &self.endpoint {
            Some(endpoint) => BaseUrl::parse("endpoint", endpoint),
            None => {
                let domain = if region.starts_with("cn-") {
                    "amazonaws.com.cn"
                } else {
                    "amazonaws.com"
                };
                BaseUrl::parse("regions", &format!("https://{service}.{region}.{domain}"))
            }
        }
    }

    /// Where its credentials come from.
    pub(super) fn source(&self, ports: &Ports) -> Result<Source> {
        let region = self.regions.first().cloned().unwrap_or_default();
        Ok(Source {
            origin: self.credentials.origin(ports)?,
            role: self.assume_role.as_ref().map(|role| Role {
                arn: role.role_arn.clone(),
                session: role.session_name.clone(),
                external_id: role.external_id.clone(),
            }),
            sts: Sts {
                endpoint: self.base("sts", &region)?.as_str().to_owned(),
                region,
            },
        })
    }
}

impl CredentialsConfig {
    fn check(&self) -> Result<()> {
        let keys = [self.access_key_id.is_some(), self.secret_access_key.is_some()];
        if keys[0] != keys[1] || (self.session_token.is_some() && !keys[0]) {
            return Err(Error::config(
                "credentials: accessKeyId and secretAccessKey belong together, and a sessionToken to both",
            ));
        }
        let ways = [keys[0], self.profile.is_some(), self.provider.is_some()];
        if ways.iter().filter(|given| **given).count() > 1 {
            return Err(Error::config(
                "credentials: give keys, a profile or a provider, and only one of them",
            ));
        }
        Ok(())
    }

    fn origin(&self, ports: &Ports) -> Result<Origin> {
        if let (Some(id), Some(secret)) = (&self.access_key_id, &self.secret_access_key) {
            let keys = Credentials::new(id.clone(), secret.clone());
            return Ok(Origin::Keys(match &self.session_token {
                Some(token) => keys.with_session(token.clone(), None),
                None => keys,
            }));
        }
        if let Some(name) = &self.provider {
            return Ok(Origin::Provided(
                ports.shared.get_or_default::<AwsCredentials>().named(name)?,
            ));
        }
        let ambient = Ambient::of_process();
        Ok(match &self.profile {
            Some(name) => Origin::Profile(ambient, name.clone()),
            None => Origin::Chain(ambient),
        })
    }
}
