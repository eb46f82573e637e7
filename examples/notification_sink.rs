//! A receiver of notifications that shows what comes.
//!
//! ```text
//! cargo run --example notification_sink -- [--listen 127.0.0.1:9000] [--secret whsec_…] [--fail PERCENT] [--delay MS]
//! ```
//!
//! Any path will do as a callback. Answers GET and POST with 204; with a secret, only signed notifications, the others with
//! 401; with `--fail`, a share of them with 503. Each notification is one line: time, status, id, event, object, sequence.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::collections::{HashSet, VecDeque};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use o2::adapters::rt::TokioClock;
use o2::core::error::Excerpt;
use o2::core::ports::Clock;
use o2::core::webhook::signature::{ID, SigningSecret, Verifier};
use serde_json::Value;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    println!("Subscribe with the callback http://{address}/notify, or any other path. Ends on Ctrl-C.");
    let sink = Arc::new(Sink::new(options));
    let app = Router::new().fallback(get(handshake).post(notify)).with_state(sink);
    axum::serve(listener, app)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    Ok(())
}

/// A gateway may ask whether there is anybody before it subscribes them.
async fn handshake() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn notify(State(sink): State<Arc<Sink>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    sink.clock.sleep(sink.delay).await;
    let notification = Notification::of(&headers, &body);
    let (status, remark) = sink.take(&headers, &body, &notification.id);
    let time = sink.clock.now();
    let line = format!("{time} {} {notification} {remark}", status.as_u16());
    println!("{}", line.trim_end());
    status
}

struct Sink {
    clock: TokioClock,
    verifier: Option<Verifier>,
    fail: u64,
    delay: Duration,
    seen: Mutex<Seen>,
}

impl Sink {
    fn new(options: Options) -> Self {
        Self {
            clock: TokioClock::new(),
            verifier: options.secret.map(Verifier::new),
            fail: options.fail,
            delay: options.delay,
            seen: Mutex::default(),
        }
    }

    /// What a notification is answered, and what there is to say about it.
    fn take(&self, headers: &HeaderMap, body: &[u8], id: &str) -> (StatusCode, String) {
        if let Some(verifier) = &self.verifier
            && let Err(error) = verifier.verify(headers, body, self.clock.now())
        {
            return (StatusCode::UNAUTHORIZED, error.to_string());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_failure(self.fail) {
            return (StatusCode::SERVICE_UNAVAILABLE, "failed on purpose".to_owned());
        }
        let remark = if seen.is_new(id) { "" } else { "duplicate" };
        (StatusCode::NO_CONTENT, remark.to_owned())
    }
}

/// What came so far.
#[derive(Default)]
struct Seen {
    count: u64,
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    /// Whether the next notification is one of so many percent, which are spread evenly.
    fn is_failure(&mut self, percent: u64) -> bool {
        let before = self.count * percent / 100;
        self.count += 1;
        self.count * percent / 100 > before
    }

    /// Whether a notification with this id is accepted for the first time, as far as is remembered.
    fn is_new(&mut self, id: &str) -> bool {
        const REMEMBERED: usize = 100_000;
        if id.is_empty() {
            return true;
        }
        let is_new = self.ids.insert(id.to_owned());
        if is_new {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        is_new
    }
}

/// What a notification says about itself, whichever form it has.
struct Notification {
    id: String,
    event: String,
    object: String,
    sequence: String,
}

impl Notification {
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(ToOwned::to_owned)
        };
        let field = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| text(&body[name]).or_else(|| text(&body["data"][name])))
        };
        let id = header(ID).or_else(|| field(&["notificationId", "id"]));
        let event = field(&["eventType", "type", "notificationEventType"]).or_else(|| header("x-o2ims-event-type"));
        Self {
            id: id.unwrap_or_default(),
            event: event.unwrap_or_default(),
            object: field(&["objectRef", "subject"]).unwrap_or_default(),
            sequence: field(&["sequence"]).unwrap_or_default(),
        }
    }
}

/// A text or a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl std::fmt::Display for Notification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for part in [&self.id, &self.event, &self.object, &self.sequence] {
            let part = if part.is_empty() { "-" } else { part };
            write!(f, "{separator}{}", Excerpt(part))?;
            separator = " ";
        }
        Ok(())
    }
}

struct Options {
    listen: SocketAddr,
    secret: Option<SigningSecret>,
    fail: u64,
    delay: Duration,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9000)),
            secret: None,
            fail: 0,
            delay: Duration::ZERO,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--listen" => options.listen = value.parse()?,
                "--secret" => options.secret = Some(SigningSecret::parse(&value)?),
                "--fail" => options.fail = value.parse()?,
                "--delay" => options.delay = Duration::from_millis(value.parse()?),
                _ => return Err(format!("unknown option {name} (known: --listen, --secret, --fail, --delay)").into()),
            }
        }
        if options.fail > 100 {
            return Err("--fail needs a percentage, 0 to 100".into());
        }
        Ok(options)
    }
}
