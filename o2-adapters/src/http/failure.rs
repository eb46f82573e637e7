//! What a failed exchange means: above all, whether the other side may have seen the request.

use std::error::Error as Cause;
use std::io;

use o2_core::{Error, ErrorKind, Fault, Retry};

/// The error when there was no response.
pub(super) fn without_response(error: reqwest::Error) -> Error {
    let error = error.without_url();
    if error.is_builder() {
        return Error::internal("a request cannot be sent").with_source(error);
    }
    if let Some(denied) = denial(&error) {
        return denied;
    }
    if is_distrust(&error) {
        return unavailable("the certificate of the host is not accepted", Retry::Never, error);
    }
    if error.is_dns() {
        return unavailable("the name of the host leads to no address", Retry::Safe, error);
    }
    if error.is_connect() {
        // Until there is a connection nothing is sent.
        return unavailable("the host cannot be reached", Retry::Safe, error);
    }
    in_exchange(error)
}

/// The error when the response broke off.
pub(super) fn in_body(error: reqwest::Error) -> Error {
    in_exchange(error.without_url())
}

fn in_exchange(error: reqwest::Error) -> Error {
    if error.is_timeout() {
        let detail = chain(&error);
        let late = Error::new(ErrorKind::Timeout, "the host did not answer in time");
        return late.with_detail(detail).with_source(error);
    }
    unavailable("the connection to the host broke off", Retry::IfIdempotent, error)
}

fn unavailable(message: &str, retry: Retry, error: reqwest::Error) -> Error {
    Error::new(ErrorKind::Unavailable, message)
        .with_fault(Fault::Backend)
        .with_retry(retry)
        .with_detail(chain(&error))
        .with_source(error)
}

/// What the resolver said when no address of the host is allowed.
fn denial(error: &reqwest::Error) -> Option<Error> {
    let said = causes(error).find_map(|cause| cause.downcast_ref::<Error>())?;
    let denied = Error::new(said.kind(), said.message());
    Some(denied.with_detail(said.detail().unwrap_or_default()))
}

/// Whether the reason is a certificate that is not trusted. To try again would not help.
fn is_distrust(error: &reqwest::Error) -> bool {
    let mut causes = causes(error);
    causes.any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

/// All causes.
fn causes<'e>(error: &'e (dyn Cause + 'static)) -> impl Iterator<Item = &'e (dyn Cause + 'static)> {
    std::iter::successors(Some(error), |&error| error.source()).map(unwrapped)
}

/// What an I/O error was made from, which is not among its sources; any other error itself.
fn unwrapped<'e>(error: &'e (dyn Cause + 'static)) -> &'e (dyn Cause + 'static) {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => unwrapped(inner),
        None => error,
    }
}

/// All causes as one text.
fn chain(error: &reqwest::Error) -> String {
    let mut texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}
