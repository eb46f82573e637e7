//! [`FastClock`]: real time, but shorter.

use std::time::Duration;

use futures::future::BoxFuture;
use o2_core::Timestamp;
use o2_core::ports::Clock;

use crate::rt::TokioClock;

/// How many times faster it goes.
const TIMES: u32 = 10;

/// Waits a tenth of what is to be waited, for tests on servers that really run and answer fast enough. The wall clock shows the
/// time that those show.
#[derive(Debug, Default)]
pub(crate) struct FastClock(TokioClock);

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic() * TIMES
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration / TIMES)
    }
}
