//! [`Api`]: the API server as the played program sees it, over HTTP, with the words in which Go's client tells what went wrong.

use bytes::Bytes;
use futures::FutureExt;
use http::{Method, Request};
use o2_testkit::kubernetes::ApiServer;
use serde_json::{Value, json};

/// The server.
#[derive(Debug, Clone)]
pub(super) struct Api(pub(super) ApiServer);

/// Why a call has failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// There is no answer, and will not be one as long as the server is so.
    Silence,
    /// What the program complains about.
    Complaint(String),
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Complaint(text)
    }
}

impl Failure {
    /// With words before it.
    pub(super) fn after(self, words: &str) -> Self {
        match self {
            Self::Silence => Self::Silence,
            Self::Complaint(text) => Self::Complaint(format!("{words}{text}")),
        }
    }
}

impl Api {
    /// What the program does first.
    pub(super) fn reach(&self) -> Result<(), Failure> {
        self.call(Method::GET, "/version", None).map(|_| ())
    }

    /// An object; `None` when there is none.
    pub(super) fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        match self.call(Method::GET, path, None) {
            Err(Failure::Complaint(text)) if text.contains("not found") => Ok(None),
            got => got.map(Some),
        }
    }

    pub(super) fn delete(&self, path: &str) -> Result<(), Failure> {
        match self.call(Method::DELETE, path, None) {
            Err(Failure::Complaint(text)) if text.contains("not found") => Ok(()),
            deleted => deleted.map(|_| ()),
        }
    }

    pub(super) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let kind = if method == Method::PATCH {
            "application/apply-patch+yaml"
        } else {
            "application/json"
        };
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        let answer = self.0.handle(request.body(body).unwrap()).now_or_never();
        let Ok(response) = answer.ok_or(Failure::Silence)? else {
            let words = "Kubernetes cluster unreachable: Get \"https://cluster.example/version\": dial tcp: connect: connection refused";
            return Err(words.to_owned().into());
        };
        let good = response.status().is_success();
        let body = response.into_body().collect().now_or_never().unwrap().unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if good {
            return Ok(body);
        }
        let message = body["message"]
            .as_str()
            .unwrap_or("the server could not find the requested resource");
        Err(message.to_owned().into())
    }
}

/// The path of an object that a chart has.
pub(super) fn path(object: &Value, namespace: &str) -> String {
    let (collection, name) = (collection(object, namespace), text(&object["metadata"]["name"]));
    format!("{collection}/{name}")
}

fn collection(object: &Value, namespace: &str) -> String {
    let version = text(&object["apiVersion"]);
    let root = if version.contains('/') { "apis" } else { "api" };
    let plural = format!("{}s", text(&object["kind"]).to_lowercase());
    format!("/{root}/{version}/namespaces/{namespace}/{plural}")
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What Helm adds to each object of a release.
pub(super) fn marked(mut object: Value, release: &str, namespace: &str) -> Value {
    let metadata = &mut object["metadata"];
    metadata["namespace"] = json!(namespace);
    metadata["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    metadata["annotations"]["meta.helm.sh/release-name"] = json!(release);
    metadata["annotations"]["meta.helm.sh/release-namespace"] = json!(namespace);
    object
}
