//! Lists: a page of a collection, and the token for going on with the next one of the same moment.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::Call;
use super::route::Target;
use super::selector::Selector;
use super::state::State;
use super::status::{Outcome, Status};
use super::store::Key;
use super::view::View;

const CONTINUE_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You can \
    start a new list without the continue parameter, or use the continue token in this response to retrieve the \
    remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were \
    created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/// Where a page begins.
#[derive(Debug, Default, PartialEq, Eq)]
struct Position {
    /// The moment that is listed; `None` for now.
    version: Option<u64>,
    /// Namespace and name of the last object of the page before.
    after: Option<(String, String)>,
}

impl State {
    /// One page.
    pub(super) fn list(&self, target: &Target, call: &Call) -> Outcome<Value> {
        let selector = Selector::of(call, &target.resource)?;
        let position = self.position(call)?;
        let mut objects = self.listed(target, &selector, position.version);
        if let Some(after) = &position.after {
            objects.retain(|(key, _)| (&key.namespace, &key.name) > (&after.0, &after.1));
        }
        let version = position.version.unwrap_or(self.store.version);
        let mut metadata = json!({"resourceVersion": version.to_string()});
        let limit = call.number("limit").filter(|limit| *limit > 0);
        let limit = limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(usize::MAX);
        if let (true, Some((last, _))) = (objects.len() > limit, objects.get(limit.saturating_sub(1))) {
            metadata["continue"] = json!(token(Some(version), &last.namespace, &last.name));
            if selector.is_empty() {
                metadata["remainingItemCount"] = json!(objects.len() - limit);
            }
            objects.truncate(limit);
        }
        let view = View::of(target, call);
        let items = objects.iter().map(|(_, object)| view.item(object)).collect();
        Ok(view.list(&metadata, items))
    }

    /// The objects that a target and a selector choose, now or at a version, and the odd one that a test has asked for.
    pub(super) fn listed(&self, target: &Target, selector: &Selector, version: Option<u64>) -> Vec<(Key, Arc<Value>)> {
        let collection = target.resource.collection();
        let mut objects = match version {
            Some(version) if version < self.store.version => {
                self.store.of_then(&collection, &target.namespace, version)
            }
            _ => self.store.of(&collection, &target.namespace),
        };
        objects.retain(|(_, object)| selector.matches(object));
        objects.extend(self.odd_one(target));
        objects
    }

    fn position(&self, call: &Call) -> Outcome<Position> {
        if let Some(token) = call.param("continue").filter(|token| !token.is_empty()) {
            let position = read_token(token)?;
            if position.version.is_some_and(|version| version < self.store.oldest) {
                let (namespace, name) = position.after.unwrap_or_default();
                return Err(Status::expired(CONTINUE_EXPIRED).with_continue(&token_of_now(&namespace, &name)));
            }
            return Ok(position);
        }
        let version = call.resource_version()?.unwrap_or_default();
        if version > self.store.version {
            return Err(self.too_new(version));
        }
        if call.param("resourceVersionMatch") != Some("Exact") {
            return Ok(Position::default());
        }
        if version < self.store.oldest {
            return Err(Status::expired("The resourceVersion for the provided list is too old."));
        }
        Ok(Position {
            version: Some(version),
            after: None,
        })
    }

    fn too_new(&self, version: u64) -> Status {
        let now = self.store.version;
        let message = format!("Timeout: Too large resource version: {version}, current: {now}");
        let cause = json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"});
        Status::new(504, "Timeout", message)
            .with_details(json!({"causes": [cause]}))
            .with_retry_after(1)
    }
}

/// The token of a position, as opaque as the real one.
fn token(version: Option<u64>, namespace: &str, name: &str) -> String {
    let version = version.map_or(json!(-1), |version| json!(version));
    let start = format!("{namespace}/{name}\u{0}");
    let token = json!({"v": "meta.k8s.io/v1", "rv": version, "start": start});
    URL_SAFE_NO_PAD.encode(token.to_string())
}

fn token_of_now(namespace: &str, name: &str) -> String {
    token(None, namespace, name)
}

fn read_token(token: &str) -> Outcome<Position> {
    let read = || -> Option<Position> {
        let token: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (namespace, name) = token["start"].as_str()?.strip_suffix('\u{0}')?.split_once('/')?;
        Some(Position {
            version: token["rv"].as_u64(),
            after: Some((namespace.to_owned(), name.to_owned())),
        })
    };
    read().ok_or_else(|| Status::bad_request(format!("invalid continue token: continue key is not valid: {token}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        for (version, namespace, name) in [(Some(7), "a", "b"), (None, "", "node-1")] {
            let read = read_token(&token(version, namespace, name)).unwrap();
            let after = Some((namespace.to_owned(), name.to_owned()));
            assert_eq!(read, Position { version, after });
        }
        assert_eq!(read_token("x").unwrap_err().code(), 400);
    }
}
