//! Bad input: a clear error, and nothing lost.

mod body;
mod config;
mod deployments;
mod ids;
mod objects;
mod orchestrator;
mod plugins;
mod query;

use bytes::Bytes;
use http::{Method, Request};

use super::support::{Problem, World};

/// What a request is refused with: status, kind of error, place in the request, and words of the explanation.
pub(crate) type Refusal<'a> = (u16, &'a str, &'a str, &'a str);

/// Sends a request that is refused, and checks the refusal and that everything is as it was before.
#[track_caller]
pub(crate) fn refuse(world: &World, request: Request<Bytes>, (status, error, at, says): Refusal<'_>) -> Problem {
    let is_read = request.method() == Method::GET;
    let sent = format!(
        "{} {} {}",
        request.method(),
        request.uri(),
        String::from_utf8_lossy(request.body())
    );
    // A read changes nothing.
    let everything = || if is_read { String::new() } else { world.everything() };
    let before = everything();
    let answer = world.send(request);
    assert_eq!(answer.status, status, "{sent}: {}", answer.text());
    let problem = answer.problem();
    assert_eq!(problem.error, error, "{sent}: {}", problem.detail);
    assert_eq!(problem.at.join(", "), at, "{sent}: {}", problem.detail);
    assert!(problem.detail.contains(says), "{sent}: {}", problem.detail);
    assert_eq!(everything(), before, "{sent}: something has changed");
    problem
}
