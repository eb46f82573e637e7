//! The chain, with a metadata service and a token service that are played.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use http::StatusCode;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Secret};
use o2_core::{ErrorKind, Result};
use o2_testkit::ManualClock;

use super::super::answers::Answers;
use super::super::clock::Skew;
use super::{Ambient, Credentials, Origin, Role, Source, Sts, fetch};

#[derive(Debug, Default)]
struct Services {
    asked: Mutex<Vec<String>>,
}

const WRITTEN: &str = r#"{"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"hush","Token":"t","Expiration":"2030-01-01T00:00:00Z"}"#;
const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>hush\
    </SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
    </AssumeRoleResponse>";

impl HttpClient for Services {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let request = request.request;
        let (uri, headers) = (request.uri().to_string(), request.headers());
        self.asked.lock().unwrap().push(format!("{} {uri}", request.method()));
        let shown = headers
            .get("x-aws-ec2-metadata-token")
            .is_some_and(|token| token == "meta");
        let (status, body) = match uri.as_str() {
            "http://169.254.169.254/latest/api/token" if request.method() == "PUT" => (200, "meta"),
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/" if shown => (200, "role-1\n"),
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/role-1" if shown => (200, WRITTEN),
            "http://169.254.170.2/task" => (200, WRITTEN),
            "https://sts.example/" if headers["authorization"].to_str().unwrap().contains("Credential=AKID/") => {
                (200, ASSUMED)
            }
            _ => (404, ""),
        };
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        ready(Ok(response)).boxed()
    }
}

async fn fetched(origin: Origin, role: Option<Role>) -> Result<(String, Vec<String>)> {
    let clock: Arc<dyn Clock> = ManualClock::auto();
    let (services, skew) = (Arc::new(Services::default()), Arc::new(Skew::new(clock)));
    let http: Arc<dyn HttpClient> = Arc::new(Answers {
        http: Arc::clone(&services) as _,
        skew: Arc::clone(&skew),
    });
    let sts = Sts {
        region: "eu-west-1".to_owned(),
        endpoint: "https://sts.example".to_owned(),
    };
    let found = fetch(&Source { origin, role, sts }, &http, &skew).await?;
    assert!(!format!("{found:?}").contains("hush"));
    let asked = services.asked.lock().unwrap().clone();
    Ok((found.access_key_id, asked))
}

#[tokio::test]
async fn the_first_that_is_there_is_taken() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/task"),
    ];
    for (ambient, expected, calls) in [(&keys[..], "AKID", 0), (&keys[2..], "ASIA1", 1), (&[], "ASIA1", 3)] {
        let (id, asked) = fetched(Origin::Chain(Ambient::of(ambient)), None).await.unwrap();
        assert_eq!((id.as_str(), asked.len()), (expected, calls), "{asked:?}");
    }
}

#[tokio::test]
async fn a_role_is_taken_with_keys() {
    let role = Role {
        arn: "arn:aws:iam::123456789012:role/o2".to_owned(),
        session: "o2".to_owned(),
        external_id: None,
    };
    let keys = Credentials::new("AKID", Secret::new("s"));
    let (id, asked) = fetched(Origin::Keys(keys), Some(role)).await.unwrap();
    assert_eq!(
        (id.as_str(), asked),
        ("ASIA2", vec!["POST https://sts.example/".to_owned()])
    );
}

#[tokio::test]
async fn tokens_are_sent_to_this_machine_only() {
    let ambient = Ambient::of(&[
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"),
    ]);
    let error = fetched(Origin::Chain(ambient), None).await.unwrap_err();
    assert!(error.is(ErrorKind::Config), "{error}");
}

#[tokio::test]
async fn where_nothing_is_all_places_are_named() {
    let ambient = Ambient::of(&[("AWS_EC2_METADATA_DISABLED", "true")]);
    let error = fetched(Origin::Chain(ambient), None).await.unwrap_err();
    assert!(
        error.is(ErrorKind::Unauthenticated) && error.message().contains("profile"),
        "{error}"
    );
}
