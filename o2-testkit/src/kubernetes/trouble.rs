//! What goes wrong because a test wants it: a server that is away, silent or unfriendly, rights that are missing, single
//! requests that fail, and objects of a shape that nobody knows.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::resource::Resource;
use super::route::Target;
use super::server::ApiServer;
use super::state::State;
use super::status::{Outcome, Status};
use super::store::{Collection, Entry, Key};
use crate::conformance::Trouble;
use crate::exchange::SeenRequest;

/// Who asks, as messages about missing rights say.
const USER: &str = "system:serviceaccount:o2:ims";

/// What may be wrong with the whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiTrouble {
    /// It cannot be reached: requests and open watches fail as connections do.
    Down,
    /// It takes requests and never answers; open watches say nothing.
    Hanging,
    /// It does not know who asks: everything is 401, and open watches end.
    Denied,
}

/// All that goes wrong.
#[derive(Default)]
pub(super) struct Troubles {
    whole: Option<ApiTrouble>,
    token: Option<String>,
    denials: Vec<Denial>,
    failures: Vec<Failure>,
    odd: BTreeSet<Collection>,
}

#[derive(Debug)]
struct Denial {
    plural: String,
    verbs: Vec<String>,
}

struct Failure {
    times: usize,
    concerns: Arc<dyn Fn(&SeenRequest) -> bool + Send + Sync>,
    status: Status,
}

/// What becomes of a request before anybody looks at what it wants.
pub(super) enum Gate {
    Open,
    Refused(Status),
    Unreachable,
    Silent,
}

impl ApiServer {
    /// Brings trouble upon the server, or ends it.
    pub fn set_trouble(&self, trouble: Option<ApiTrouble>) {
        self.with(|state| {
            state.troubles.whole = trouble;
            match trouble {
                Some(ApiTrouble::Down) => state.store.log.push(Entry::Break),
                Some(ApiTrouble::Denied) => state.store.log.push(Entry::End),
                Some(ApiTrouble::Hanging) | None => {}
            }
        });
    }

    /// Brings the trouble of a conformance suite upon the server, or ends all of it; odd objects are then among those of
    /// these kinds, and a forgetful server also ends open watches.
    ///
    /// # Panics
    /// When a kind is not served.
    #[track_caller]
    pub fn bring(&self, trouble: Option<Trouble>, kinds: &[&str]) {
        match trouble {
            None => {
                self.set_trouble(None);
                self.no_odd();
            }
            Some(Trouble::Down) => self.set_trouble(Some(ApiTrouble::Down)),
            Some(Trouble::Denied) => self.set_trouble(Some(ApiTrouble::Denied)),
            Some(Trouble::Hanging) => self.set_trouble(Some(ApiTrouble::Hanging)),
            Some(Trouble::OddObject) => kinds.iter().for_each(|kind| self.odd(kind)),
            Some(Trouble::Forgetful) => {
                self.forget();
                self.disconnect_watches();
            }
        }
    }

    /// Takes requests only with `Authorization: Bearer` and this token from now on.
    pub fn require_token(&self, token: &str) {
        self.with(|state| state.troubles.token = Some(token.to_owned()));
    }

    /// Forbids verbs on a kind: `deny("nodes", &["list", "watch"])`, `deny("deployments/scale", &["patch"])`; `*` means
    /// all. A kind may be named with its group, `machines.cluster.x-k8s.io`. The verbs are those of RBAC. Self subject access reviews say the same.
    pub fn deny(&self, plural: &str, verbs: &[&str]) {
        let denial = Denial {
            plural: plural.to_owned(),
            verbs: verbs.iter().map(ToString::to_string).collect(),
        };
        self.with(|state| state.troubles.denials.push(denial));
    }

    /// Permits everything again.
    pub fn permit_all(&self) {
        self.with(|state| state.troubles.denials.clear());
    }

    /// Answers the next requests that fit, so many of them, with a failure.
    ///
    /// ```
    /// use o2_testkit::kubernetes::{ApiServer, Status};
    ///
    /// let server = ApiServer::new();
    /// server.fail_next(2, |request| request.method == "PATCH", Status::too_many_requests(1));
    /// ```
    pub fn fail_next(
        &self,
        times: usize,
        concerns: impl Fn(&SeenRequest) -> bool + Send + Sync + 'static,
        status: Status,
    ) {
        let failure = Failure {
            times,
            concerns: Arc::new(concerns),
            status,
        };
        self.with(|state| state.troubles.failures.push(failure));
    }

