//! `/log` of pods: the text that a test has given.

use std::collections::BTreeMap;
use std::time::Duration;

use o2_core::Timestamp;
use serde_json::Value;

use super::call::Call;
use super::object::text;
use super::reply::Reply;
use super::route::Target;
use super::server::ApiServer;
use super::state::State;
use super::status::{Outcome, Status};

/// The logs, by namespace, pod and container; the container is empty where a test names none.
pub(super) type Logs = BTreeMap<[String; 3], Vec<Line>>;

#[derive(Debug, Clone)]
pub(super) struct Line {
    time: Timestamp,
    text: String,
}

impl ApiServer {
    /// Sets what a pod has logged, whichever container is asked for.
    ///
    /// Lines may begin with their time, `2026-01-01T00:00:01Z started`, as `timestamps=true` shows them; the others were
    /// written now. The pod has to be there when somebody asks.
    pub fn set_log(&self, namespace: &str, pod: &str, log: &str) {
        self.set_container_log(namespace, pod, "", log);
    }

    /// Sets what one container of a pod has logged; see [`set_log`](Self::set_log).
    pub fn set_container_log(&self, namespace: &str, pod: &str, container: &str, log: &str) {
        self.with(|state| {
            let now = state.now();
            let lines = log.lines().map(|line| Line::of(line, now)).collect();
            let key = [namespace, pod, container].map(str::to_owned);
            state.logs.insert(key, lines);
        });
    }
}

impl Line {
    fn of(line: &str, now: Timestamp) -> Self {
        let timed = line
            .split_once(' ')
            .and_then(|(time, text)| Some((Timestamp::parse(time).ok()?, text)));
        let (time, text) = timed.unwrap_or((now, line));
        let text = text.to_owned();
        Self { time, text }
    }

    fn show(&self, with_time: bool) -> String {
        if with_time {
            format!("{} {}\n", self.time, self.text)
        } else {
            format!("{}\n", self.text)
        }
    }
}

impl State {
    /// Whoever follows a log gets what is there, as if the container had ended.
    pub(super) fn read_log(&self, target: &Target, call: &Call) -> Outcome<Reply> {
        let pod = self.stored(target)?;
        let container = container(&pod, call)?;
        if call.flag("previous") {
            let message = format!(
                "previous terminated container {container:?} in pod {:?} not found",
                target.name
            );
            return Err(Status::bad_request(message));
        }
        let key = |container: &str| [target.namespace.clone(), target.name.clone(), container.to_owned()];
        let lines = self.logs.get(&key(container)).or_else(|| self.logs.get(&key("")));
        let since = self.since(call)?;
        let mut lines: Vec<_> = lines.into_iter().flatten().filter(|line| line.time >= since).collect();
        if let Some(tail) = call.number("tailLines").and_then(|tail| usize::try_from(tail).ok()) {
            lines.drain(..lines.len().saturating_sub(tail));
        }
        let mut log: String = lines.iter().map(|line| line.show(call.flag("timestamps"))).collect();
        if let Some(limit) = call.number("limitBytes").and_then(|limit| usize::try_from(limit).ok()) {
            let cut = (0..=limit.min(log.len())).rev().find(|at| log.is_char_boundary(*at));
            log.truncate(cut.unwrap_or_default());
        }
        Ok(Reply::Text(200, log))
    }

    fn since(&self, call: &Call) -> Outcome<Timestamp> {
        if let Some(time) = call.param("sinceTime") {
            return Timestamp::parse(time).map_err(|error| Status::bad_request(error.to_string()));
        }
        let Some(seconds) = call.number("sinceSeconds") else {
            return Ok(Timestamp::UNIX_EPOCH);
        };
        let age = self.now().since(Timestamp::UNIX_EPOCH);
        let since = age.saturating_sub(Duration::from_secs(seconds));
        Ok(Timestamp::UNIX_EPOCH.plus(since))
    }
}

/// The container that is asked for; there has to be one of that name, or only one.
fn container<'a>(pod: &'a Value, call: &'a Call) -> Outcome<&'a str> {
    let of = |list: &str| {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.map(|container| text(container, "/name")).collect::<Vec<_>>()
    };
    let name = text(pod, "/metadata/name");
    let containers = of("containers");
    match (call.param("container").unwrap_or_default(), containers.as_slice()) {
        ("", [] | [_]) => Ok(containers.first().copied().unwrap_or_default()),
        ("", many) => {
            let all = many.join(" ");
            let message = format!("a container name must be specified for pod {name}, choose one of: [{all}]");
            Err(Status::bad_request(message))
        }
        (wanted, known) if known.is_empty() || known.contains(&wanted) || of("initContainers").contains(&wanted) => {
            Ok(wanted)
        }
        (wanted, _) => Err(Status::bad_request(format!(
            "container {wanted} is not valid for pod {name}"
        ))),
    }
}
