//! Logs as text, as JSON, or as JSON lines.
//!
//! Answers are whole at this boundary, so `follow` collects for a while; whoever wants more asks again with `since`.

use std::time::Duration;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderName};
use o2_core::config::DurationText;
use o2_core::http::{Exchange, Parameter, Reply};
use o2_core::{Error, Result, Timestamp};
use serde::Serialize;

use super::deployments::id;
use crate::model::{LogLine, LogOptions};
use crate::service::MOST_LINES;
use crate::{DmsService, LogEnd};

/// The query parameters, for the route table.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new("tail", "Only the last so many lines, at most 10000."),
    Parameter::new("container", "Only this container."),
    Parameter::new("since", "Only lines from this time on (RFC 3339)."),
    Parameter::new("follow", "Go on with lines to come, until `timeout` is over."),
    Parameter::new(
        "timeout",
        "How long to collect, at most `60s`; with `follow`, `5s` unless given.",
    ),
];

/// Says why lines are missing at the end: `full`, `timeout`, or the kind of the backend's error.
const TRUNCATED: HeaderName = HeaderName::from_static("o2-truncated");

const USUAL_FOLLOWING: Duration = Duration::from_secs(5);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn get(service: &DmsService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&["tail", "container", "since", "follow", "timeout"])?;
    let options = options(&exchange)?;
    let logs = service
        .collect_deployment_logs(&exchange.context, &id(&exchange), &options, timeout(&exchange)?)
        .await?;
    let reply = Format::of(&exchange.headers).write(&logs.lines)?;
    Ok(match logs.end {
        LogEnd::Full => reply.with_header(TRUNCATED, "full"),
        // Following ends when its time is over.
        LogEnd::Timeout if !options.follow => reply.with_header(TRUNCATED, "timeout"),
        LogEnd::Failed(error) => reply.with_header(TRUNCATED, error.kind().as_str()),
        LogEnd::Complete | LogEnd::Timeout => reply,
    })
}

fn options(exchange: &Exchange) -> Result<LogOptions> {
    let tail: Option<u32> = exchange.parameter("tail", "a whole number from 0 to 10000")?;
    let since: Option<Timestamp> = exchange.parameter("since", "an RFC 3339 time")?;
    let container = exchange.params.get("container");
    if container == Some("") {
        return Err(Error::violation("container", "must not be empty"));
    }
    if tail.is_some_and(|lines| lines > MOST_LINES) {
        return Err(Error::violation("tail", "must be a whole number from 0 to 10000"));
    }
    let mut options = LogOptions::new().with_follow(exchange.flag("follow")?);
    options.tail = tail;
    options.since = since;
    options.container = container.map(ToOwned::to_owned);
    Ok(options)
}

fn timeout(exchange: &Exchange) -> Result<Duration> {
    let timeout: Option<DurationText> = exchange.parameter("timeout", "a duration such as 10s, at most 60s")?;
    let usual = if exchange.flag("follow")? {
        USUAL_FOLLOWING
    } else {
        LONGEST_TIMEOUT
    };
    let timeout = timeout.map_or(usual, DurationText::get);
    if timeout > LONGEST_TIMEOUT {
        return Err(Error::violation("timeout", "must be at most 60s"));
    }
    Ok(timeout)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    JsonLines,
}

#[derive(Serialize)]
struct Items<'a> {
    items: &'a [LogLine],
}

impl Format {
    /// The first of the formats that the caller names; text when it names none.
    fn of(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get_all(ACCEPT)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        let types = accepted.flat_map(|value| value.split(','));
        let known = types.filter_map(|text| match text.split(';').next().unwrap_or_default().trim() {
            "text/plain" | "text/*" | "*/*" => Some(Self::Text),
            "application/json" => Some(Self::Json),
            "application/x-ndjson" | "application/jsonl" => Some(Self::JsonLines),
            _ => None,
        });
        known.into_iter().next().unwrap_or(Self::Text)
    }

    fn write(self, lines: &[LogLine]) -> Result<Reply> {
        match self {
            Self::Text => Ok(Reply::text("text/plain; charset=utf-8", text(lines))),
            Self::Json => Reply::ok(&Items { items: lines }),
            Self::JsonLines => {
                let mut body = Vec::new();
                for line in lines {
                    serde_json::to_writer(&mut body, line).map_err(|error| Error::internal(error.to_string()))?;
                    body.push(b'\n');
                }
                Ok(Reply::text("application/x-ndjson", Bytes::from(body)))
            }
        }
    }
}

/// One line for each: time, source and container, text.
fn text(lines: &[LogLine]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for LogLine {
        time,
        source,
        container,
        line,
    } in lines
    {
        // A line end inside would look like the beginning of another line.
        let line = line.replace(['\n', '\r'], " ");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{time} {source}/{container} {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_chooses_the_format() {
        for (accept, format) in [
            ("", Format::Text),
            ("*/*", Format::Text),
            ("text/html, text/plain;q=0.5", Format::Text),
            ("application/json", Format::Json),
            ("application/json; charset=utf-8, text/plain", Format::Json),
            ("application/x-ndjson", Format::JsonLines),
            ("image/png", Format::Text),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            assert_eq!(Format::of(&headers), format, "{accept}");
        }
        assert_eq!(Format::of(&HeaderMap::new()), Format::Text);
    }

    #[test]
    fn a_line_is_a_line() {
        let line = LogLine::new(Timestamp::UNIX_EPOCH, "pod-1", "du", "a\nb");
        assert_eq!(text(&[line]), "1970-01-01T00:00:00Z pod-1/du a b\n");
    }
}
