//! A registry, as the distribution specification has them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use o2_core::Timestamp;
use o2_core::ports::HttpResponse;
use serde_json::{Value, json};

use super::{Asked, json as json_reply, reply, with};
use crate::dms::helm::chart::{Chart, digest};

#[derive(Default)]
pub(crate) struct Registry {
    pub(super) blobs: BTreeMap<(String, String), Bytes>,
    manifests: BTreeMap<(String, String), Bytes>,
    tags: BTreeMap<(String, String), String>,
    pub(super) login: Option<(String, String)>,
    pub(super) tokens: Vec<String>,
    handed_out: usize,
    pub(super) blobs_elsewhere: bool,
}

fn refusal(status: u16, code: &str) -> HttpResponse {
    json_reply(
        status,
        &json!({"errors": [{"code": code, "message": "no", "detail": null}]}),
    )
}

impl Registry {
    pub(super) fn push(&mut self, repository: &str, archive: &Bytes, now: Timestamp) {
        let chart = Chart::read(archive.clone()).unwrap();
        let config = serde_json::to_vec(&chart.metadata).unwrap();
        let mut put = |kind: &str, content: Bytes| {
            let name = format!("sha256:{}", digest(&content));
            let descriptor = json!({"mediaType": kind, "digest": name, "size": content.len()});
            self.blobs.insert((repository.to_owned(), name), content);
            descriptor
        };
        let manifest = json!({
            "schemaVersion": 2,
            "config": put("application/vnd.cncf.helm.config.v1+json", config.into()),
            "layers": [put("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive.clone())],
            "annotations": {"org.opencontainers.image.created": now.to_string(),
                "org.opencontainers.image.description": chart.metadata.description},
        });
        self.put_manifest(
            repository,
            &chart.metadata.version.replace('+', "_"),
            manifest.to_string().into(),
        );
    }

    fn put_manifest(&mut self, repository: &str, tag: &str, content: Bytes) -> String {
        let own = format!("sha256:{}", digest(&content));
        self.manifests.insert((repository.to_owned(), own.clone()), content);
        self.tags.insert((repository.to_owned(), tag.to_owned()), own.clone());
        own
    }

    pub(super) fn answer(&mut self, asked: &Asked, odd: bool) -> HttpResponse {
        if let Some(refused) = self.refuse(asked) {
            return refused;
        }
        let path = asked.path.strip_prefix("/v2/").unwrap_or_default();
        if path.is_empty() {
            return reply(200, "{}");
        }
        if let Some((name, upload)) = path.split_once("/blobs/uploads/") {
            return self.upload(asked, name, upload);
        }
        for part in ["/manifests/", "/blobs/", "/tags/"] {
            if let Some((name, reference)) = path.rsplit_once(part) {
                return match part {
                    "/manifests/" => self.manifest(asked, name, reference, odd),
                    "/blobs/" => self.read_blob(asked, name, reference),
                    _ => self.list(asked, name, odd),
                };
            }
        }
        reply(404, "")
    }

    /// Asks for a token where one is needed.
    fn refuse(&self, asked: &Asked) -> Option<HttpResponse> {
        self.login.as_ref()?;
        let token = asked
            .header("authorization")
            .and_then(|shown| shown.strip_prefix("Bearer "));
        if token.is_some_and(|token| self.tokens.iter().any(|known| known == token)) {
            return None;
        }
        let challenge =
            r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:x:pull""#;
        Some(with(refusal(401, "UNAUTHORIZED"), "www-authenticate", challenge))
    }

    pub(super) fn token(&mut self, asked: &Asked) -> HttpResponse {
        let (user, password) = self.login.as_ref().unwrap();
        let expected = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        if asked.header("authorization") != Some(&expected) || asked.parameter("service") != Some("registry.example") {
            return reply(401, "");
        }
        self.handed_out += 1;
        let token = format!("t{}-{}", self.handed_out, asked.parameter("scope").unwrap());
        self.tokens.push(token.clone());
        json_reply(200, &json!({"token": token, "expires_in": 300}))
    }

    fn upload(&mut self, asked: &Asked, name: &str, upload: &str) -> HttpResponse {
        if asked.method == Method::POST && upload.is_empty() {
            let place = format!("/v2/{name}/blobs/uploads/u1?_state=abc");
            return with(reply(202, ""), "location", &place);
        }
        let announced = asked.parameter("digest").unwrap_or_default().to_owned();
        let kept = asked.parameter("_state") == Some("abc");
        if asked.method != Method::PUT || !kept || announced != format!("sha256:{}", digest(&asked.body)) {
            return refusal(400, "DIGEST_INVALID");
        }
        self.blobs.insert((name.to_owned(), announced), asked.body.clone());
        reply(201, "")
    }

    pub(super) fn blob(&self, asked: &Asked) -> HttpResponse {
        let (name, reference) = asked.path.trim_start_matches('/').rsplit_once('/').unwrap();
        self.blobs
            .get(&(name.to_owned(), reference.to_owned()))
            .map_or_else(|| reply(404, ""), |blob| reply(200, blob.clone()))
    }

    fn read_blob(&self, asked: &Asked, name: &str, reference: &str) -> HttpResponse {
        let Some(blob) = self.blobs.get(&(name.to_owned(), reference.to_owned())) else {
            return refusal(404, "BLOB_UNKNOWN");
        };
        if asked.method == Method::HEAD {
            return reply(200, "");
        }
        if self.blobs_elsewhere {
            return with(
                reply(307, ""),
                "location",
                &format!("https://blobs.example/{name}/{reference}"),
            );
        }
        reply(200, blob.clone())
    }

    fn manifest(&mut self, asked: &Asked, name: &str, reference: &str, odd: bool) -> HttpResponse {
        if asked.method == Method::PUT {
            let own = self.put_manifest(name, reference, asked.body.clone());
            return with(reply(201, ""), "docker-content-digest", &own);
        }
        if odd && reference == "9.9.9" {
            return reply(200, r#"["of a later release"]"#);
        }
        let tagged = self.tags.get(&(name.to_owned(), reference.to_owned()));
        let own = tagged.cloned().unwrap_or_else(|| reference.to_owned());
        let key = (name.to_owned(), own.clone());
        if asked.method == Method::DELETE {
            if !reference.starts_with("sha256:") {
                return refusal(400, "DIGEST_INVALID");
            }
            if self.manifests.remove(&key).is_none() {
                return refusal(404, "MANIFEST_UNKNOWN");
            }
            self.tags
                .retain(|(repository, _), digest| repository != name || *digest != own);
            return reply(202, "");
        }
        match self.manifests.get(&key) {
            Some(manifest) => with(reply(200, manifest.clone()), "docker-content-digest", &own),
            None => refusal(404, "MANIFEST_UNKNOWN"),
        }
    }

    fn list(&self, asked: &Asked, name: &str, odd: bool) -> HttpResponse {
        let tags = self.tags.keys().filter(|(repository, _)| repository == name);
        let all: Vec<&str> = tags.map(|(_, tag)| tag.as_str()).collect();
        if all.is_empty() {
            return refusal(404, "NAME_UNKNOWN");
        }
        let after = asked.parameter("last").unwrap_or_default();
        let size: usize = asked.parameter("n").unwrap().parse().unwrap();
        // Small pages, so that they are walked.
        let rest: Vec<&str> = all.into_iter().filter(|tag| *tag > after).collect();
        let page = &rest[..rest.len().min(size).min(2)];
        let mut tags: Vec<Value> = page.iter().map(|tag| json!(tag)).collect();
        if odd {
            tags.extend([json!(7), json!("9.9.9")]);
        }
        let answer = json_reply(200, &json!({"name": name, "tags": tags}));
        match page.last().filter(|_| rest.len() > page.len()) {
            Some(last) => with(
                answer,
                "link",
                &format!("</v2/{name}/tags/list?n={size}&last={last}>; rel=\"next\""),
            ),
            None => answer,
        }
    }
}
