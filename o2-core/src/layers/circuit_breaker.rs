//! Stops calling a backend that does not answer.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind, Fault, Result, Retry};
use crate::layer::{Call, Layer, Next};
use crate::metrics::PluginMetrics;
use crate::ports::Clock;

/// When a circuit opens and closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircuitPolicy {
    /// The circuit opens after so many failures in a row; zero counts as one.
    pub failures: u32,
    /// After this time one call is let through to find out whether the backend is back.
    pub open_for: Duration,
}

impl CircuitPolicy {
    /// Opens after so many failures in a row, for so long.
    #[must_use]
    pub fn new(failures: u32, open_for: Duration) -> Self {
        Self { failures, open_for }
    }
}

impl Default for CircuitPolicy {
    /// Five failures, 30 s.
    fn default() -> Self {
        Self::new(5, Duration::from_secs(30))
    }
}

/// Whether the backend is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CircuitState {
    /// Every call goes through.
    Closed,
    /// One call at a time goes through, to find out whether the backend is back.
    HalfOpen,
    /// No call goes through.
    Open,
}

impl CircuitState {
    /// `closed`, `half-open` or `open`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}

impl fmt::Display for CircuitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Stops calling one plugin after several failures in a row, and tries again with a single call after a while.
///
/// A failure is a `Timeout`, `Unavailable` or `Internal` error that is the backend's fault. Other errors of caller or
/// backend are answers, and count as success. Errors of the gateway itself (no free place, a panic), a caller's
/// deadline that cut the call short, and dropped calls say nothing about the backend, and change nothing.
#[derive(Debug)]
pub struct CircuitBreakerLayer {
    policy: CircuitPolicy,
    clock: Arc<dyn Clock>,
    metrics: PluginMetrics,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
struct Circuit {
    phase: Phase,
    /// Counts changes of the phase. A call admitted in an earlier phase says nothing about the present one.
    epoch: u64,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Closed { failures: u32 },
    Open { until: Duration },
    HalfOpen { probing: bool },
}

/// What the end of a call says about the backend.
#[derive(Debug, Clone, Copy)]
enum Finding {
    Answers,
    Fails,
    Nothing,
}

impl CircuitBreakerLayer {
    /// A closed circuit.
    #[must_use]
    pub fn new(policy: CircuitPolicy, clock: Arc<dyn Clock>, metrics: PluginMetrics) -> Self {
        metrics.show_circuit(gauge(CircuitState::Closed));
        Self {
            policy,
            clock,
            metrics,
            circuit: Mutex::new(Circuit {
                phase: Phase::Closed { failures: 0 },
                epoch: 0,
            }),
        }
    }

    /// Whether a call would go through now. An open circuit is half-open once its time is over, so that a router which
    /// avoids open circuits sends the call that finds out.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        match self.circuit().phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::Open { until } if self.clock.monotonic() < until => CircuitState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call through, or says when to come again.
    fn admit<'a>(&'a self, call: &'a Call<'a>) -> Result<Admission<'a>, Duration> {
        let mut circuit = self.circuit();
        match circuit.phase {
            Phase::Closed { .. } => {}
            Phase::HalfOpen { probing: true } => return Err(self.policy.open_for),
            Phase::HalfOpen { probing: false } => circuit.phase = Phase::HalfOpen { probing: true },
            Phase::Open { until } => {
                let left = until.saturating_sub(self.clock.monotonic());
                if !left.is_zero() {
                    return Err(left);
                }
                self.change(&mut circuit, Phase::HalfOpen { probing: true });
            }
        }
        Ok(Admission {
            breaker: self,
            call,
            epoch: circuit.epoch,
            finding: Finding::Nothing,
        })
    }

    /// Learns from the end of a call admitted in `epoch`; says the new state if that changed it.
    fn settle(&self, epoch: u64, finding: Finding) -> Option<CircuitState> {
        let mut circuit = self.circuit();
        if circuit.epoch != epoch {
            return None;
        }
        match (circuit.phase, finding) {
            (Phase::Closed { failures }, Finding::Fails) if failures + 1 < self.policy.failures => {
                circuit.phase = Phase::Closed { failures: failures + 1 };
            }
            (Phase::Closed { .. } | Phase::HalfOpen { .. }, Finding::Fails) => {
                let until = self.clock.monotonic().saturating_add(self.policy.open_for);
                return Some(self.change(&mut circuit, Phase::Open { until }));
            }
            (Phase::Closed { .. }, Finding::Answers) => circuit.phase = Phase::Closed { failures: 0 },
            (Phase::HalfOpen { .. }, Finding::Answers) => {
                return Some(self.change(&mut circuit, Phase::Closed { failures: 0 }));
            }
            (Phase::HalfOpen { .. }, Finding::Nothing) => circuit.phase = Phase::HalfOpen { probing: false },
            (Phase::Closed { .. }, Finding::Nothing) | (Phase::Open { .. }, _) => {}
        }
        None
    }

    fn change(&self, circuit: &mut Circuit, phase: Phase) -> CircuitState {
        circuit.phase = phase;
        circuit.epoch += 1;
        let state = match phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::HalfOpen { .. } => CircuitState::HalfOpen,
            Phase::Open { .. } => CircuitState::Open,
        };
        self.metrics.show_circuit(gauge(state));
        state
    }
}

#[async_trait]
impl Layer for CircuitBreakerLayer {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let mut admission = self.admit(call).map_err(|wait| refusal(call, wait))?;
        let result = next.run(call).await;
        admission.finding = finding(&result);
        result
    }
}

/// Tells the circuit how the call ended, also when it was dropped.
struct Admission<'a> {
    breaker: &'a CircuitBreakerLayer,
    call: &'a Call<'a>,
    epoch: u64,
    finding: Finding,
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let plugin = self.call.plugin.name.as_str();
        match self.breaker.settle(self.epoch, self.finding) {
            Some(CircuitState::Open) => tracing::warn!(plugin, "circuit opened: the backend failed repeatedly"),
            Some(CircuitState::Closed) => tracing::info!(plugin, "circuit closed: the backend answers again"),
            Some(CircuitState::HalfOpen) | None => {}
        }
    }
}

fn finding(result: &Result<()>) -> Finding {
    let Err(error) = result else {
        return Finding::Answers;
    };
    match (error.kind(), error.fault()) {
        (ErrorKind::Timeout | ErrorKind::Unavailable | ErrorKind::Internal, Fault::Backend) => Finding::Fails,
        (ErrorKind::Timeout | ErrorKind::Unavailable, _) | (_, Fault::Gateway) => Finding::Nothing,
        _ => Finding::Answers,
    }
}

fn refusal(call: &Call<'_>, wait: Duration) -> Error {
    let message = format!(
        "plugin '{}' is not called for now, because it failed repeatedly",
        call.plugin.name
    );
    Error::new(ErrorKind::Unavailable, message)
        .with_retry(Retry::Safe)
        .with_retry_after(wait)
}

const fn gauge(state: CircuitState) -> u8 {
    match state {
        CircuitState::Closed => 0,
        CircuitState::HalfOpen => 1,
        CircuitState::Open => 2,
    }
}
