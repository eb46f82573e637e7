//! [`Part`]: a list that the credentials may not permit, and without which the others are still worth showing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use o2_core::{ErrorKind, Result};

/// What one call lists. While it is not permitted, what was seen before stays: nobody has said that it is gone.
#[derive(Debug)]
pub(super) struct Part<T> {
    /// The call, as policies name it.
    action: &'static str,
    state: Mutex<State<T>>,
}

#[derive(Debug, Default)]
struct State<T> {
    denied: bool,
    last: Arc<T>,
}

impl<T: Default> Part<T> {
    pub(super) fn new(action: &'static str) -> Self {
        Self {
            action,
            state: Mutex::default(),
        }
    }

    /// What the call answered, or what it answered last when it is not permitted any more.
    pub(super) fn take(&self, region: &str, answer: Result<T>) -> Result<Arc<T>> {
        let mut state = self.state();
        match answer {
            Err(error) if error.is(ErrorKind::PermissionDenied) => {
                if !state.denied {
                    let action = self.action;
                    tracing::warn!(
                        action,
                        region,
                        "the credentials do not permit a call; what it lists is left out"
                    );
                }
                state.denied = true;
            }
            answer => {
                state.last = Arc::new(answer?);
                state.denied = false;
            }
        }
        Ok(Arc::clone(&state.last))
    }

    /// The call, if it was not permitted when it was last made.
    pub(super) fn denied(&self) -> Option<&'static str> {
        self.state().denied.then_some(self.action)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use o2_core::Error;

    use super::*;

    #[test]
    fn what_was_seen_stays_while_it_may_not_be_seen() {
        let part = Part::new("ec2:DescribeVolumes");
        let answer = |kind| Err(Error::new(kind, "no"));
        let take = |answer| part.take("eu-west-1", answer).map(|seen: Arc<Vec<u8>>| seen.to_vec());
        assert_eq!(take(answer(ErrorKind::PermissionDenied)).unwrap(), Vec::<u8>::new());
        assert_eq!((take(Ok(vec![1])).unwrap(), part.denied()), (vec![1], None));
        assert_eq!(take(answer(ErrorKind::PermissionDenied)).unwrap(), vec![1]);
        assert_eq!(part.denied(), Some("ec2:DescribeVolumes"));
        assert!(take(answer(ErrorKind::Unavailable)).is_err());
        assert_eq!((take(Ok(vec![])).unwrap(), part.denied()), (vec![], None));
    }
}
