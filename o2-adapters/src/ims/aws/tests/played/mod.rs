//! [`Played`]: AWS as the tests need it, in memory: groups, their instances, a volume and a network, in XML and page by page.
//! It checks signatures, tokens and times, and can be in every kind of trouble.

mod ec2;
mod eks;
mod gate;
mod groups;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, pending};
use http::{HeaderValue, StatusCode};
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result, Timestamp};
use o2_testkit::conformance::Trouble;
use url::form_urlencoded;

use eks::{Node, Told};
use groups::{Group, arn_of};

/// The only region there is.
pub(super) const REGION: &str = "eu-west-1";
/// What one page has.
const PAGE: usize = 2;

/// The parameters of a call.
type Form = BTreeMap<String, String>;
/// A status, and a body in XML.
type Reply = (u16, String);

#[derive(Debug)]
pub(super) struct Played {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeMap<String, Group>,
    nodes: BTreeMap<String, Node>,
    counter: u32,
    trouble: Option<Trouble>,
    /// Refusals to come: of which call, with what, each once.
    refusals: Vec<(&'static str, u16, &'static str)>,
    /// The calls that are not permitted.
    denied: BTreeSet<&'static str>,
    /// The group that is gone once this call comes.
    vanishing: Option<(&'static str, String)>,
    /// Which calls came, and with which token of a page.
    calls: Vec<(String, Option<String>)>,
    cut: bool,
    /// The node groups that are only in lists any more.
    gone: BTreeSet<&'static str>,
    /// How many seconds its clock is ahead of ours.
    ahead: i64,
    /// The only session that is good.
    session: Option<&'static str>,
    /// The session that is the only good one once a second page is asked for.
    next_session: Option<&'static str>,
}

impl Played {
    /// With three groups, so that their list has two pages.
    pub(super) fn with_groups(clock: Arc<dyn Clock>) -> Self {
        let played = Self {
            clock,
            state: Mutex::default(),
        };
        for name in ["pool-a", "pool-b", "pool-c"] {
            let form = [
                ("AutoScalingGroupName", name),
                ("MinSize", "0"),
                ("MaxSize", "5"),
                ("DesiredCapacity", "1"),
                ("LaunchTemplate.LaunchTemplateName", "lt1"),
                ("AvailabilityZones.member.1", "eu-west-1a"),
            ];
            let form = form.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            played.state().create(&form);
        }
        for (name, group) in [("ng-a", "pool-a"), ("ng-b", "pool-b")] {
            played.state().add_node(name, group);
        }
        played
    }

    pub(super) fn set_trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    /// Refuses the next call of this action.
    pub(super) fn refuse(&self, action: &'static str, status: u16, code: &'static str) {
        self.state().refusals.push((action, status, code));
    }

    /// Permits this action no more.
    pub(super) fn deny(&self, action: &'static str) {
        self.state().denied.insert(action);
    }

    /// Permits everything again.
    pub(super) fn permit_all(&self) {
        self.state().denied.clear();
    }

    /// Has the group, or the node group, deleted by somebody else right before this action.
    pub(super) fn vanish_before(&self, action: &'static str, group: &str) {
        self.state().vanishing = Some((action, group.to_owned()));
    }

    /// Moves its clock so many seconds ahead of ours.
    pub(super) fn be_ahead(&self, seconds: i64) {
        self.state().ahead = seconds;
    }

    /// Takes only this session, and only `next` from the moment when a second page is asked for.
    pub(super) fn change_session(&self, now: &'static str, next: &'static str) {
        let mut state = self.state();
        (state.session, state.next_session) = (Some(now), Some(next));
    }

    /// Deletes a node group that lists still have.
    pub(super) fn delete_node_group(&self, name: &'static str) {
        let mut state = self.state();
        state.nodes.remove(name);
        state.gone.insert(name);
    }

    /// Gives a node group a status.
    pub(super) fn set_node_group(&self, name: &str, status: &'static str) {
        self.state().nodes.get_mut(name).unwrap().status = status;
    }

    /// Cuts the next second page in half.
    pub(super) fn cut(&self) {
        self.state().cut = true;
    }

    /// The calls since this was asked last, each with the token of its page.
    pub(super) fn calls(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut self.state().calls)
    }

    /// How many calls of this action came since this was asked last.
    pub(super) fn count(&self, action: &str) -> usize {
        self.calls().iter().filter(|(called, _)| called == action).count()
    }

    pub(super) fn add_instance(&self, arn: &str) -> bool {
        let mut state = self.state();
        let id = state.new_id();
        let State { groups, nodes, .. } = &mut *state;
        let of_node = nodes.values().find(|node| node.arn == arn).map(|node| &node.group);
        let group = groups
            .iter_mut()
            .find(|(name, group)| of_node == Some(*name) || arn_of(name, group.number) == arn);
        group.is_some_and(|(_, group)| {
            group.desired += 1;
            group.instances.insert(id, "running".to_owned());
            true
        })
    }

