//! The HTTP routes of delivery, for the API of administration.

use serde::Serialize;

use super::dead_letter;
use super::{Deliveries, DeliveryStatus, HasDeadLetters};
use crate::admin::op;
use crate::http::{Answer, Exchange, Reply, Route};
use crate::model::attribute::Shape;
use crate::{Error, Result};

/// A service that delivers.
pub trait HasDeliveries: HasDeadLetters {
    /// The deliveries.
    fn deliveries(&self) -> &Deliveries;
}

#[derive(Serialize)]
struct Items<'a> {
    items: &'a [DeliveryStatus],
}

/// The routes of dead letters, and one that shows how delivery is doing.
#[must_use]
pub fn routes<S: HasDeliveries>() -> Vec<Route<S>> {
    let mut routes = dead_letter::routes::routes();
    routes.push(
        Route::get("/deliveries", &op::LIST_DELIVERIES, |s: &S, x| {
            Box::pin(std::future::ready(list(s.deliveries(), &x)))
        })
        .summary("Show how delivery is doing, in the part of this replica")
        .answers(Answer::List(Shape::of::<DeliveryStatus>())),
    );
    routes
}

fn list(deliveries: &Deliveries, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    // What waits belongs to subscriptions of all tenants.
    if exchange.context.tenant().is_some() {
        return Err(Error::new(
            crate::ErrorKind::PermissionDenied,
            "only those who stand above tenants see deliveries",
        ));
    }
    Reply::ok(&Items {
        items: &deliveries.status(),
    })
}
