//! Self subject access reviews: what the asker may do, by what a test has denied.

use serde_json::{Value, json};

use super::call::Call;
use super::checks::check_type;
use super::object::text;
use super::reply::Reply;
use super::resource::{Resource, qualified};
use super::route::Target;
use super::state::State;
use super::status::Outcome;
use super::trouble::with_part;

impl Resource {
    pub(super) fn is_review(&self) -> bool {
        self.built_in && self.kind == "SelfSubjectAccessReview"
    }
}

impl State {
    /// Answers a review; nothing is stored.
    pub(super) fn review(&self, target: &Target, call: &Call) -> Outcome<Reply> {
        let mut review = call.object()?;
        check_type(&review, target)?;
        let allowed = self.allows(&review["spec"]["resourceAttributes"]);
        review["apiVersion"] = json!(target.resource.api_version(&target.version));
        review["kind"] = json!(target.resource.kind);
        review["metadata"] = json!({"creationTimestamp": null});
        review["status"] = json!({"allowed": allowed});
        Ok(Reply::Json(201, review))
    }

    fn allows(&self, attributes: &Value) -> bool {
        let (resource, part) = (text(attributes, "/resource"), text(attributes, "/subresource"));
        let qualified = qualified(resource, text(attributes, "/group"));
        let names = [with_part(resource, part), with_part(&qualified, part)];
        let names = [names[0].as_str(), names[1].as_str()];
        !self.troubles.are_denied(names, text(attributes, "/verb"))
    }
}
