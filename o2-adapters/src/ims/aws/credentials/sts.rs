//! Credentials of a role, from the Security Token Service.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use o2_core::ports::{HttpClient, HttpRequest, Secret};
use o2_core::{Error, Result, Timestamp};
use serde_json::Value;
use url::form_urlencoded;

use super::super::clock::Skew;
use super::super::sign::{Scope, sign};
use super::super::statuses;
use super::Credentials;
use super::metadata::{read_file, unauthenticated};

/// Where roles are taken.
#[derive(Debug, Clone)]
pub(in super::super) struct Sts {
    pub(in super::super) region: String,
    pub(in super::super) endpoint: String,
}

/// A role, and as whom it is taken.
#[derive(Debug, Clone)]
pub(in super::super) struct Role {
    pub(in super::super) arn: String,
    pub(in super::super) session: String,
    pub(in super::super) external_id: Option<String>,
}

impl Sts {
    /// The role, for one who has credentials.
    pub(super) async fn assume(
        &self,
        role: &Role,
        by: &Credentials,
        http: &Arc<dyn HttpClient>,
        skew: &Skew,
    ) -> Result<Credentials> {
        let mut fields = role.fields("AssumeRole");
        if let Some(id) = &role.external_id {
            fields.push(("ExternalId", id.clone()));
        }
        let mut request = self.request(&fields)?;
        let scope = Scope {
            region: self.region.clone(),
            service: "sts",
        };
        sign(&mut request, by, &scope, skew.now())?;
        send(request, http, skew).await
    }

    /// The role, for one who shows the token of another identity provider.
    pub(super) async fn with_token(
        &self,
        role: &Role,
        file: &str,
        http: &Arc<dyn HttpClient>,
        skew: &Skew,
    ) -> Result<Credentials> {
        let mut fields = role.fields("AssumeRoleWithWebIdentity");
        fields.push(("WebIdentityToken", read_file(file)?));
        send(self.request(&fields)?, http, skew).await
    }

    fn request(&self, fields: &[(&str, String)]) -> Result<Request<Bytes>> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Request::post(format!("{}/", self.endpoint.trim_end_matches('/')))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .map_err(|error| Error::config("endpoint: is no URL").with_source(error))
    }
}

impl Role {
    fn fields(&self, action: &str) -> Vec<(&'static str, String)> {
        vec![
            ("Action", action.to_owned()),
            ("Version", "2011-06-15".to_owned()),
            ("RoleArn", self.arn.clone()),
            ("RoleSessionName", self.session.clone()),
        ]
    }
}

async fn send(request: Request<Bytes>, http: &Arc<dyn HttpClient>, skew: &Skew) -> Result<Credentials> {
    let response = http.send(HttpRequest::new(request)).await?;
    if !response.status().is_success() {
        return Err(statuses::table().error("sts", &response, skew.now()));
    }
    let answer: Value = serde_json::from_slice(response.body())
        .map_err(|_| unauthenticated("the answer of the token service cannot be read"))?;
    let written = ["AssumeRoleResult", "AssumeRoleWithWebIdentityResult"]
        .iter()
        .find_map(|result| answer.get(result)?.get("Credentials"));
    let text = |name: &str| written.and_then(|written| written.get(name)?.as_str());
    let (Some(id), Some(secret), Some(token)) = (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"))
    else {
        return Err(unauthenticated("the answer of the token service has no credentials"));
    };
    let expires = text("Expiration").and_then(|end| Timestamp::parse(end).ok());
    Ok(Credentials::new(id, Secret::new(secret)).with_session(Secret::new(token), expires))
}
