//! The lab controller: a small REST service with groups of machines. It knows nothing of O2.
//!
//! [`Controller::answer`] is the service; whoever has a socket serves it, and [`InProcess`] is a client port that needs none.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /groups?limit=&after=&project=&rack=` | a page of groups, by id; `next` goes into `after` |
//! | `POST /groups` | the new group; 409 when its project has one of that label |
//! | `GET`, `PUT`, `DELETE /groups/{uuid}` | a group; 412 when it is not the revision of `If-Match`; 409 when it has machines and `force` is not `true` |
//! | `GET /machines`, `GET /machines/{uuid}` | machines; `GET /models` likewise |
//!
//! Every request has the token in `x-lab-token`.

mod answer;
mod port;
mod state;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use answer::{Query, fail, one, page, send};
pub use port::{InProcess, Mishap};
use state::State;

/// One controller.
pub struct Controller(Mutex<State>);

/// Without the token.
impl fmt::Debug for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller").finish_non_exhaustive()
    }
}

impl Controller {
    /// A controller with three racks of machines, which wants to see this token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(Mutex::new(State::sample(token)))
    }

    /// Wants to see another token from now on.
    pub fn change_token(&self, token: &str) {
        token.clone_into(&mut self.state().token);
    }

    /// Adds something that nobody understands to each page, or stops that.
    pub fn be_odd(&self, odd: bool) {
        self.state().odd = odd;
    }

    /// Answers one request.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut state = self.state();
        let token = request.headers().get("x-lab-token").map(http::HeaderValue::as_bytes);
        if token != Some(state.token.as_bytes()) {
            return fail(StatusCode::UNAUTHORIZED, "who are you?");
        }
        let query = Query::of(request);
        let path: Vec<_> = request.uri().path().trim_start_matches('/').split('/').collect();
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["groups"]) => page(&query, state.odd, state.groups.values()),
            (&Method::GET, ["machines"]) => page(&query, state.odd, state.machines.values()),
            (&Method::GET, ["models"]) => page(&query, state.odd, state.models.values()),
            (&Method::GET, ["groups", uuid]) => one(state.groups.get(*uuid)),
            (&Method::GET, ["machines", uuid]) => one(state.machines.get(*uuid)),
            (&Method::GET, ["models", uuid]) => one(state.models.get(*uuid)),
            (&Method::POST, ["groups"]) => send(StatusCode::CREATED, state.create(request.body())),
            (&Method::PUT, ["groups", uuid]) => {
                send(StatusCode::OK, state.replace(uuid, if_match(request), request.body()))
            }
            (&Method::DELETE, ["groups", uuid]) => {
                let force = query.get("force") == Some("true");
                send(StatusCode::OK, state.delete(uuid, if_match(request), force))
            }
            _ => fail(StatusCode::NOT_FOUND, "there is nothing here"),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn if_match(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get(http::header::IF_MATCH)?.to_str().ok()
}
