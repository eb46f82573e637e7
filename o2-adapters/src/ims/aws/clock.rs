//! [`Skew`]: how far the clock of AWS is from ours. Signatures that are minutes off are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::HeaderMap;
use http::header::DATE;
use o2_core::Timestamp;
use o2_core::ports::Clock;

/// Less than this is no reason for a refusal, and not worth correcting.
const TOLERATED: i64 = 60;

/// What is to be added to our time, in seconds, as refusals show it.
#[derive(Debug)]
pub(super) struct Skew {
    clock: Arc<dyn Clock>,
    seconds: AtomicI64,
}

impl Skew {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            seconds: AtomicI64::new(0),
        }
    }

    /// The time as AWS has it.
    pub(super) fn now(&self) -> Timestamp {
        let seconds = self.clock.now().unix_seconds();
        Timestamp::from_unix_seconds(seconds.saturating_add(self.seconds.load(Ordering::Relaxed)))
    }

    /// Looks at the time of a refusal; what follows is signed with it.
    pub(super) fn learn(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let Some(theirs) = date.and_then(Timestamp::parse_http_date) else {
            return;
        };
        let apart = theirs.unix_seconds().saturating_sub(self.clock.now().unix_seconds());
        let apart = if apart.abs() < TOLERATED { 0 } else { apart };
        if self.seconds.swap(apart, Ordering::Relaxed) != apart && apart != 0 {
            tracing::warn!(
                seconds = apart,
                "our clock differs from that of AWS; requests are signed with theirs"
            );
        }
    }
}