    /// Gives an instance a state, whatever the word means.
    pub(super) fn set_instance(&self, id: &str, word: &str) -> bool {
        let mut state = self.state();
        let known = state.groups.values_mut().find_map(|group| group.instances.get_mut(id));
        known.map(|known| word.clone_into(known)).is_some()
    }

    pub(super) fn remove_instance(&self, id: &str) -> bool {
        self.state().terminate(id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, request: &http::Request<Bytes>, now: Timestamp) -> Told {
        if request.uri().path() == "/" {
            let (status, xml) = self.xml(request, now);
            return (status, xml, None);
        }
        let mut state = self.state();
        if state.trouble == Some(Trouble::Denied) {
            return eks::refusal(403, "UnrecognizedClientException", "who are you?");
        }
        match gate::check(request, now, state.session) {
            Err((code, message)) => eks::refusal(403, code, message),
            Ok(()) => state.eks(request),
        }
    }

    fn xml(&self, request: &http::Request<Bytes>, now: Timestamp) -> Reply {
        let form: Form = form_urlencoded::parse(request.body()).into_owned().collect();
        let mut state = self.state();
        state
            .calls
            .push((form["Action"].clone(), form.get("NextToken").cloned()));
        if form.contains_key("NextToken")
            && let Some(next) = state.next_session.take()
        {
            state.session = Some(next);
        }
        if state.trouble == Some(Trouble::Denied) {
            return (403, refusal("InvalidClientTokenId", "who are you?"));
        }
        match gate::check(request, now, state.session) {
            Err((code, message)) => (403, refusal(code, message)),
            Ok(()) => state.answer(&form),
        }
    }
}

impl State {
    fn answer(&mut self, form: &Form) -> Reply {
        let action = form["Action"].as_str();
        if let Some((status, code)) = self.refused(action) {
            return (status, refusal(code, "as the test says"));
        }
        if self.denied.contains(action) {
            return (
                403,
                refusal(
                    "UnauthorizedOperation",
                    "You are not authorized to perform this operation.",
                ),
            );
        }
        if let Some((_, group)) = self.vanishing.take_if(|(before, _)| *before == action) {
            self.groups.remove(&group);
        }
        if let Some(xml) = self.described(action, form) {
            return (200, xml);
        }
        self.change(action, form)
    }

    /// With what this call is to be refused.
    fn refused(&mut self, action: &str) -> Option<(u16, &'static str)> {
        let at = self.refusals.iter().position(|(refused, ..)| *refused == action)?;
        let (_, status, code) = self.refusals.remove(at);
        Some((status, code))
    }

    fn new_id(&mut self) -> String {
        self.counter += 1;
        format!("i-{:08x}", self.counter)
    }

    /// Cuts an answer in half, if that is to happen to it.
    fn perhaps_cut(&mut self, mut xml: String, form: &Form) -> String {
        if self.cut && form.contains_key("NextToken") {
            self.cut = false;
            xml.truncate(xml.len() / 2);
        }
        xml
    }
}

/// The items of a page, by the key they are sorted by, and the token of the next page.
fn page<'i, T>(
    items: impl Iterator<Item = (&'i String, T)>,
    form: &Form,
) -> (Vec<(&'i String, T)>, Option<&'i String>) {
    let after = form.get("NextToken").cloned().unwrap_or_default();
    let mut rest = items.filter(move |(key, _)| **key > after);
    let page: Vec<_> = rest.by_ref().take(PAGE).collect();
    let next = rest.next().and(page.last().map(|(key, _)| *key));
    (page, next)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

impl HttpClient for Played {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        async move {
            let (trouble, ahead) = {
                let state = self.state();
                (state.trouble, state.ahead)
            };
            match trouble {
                Some(Trouble::Down) => return Err(Error::new(ErrorKind::Unavailable, "nobody listens")),
                Some(Trouble::Hanging) => {
                    let silence = self.clock.within(request.timeout, pending()).await;
                    return silence.map_err(|_| Error::new(ErrorKind::Timeout, "no answer in time"));
                }
                _ => {}
            }
            let now = Timestamp::from_unix_seconds(self.clock.now().unix_seconds() + ahead);
            let (status, xml, error) = self.reply(&request.request, now);
            let mut response = http::Response::new(Bytes::from(xml));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            let date = HeaderValue::from_str(&now.to_http_date()).unwrap();
            response.headers_mut().insert("date", date);
            if let Some(error) = error {
                let error = HeaderValue::from_static(error);
                response.headers_mut().insert("x-amzn-errortype", error);
            }
            Ok(response)
        }
        .boxed()
    }
}
