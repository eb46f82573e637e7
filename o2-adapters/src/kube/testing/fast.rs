//! [`FastClock`]: real time, but shorter.

use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::Timestamp;
use o2_core::ports::Clock;

use crate::rt::TokioClock;

/// How many times faster it goes.
const TIMES: u32 = 10;

/// Waits a tenth of what is to be waited, for tests on servers that really run and answer fast enough. Both clocks go so much
/// faster from its beginning on: what controllers write is seldom more exact than a second.
#[derive(Debug)]
pub(crate) struct FastClock {
    real: TokioClock,
    begun: (Timestamp, Duration),
}

impl FastClock {
    pub(crate) fn new() -> Self {
        let real = TokioClock::new();
        Self {
            begun: (real.now(), real.monotonic()),
            real,
        }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let (begun, at) = self.begun;
        begun.plus((self.real.monotonic() - at) * TIMES)
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic() * TIMES
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.real.sleep(duration / TIMES)
    }
}
