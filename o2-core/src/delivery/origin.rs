//! [`Origin`]: one scheme, host and port to which notifications go, and whether anything may be sent there now.

use std::collections::VecDeque;
use std::time::Duration;

use super::DeliverySettings;
use crate::layers::CircuitState;
use crate::subscription::SubscriptionId;

/// One scheme, host and port.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// Subscriptions with something to send, in the order in which they came.
    pub(super) ready: VecDeque<SubscriptionId>,
    /// Whether it is among the origins that are served in turn.
    pub(super) in_turn: bool,
    /// Whether it comes back by a timer.
    pub(super) is_waiting: bool,
    in_flight: usize,
    /// Failures since the last answer that was none.
    failures: u32,
    /// How often the circuit has opened since then.
    opened: u32,
    failed_at: Duration,
    /// Nothing is sent before this moment.
    blocked_until: Duration,
}

/// Whether something may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Yes.
    Open,
    /// Not before one of the requests under way has ended.
    Full,
    /// Not before this moment.
    Blocked(Duration),
}

impl Origin {
    pub(super) fn gate(&self, now: Duration, settings: &DeliverySettings) -> Gate {
        // As long as nothing succeeds one request at a time tries, so that what is dead takes no places from others.
        let most = if self.failures == 0 { settings.per_origin } else { 1 };
        if now < self.blocked_until {
            Gate::Blocked(self.blocked_until)
        } else if self.in_flight < most {
            Gate::Open
        } else {
            Gate::Full
        }
    }

    pub(super) fn begin(&mut self) {
        self.in_flight += 1;
    }

    /// A request ended whose end says nothing about the origin.
    pub(super) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A request was answered.
    pub(super) fn answered(&mut self) {
        self.end();
        (self.failures, self.opened) = (0, 0);
    }

    /// A request failed.
    pub(super) fn failed(&mut self, now: Duration, settings: &DeliverySettings) {
        self.end();
        self.failures = self.failures.saturating_add(1);
        self.failed_at = now;
        if self.failures >= settings.circuit_failures {
            let longer = 1 << self.opened.min(16);
            let open = settings
                .circuit_open
                .saturating_mul(longer)
                .min(settings.circuit_longest);
            self.opened += 1;
            self.block(now.saturating_add(open));
        }
    }

    /// Nothing is sent before this moment.
    pub(super) fn block(&mut self, until: Duration) {
        self.blocked_until = self.blocked_until.max(until);
    }

    pub(super) fn circuit(&self, now: Duration) -> CircuitState {
        match self.opened {
            0 => CircuitState::Closed,
            _ if now < self.blocked_until => CircuitState::Open,
            _ => CircuitState::HalfOpen,
        }
    }

    /// Whether it may be forgotten: nothing is to be sent, and failures were long ago.
    pub(super) fn is_idle(&self, now: Duration, settings: &DeliverySettings) -> bool {
        let is_forgiven = self.failures == 0 || now.saturating_sub(self.failed_at) > settings.circuit_longest;
        self.ready.is_empty() && self.in_flight == 0 && is_forgiven && self.blocked_until <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_circuit_opens_tries_with_one_request_and_closes() {
        let settings = DeliverySettings::default();
        let mut origin = Origin::default();
        for _ in 0..9 {
            origin.begin();
            origin.failed(SECOND, &settings);
        }
        assert_eq!(origin.gate(SECOND, &settings), Gate::Open);
        origin.begin();
        origin.failed(SECOND, &settings);
        assert_eq!(origin.gate(SECOND, &settings), Gate::Blocked(31 * SECOND));
        assert_eq!(origin.circuit(SECOND), CircuitState::Open);
        assert_eq!(origin.gate(31 * SECOND, &settings), Gate::Open);
        assert_eq!(origin.circuit(31 * SECOND), CircuitState::HalfOpen);
        origin.begin();
        assert_eq!(origin.gate(31 * SECOND, &settings), Gate::Full, "one tries");
        origin.failed(31 * SECOND, &settings);
        assert_eq!(
            origin.gate(32 * SECOND, &settings),
            Gate::Blocked(91 * SECOND),
            "twice as long"
        );
        origin.begin();
        origin.answered();
        assert_eq!(origin.circuit(91 * SECOND), CircuitState::Closed);
        assert!(origin.is_idle(91 * SECOND, &settings));
    }

    #[test]
    fn the_circuit_is_never_open_longer_than_the_limit() {
        let settings = DeliverySettings::default();
        let mut origin = Origin::default();
        for _ in 0..100 {
            origin.begin();
            origin.failed(SECOND, &settings);
        }
        assert_eq!(origin.gate(SECOND, &settings), Gate::Blocked(301 * SECOND));
        assert!(!origin.is_idle(301 * SECOND, &settings));
        assert!(origin.is_idle(302 * SECOND, &settings), "and then it is forgotten");
    }
}
