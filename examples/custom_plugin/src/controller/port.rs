//! [`InProcess`]: the HTTP port of a program in which the controller lives too. It can break down.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt, pending};
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result, Retry};

use super::Controller;

/// Sends requests to a controller in the same process.
#[derive(Debug)]
pub struct InProcess {
    controller: Arc<Controller>,
    mishap: Mutex<Option<Mishap>>,
}

/// What may be wrong with the way to the controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Nobody listens.
    Down,
    /// Requests arrive and answers do not.
    Hanging,
}

impl InProcess {
    /// The way to this controller.
    #[must_use]
    pub fn new(controller: Arc<Controller>) -> Self {
        Self {
            controller,
            mishap: Mutex::new(None),
        }
    }

    /// Breaks the way, or mends it.
    pub fn suffer(&self, mishap: Option<Mishap>) {
        *self.mishap.lock().unwrap_or_else(PoisonError::into_inner) = mishap;
    }
}

impl HttpClient for InProcess {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let mishap = *self.mishap.lock().unwrap_or_else(PoisonError::into_inner);
        async move {
            match mishap {
                None => Ok(self.controller.answer(&request.request)),
                Some(Mishap::Down) => {
                    Err(Error::new(ErrorKind::Unavailable, "nobody listens there").with_retry(Retry::Safe))
                }
                Some(Mishap::Hanging) => pending().await,
            }
        }
        .boxed()
    }
}
