//! Credentials of the machine or container that the program runs in.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use o2_core::ports::{HttpClient, HttpRequest, Secret};
use o2_core::{Error, ErrorKind, Fault, Result, Timestamp};
use serde::Deserialize;
use std::time::Duration;

use super::{Ambient, Credentials};

const INSTANCE: &str = "http://169.254.169.254";
const CONTAINER: &str = "http://169.254.170.2";
/// Where there is no such service, nobody answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// As both services write them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    access_key_id: String,
    secret_access_key: Secret,
    token: Secret,
    expiration: String,
}

/// Those of the task or pod; `None` when it has none.
pub(super) async fn of_container(ambient: &Ambient, http: &Arc<dyn HttpClient>) -> Result<Option<Credentials>> {
    let url = match ambient.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => format!("{CONTAINER}{path}"),
        None => match ambient.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            Some(url) => url.to_owned(),
            None => return Ok(None),
        },
    };
    check_private(&url)?;
    let token = match ambient.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => Some(read_file(path)?),
        None => ambient.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned),
    };
    let headers: Vec<_> = token.iter().map(|token| ("authorization", token.as_str())).collect();
    let answer = ask(http, Method::GET, &url, &headers).await?;
    written(&answer).map(Some)
}

/// A token is sent in clear to this machine only.
fn check_private(url: &str) -> Result<()> {
    let refused = || Error::config("AWS_CONTAINER_CREDENTIALS_FULL_URI: must be https, or http on this machine");
    let parsed = url::Url::parse(url).map_err(|_| refused())?;
    let private = matches!(
        parsed.host_str(),
        Some("localhost" | "127.0.0.1" | "[::1]" | "169.254.170.2" | "169.254.170.23" | "[fd00:ec2::23]")
    );
    if parsed.scheme() == "https" || (parsed.scheme() == "http" && private) {
        Ok(())
    } else {
        Err(refused())
    }
}

/// Those of the instance's role, by the second version of its service, which asks for a token first.
pub(super) async fn of_instance(ambient: &Ambient, http: &Arc<dyn HttpClient>) -> Result<Credentials> {
    let base = ambient
        .get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
        .unwrap_or(INSTANCE)
        .trim_end_matches('/');
    let token = ask(
        http,
        Method::PUT,
        &format!("{base}/latest/api/token"),
        &[("x-aws-ec2-metadata-token-ttl-seconds", "21600")],
    )
    .await?;
    let token = String::from_utf8_lossy(&token).trim().to_owned();
    let shown = [("x-aws-ec2-metadata-token", token.as_str())];
    let roles = format!("{base}/latest/meta-data/iam/security-credentials/");
    let role = ask(http, Method::GET, &roles, &shown).await?;
    let role = String::from_utf8_lossy(&role)
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    if role.is_empty() {
        return Err(unauthenticated("the instance has no role"));
    }
    written(&ask(http, Method::GET, &format!("{roles}{role}"), &shown).await?)
}

async fn ask(http: &Arc<dyn HttpClient>, method: Method, url: &str, headers: &[(&str, &str)]) -> Result<Bytes> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::new()).map_err(|error| {
        Error::config("credentials: the address of the metadata service is none").with_source(error)
    })?;
    let mut request = HttpRequest::new(request);
    request.timeout = PATIENCE;
    let response = http.send(request).await?;
    match response.status() {
        StatusCode::OK => Ok(response.into_body()),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            let error = Error::new(ErrorKind::Unavailable, "the metadata service has no credentials now");
            Err(error.with_fault(Fault::Backend).with_detail(status.to_string()))
        }
        status => Err(unauthenticated("the metadata service gives no credentials").with_detail(status.to_string())),
    }
}

fn written(answer: &[u8]) -> Result<Credentials> {
    // What was written is a secret, so the error says where it is wrong and not what is there.
    let read: Written = serde_json::from_slice(answer).map_err(|error| {
        unauthenticated(&format!(
            "the metadata service writes no credentials: {:?}",
            error.classify()
        ))
    })?;
    let expires = Timestamp::parse(&read.expiration).ok();
    Ok(Credentials::new(read.access_key_id, read.secret_access_key).with_session(read.token, expires))
}

pub(super) fn read_file(path: &str) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::config(format!("credentials: the file {path} cannot be read")).with_source(error))?;
    Ok(text.trim().to_owned())
}

pub(super) fn unauthenticated(message: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message).with_fault(Fault::Backend)
}
