//! The `gateway` section: what the gateway says about itself, and the bounds of a request.

use serde::{Deserialize, Deserializer};
use url::Url;

use super::DurationText;
use super::problem::Problems;
use super::tree::Path;

/// The gateway itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// The id of the O-Cloud. Default `ocloud-1`.
    pub o_cloud_id: String,
    /// The id that the orchestrator gave the O-Cloud.
    pub global_cloud_id: Option<String>,
    /// The O-Cloud's name. Default `O-Cloud`.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// Where clients reach the gateway, `https://o2.example.com`; without it, links are relative.
    #[serde(deserialize_with = "http_url")]
    pub base_url: Option<Url>,
    /// How many objects a page has when the client does not say. Default: as many as [`Self::max_page_size`].
    pub default_page_size: Option<usize>,
    /// How many objects a page has at most. Default 10 000.
    pub max_page_size: usize,
    /// How many bytes a request body has at most. Default 1 MiB.
    pub max_body_bytes: usize,
    /// How long a request may take. Default `60s`.
    pub request_timeout: DurationText,
    /// Which APIs are served. Default: all.
    pub api_versions: ApiVersions,
    /// Whether clients may create and delete single resources. Default `false`: the infrastructure does that.
    pub resource_writes: bool,
    /// How old answers may be.
    pub reads: ReadsConfig,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            o_cloud_id: "ocloud-1".to_owned(),
            global_cloud_id: None,
            name: "O-Cloud".to_owned(),
            description: String::new(),
            base_url: None,
            default_page_size: None,
            max_page_size: 10_000,
            max_body_bytes: 1 << 20,
            request_timeout: DurationText::from_secs(60),
            api_versions: ApiVersions::default(),
            resource_writes: false,
            reads: ReadsConfig::default(),
        }
    }
}

fn http_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url = Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let expected = || serde::de::Error::custom("expected an absolute URL such as https://o2.example.com");
    url.map(Some).ok_or_else(expected)
}

impl GatewayConfig {
    /// How many objects a page has when the client does not say.
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.default_page_size.unwrap_or(self.max_page_size)
    }

    pub(super) fn check(&self, path: &Path, problems: &Problems) {
        if self.o_cloud_id.trim().is_empty() {
            problems.push(path.key("oCloudId"), "the id of the O-Cloud is empty");
        }
        if let Some(url) = &self.base_url {
            let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
            if !bare || url.password().is_some() {
                problems.push(path.key("baseUrl"), "expected a URL without user, query and fragment");
            }
        }
        for (key, number) in [
            ("maxPageSize", self.max_page_size),
            ("defaultPageSize", self.default_page_size.unwrap_or(1)),
            ("maxBodyBytes", self.max_body_bytes),
        ] {
            if number == 0 {
                problems.push(path.key(key), super::AT_LEAST_ONE);
            }
        }
        if self.page_size() > self.max_page_size {
            let reason = format!("more than maxPageSize, which is {}", self.max_page_size);
            problems.push(path.key("defaultPageSize"), reason);
        }
        if self.request_timeout.is_zero() {
            problems.push(path.key("requestTimeout"), super::MORE_THAN_ZERO);
        }
    }
}

/// How old answers may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReadsConfig {
    /// How old objects may be when the client does not say. Default `60s`; `0s` asks the backend every time.
    pub max_age: DurationText,
}

impl Default for ReadsConfig {
    fn default() -> Self {
        Self {
            max_age: DurationText::from_secs(60),
        }
    }
}

/// Which APIs are served. All are unless switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ApiVersions {
    /// `/o2ims/v1`.
    pub ims_v1: bool,
    /// `/o2ims/v2`.
    pub ims_v2: bool,
    /// `/o2dms/v1`.
    pub dms_v1: bool,
    /// `/o2smo/v1`.
    pub smo_v1: bool,
    /// `/admin/v1`.
    pub admin_v1: bool,
}

impl Default for ApiVersions {
    fn default() -> Self {
        Self {
            ims_v1: true,
            ims_v2: true,
            dms_v1: true,
            smo_v1: true,
            admin_v1: true,
        }
    }
}
