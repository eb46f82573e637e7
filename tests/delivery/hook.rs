//! [`Hook`]: a receiver behind a real socket that answers as it is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::until;

/// What a receiver answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Status(StatusCode),
    /// With the place to go to.
    Redirect(StatusCode, String),
    /// Nothing until it is released, then that it has the notification.
    WhenReleased,
}

/// A receiver.
pub(crate) struct Hook {
    address: SocketAddr,
    heard: Arc<Heard>,
}

struct Heard {
    answer: Answer,
    /// The `webhook-id` of every request.
    ids: Mutex<Vec<String>>,
    released: watch::Sender<bool>,
}

impl Hook {
    pub(crate) async fn listen(ip: Ipv4Addr, answer: Answer) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Heard {
            answer,
            ids: Mutex::default(),
            released: watch::Sender::new(false),
        });
        let app = Router::new().route("/", post(take)).with_state(Arc::clone(&heard));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, heard }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many requests have come.
    pub(crate) fn count(&self) -> usize {
        self.ids().len()
    }

    /// The ids of the requests, in the order in which they came.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.heard.ids.lock().unwrap().clone()
    }

    /// Waits for so many requests.
    pub(crate) async fn requests(&self, count: usize) {
        until(&format!("{count} requests"), async || self.count() >= count).await;
    }

    /// Answers from now on.
    pub(crate) fn release(&self) {
        self.heard.released.send_replace(true);
    }
}

async fn take(State(heard): State<Arc<Heard>>, headers: HeaderMap) -> Response {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    heard.ids.lock().unwrap().push(id);
    match &heard.answer {
        Answer::Status(status) => status.into_response(),
        Answer::Redirect(status, place) => {
            (*status, [(LOCATION, HeaderValue::from_str(place).unwrap())]).into_response()
        }
        Answer::WhenReleased => {
            heard.released.subscribe().wait_for(|released| *released).await.unwrap();
            StatusCode::NO_CONTENT.into_response()
        }
    }
}