    /// Puts one object of a shape that nobody knows at the end of each list of a kind, whatever the selectors.
    ///
    /// # Panics
    /// When the kind is not served.
    #[track_caller]
    pub fn odd(&self, kind: &str) {
        let collection = self.resource(kind).collection();
        self.with(|state| state.troubles.odd.insert(collection));
    }

    /// Has only objects of known shapes in its lists again.
    pub fn no_odd(&self) {
        self.with(|state| state.troubles.odd.clear());
    }
}

impl State {
    pub(super) fn is_hanging(&self) -> bool {
        self.troubles.whole == Some(ApiTrouble::Hanging)
    }

    pub(super) fn gate(&mut self, seen: &SeenRequest, call: &Call) -> Gate {
        match self.troubles.whole {
            Some(ApiTrouble::Down) => return Gate::Unreachable,
            Some(ApiTrouble::Hanging) => return Gate::Silent,
            Some(ApiTrouble::Denied) => return Gate::Refused(Status::unauthorized()),
            None => {}
        }
        let token = self.troubles.token.as_deref();
        if token.is_some() && token != call.bearer() {
            return Gate::Refused(Status::unauthorized());
        }
        let mut failures = self.troubles.failures.iter_mut();
        let failure = failures.find(|failure| failure.times > 0 && (failure.concerns)(seen));
        failure.map_or(Gate::Open, |failure| {
            failure.times -= 1;
            Gate::Refused(failure.status.clone())
        })
    }

    /// Whether a verb is permitted on what a target names.
    pub(super) fn permit(&self, target: &Target, verb: &str) -> Outcome<()> {
        let resource = &target.resource;
        let what = with_part(&resource.plural, &target.subresource);
        let names = [what.as_str(), &with_part(&resource.qualified(), &target.subresource)];
        if !self.troubles.are_denied(names, verb) {
            return Ok(());
        }
        let place = match target.namespace.as_str() {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace {namespace:?}"),
        };
        let group = &resource.group;
        let why = format!("User {USER:?} cannot {verb} resource {what:?} in API group {group:?} {place}");
        Err(Status::forbidden(resource, &target.name, &why))
    }

    /// The object of unknown shape in a list; it comes after all others.
    pub(super) fn odd_one(&self, target: &Target) -> Option<(Key, Arc<Value>)> {
        let resource = &target.resource;
        let collection = resource.collection();
        if !self.troubles.odd.contains(&collection) {
            return None;
        }
        let key = Key {
            collection,
            namespace: char::MAX.to_string(),
            name: String::new(),
        };
        Some((key, Arc::new(odd(resource, &target.namespace, self.store.version))))
    }
}

impl Troubles {
    /// Whether a verb is denied on what has these names.
    pub(super) fn are_denied(&self, names: [&str; 2], verb: &str) -> bool {
        let is_what = |denied: &str| denied == "*" || names.contains(&denied);
        let is_verb = |denied: &String| [verb, "*"].contains(&denied.as_str()) || verb == "*";
        let mut denials = self.denials.iter();
        denials.any(|denial| is_what(&denial.plural) && denial.verbs.iter().any(is_verb))
    }
}

pub(super) fn with_part(plural: &str, subresource: &str) -> String {
    match subresource {
        "" => plural.to_owned(),
        part => format!("{plural}/{part}"),
    }
}

fn odd(resource: &Resource, namespace: &str, version: u64) -> Value {
    let mut odd = json!({
        "metadata": {
            "name": "odd",
            "uid": "0dd00dd0-0000-4000-8000-000000000000",
            "resourceVersion": version.to_string(),
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": "odd",
        "status": ["odd"],
        "data": 7,
    });
    if resource.namespaced {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        odd["metadata"]["namespace"] = json!(namespace);
    }
    odd
}

impl fmt::Debug for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Troubles")
            .field("whole", &self.whole)
            .field("denials", &self.denials)
            .field("failures", &self.failures.len())
            .field("odd", &self.odd)
            .finish_non_exhaustive()
    }
}
