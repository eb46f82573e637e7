//! Which handler answers a request.

use std::sync::Arc;

use super::call::Call;
use super::reply::Reply;
use super::route::{Route, Target};
use super::server::Shared;
use super::state::State;
use super::status::{Outcome, Status};
use super::view::View;

impl State {
    pub(super) fn dispatch(&mut self, call: &Call, shared: &Arc<Shared>) -> Outcome<Reply> {
        match Route::of(&call.path, &self.registry) {
            Route::Version => Ok(Reply::ok(super::discovery::version())),
            Route::Health => Ok(Reply::Text(200, "ok".to_owned())),
            Route::CoreVersions => Ok(self.core_versions(call)),
            Route::Groups => Ok(self.groups(call)),
            Route::Group(group) => Ok(Reply::ok(self.group(&group))),
            Route::Resources { group, version } => Ok(Reply::ok(self.resources(&group, &version))),
            Route::Target(target) => self.act(&target, call, shared),
            Route::Missing => Err(Status::no_such_resource()),
            Route::Nowhere => Ok(Reply::nowhere()),
        }
    }

    fn act(&mut self, target: &Target, call: &Call, shared: &Arc<Shared>) -> Outcome<Reply> {
        let Some(verb) = target.verb(call) else {
            return not_allowed(target);
        };
        self.permit(target, verb)?;
        match (target.subresource.as_str(), verb) {
            ("scale", "get") => return self.read_scale(target),
            ("scale", _) => return self.write_scale(target, call, verb),
            ("log", _) => return self.read_log(target, call),
            _ if target.resource.is_review() => return self.review(target, call),
            _ => {}
        }
        match verb {
            "list" => self.list(target, call).map(Reply::ok),
            "watch" => Ok(Reply::Watch(Box::new(self.watch(target, call, shared)?))),
            "create" => self.create(target, call),
            "get" => self.read(target, call),
            "update" => self.update(target, call),
            "patch" => self.patch(target, call),
            "delete" => self.delete(target, call),
            "deletecollection" => self.delete_collection(target, call),
            _ => Err(Status::method_not_allowed()),
        }
    }

    fn read(&self, target: &Target, call: &Call) -> Outcome<Reply> {
        let stored = self.stored(target)?;
        Ok(Reply::ok(View::of(target, call).object(&stored)))
    }
}

/// The answer to a method that does not fit. What custom kinds have in no single namespace is not even there.
fn not_allowed(target: &Target) -> Outcome<Reply> {
    if target.has_place() || target.resource.built_in {
        return Err(Status::method_not_allowed());
    }
    Ok(Reply::nowhere())
}
