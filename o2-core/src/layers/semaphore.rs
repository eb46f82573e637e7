//! A fair semaphore with a bounded queue. Needs no runtime; futures may be dropped at any await.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;

/// Hands out a fixed number of permits, in the order of the requests.
#[derive(Debug)]
pub(crate) struct Semaphore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    longest_queue: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Not more than zero while somebody waits: a returned permit goes to the first in the queue.
    free: usize,
    queue: VecDeque<oneshot::Sender<Permit>>,
}

/// The right to run. Goes back, or to whoever waits first, when dropped.
#[derive(Debug)]
pub(crate) struct Permit(Option<Arc<Shared>>);

/// The answer to a request for a permit.
#[derive(Debug)]
pub(crate) enum Request {
    /// There is one.
    Granted(Permit),
    /// It will come. Dropping the receiver gives the place in the queue up.
    Queued(oneshot::Receiver<Permit>),
    /// The queue is full.
    Refused,
}

impl Semaphore {
    pub(crate) fn new(permits: usize, longest_queue: usize) -> Self {
        Self(Arc::new(Shared {
            longest_queue,
            state: Mutex::new(State {
                free: permits,
                queue: VecDeque::new(),
            }),
        }))
    }

    pub(crate) fn request(&self) -> Request {
        let mut state = self.0.lock();
        if state.free > 0 {
            state.free -= 1;
            return Request::Granted(Permit(Some(Arc::clone(&self.0))));
        }
        if state.queue.len() >= self.0.longest_queue {
            state.queue.retain(|waiting| !waiting.is_canceled());
        }
        if state.queue.len() >= self.0.longest_queue {
            return Request::Refused;
        }
        let (sender, receiver) = oneshot::channel();
        state.queue.push_back(sender);
        Request::Queued(receiver)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first in the queue; a free permit when nobody waits.
    fn next_waiting(&self) -> Option<oneshot::Sender<Permit>> {
        let mut state = self.lock();
        let first = state.queue.pop_front();
        if first.is_none() {
            state.free += 1;
        }
        first
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        // Sending wakes the receiver, so it happens outside the lock. A permit whose receiver is gone comes back and is
        // emptied: were it dropped full, it would look for the next receiver by recursion.
        while let Some(waiting) = shared.next_waiting() {
            match waiting.send(Self(Some(Arc::clone(&shared)))) {
                Ok(()) => return,
                Err(mut returned) => returned.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn granted(request: Request) -> Permit {
        match request {
            Request::Granted(permit) => permit,
            other => panic!("{other:?}"),
        }
    }

    fn queued(request: Request) -> oneshot::Receiver<Permit> {
        match request {
            Request::Queued(receiver) => receiver,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn permits_go_to_those_who_wait_in_their_order() {
        let semaphore = Semaphore::new(1, 2);
        let first = granted(semaphore.request());
        let (mut second, mut third) = (queued(semaphore.request()), queued(semaphore.request()));
        assert!(matches!(semaphore.request(), Request::Refused));
        drop(first);
        assert!(third.try_recv().unwrap().is_none());
        let permit = second.try_recv().unwrap().unwrap();
        assert!(
            matches!(semaphore.request(), Request::Queued(_)),
            "a newcomer does not overtake"
        );
        drop(permit);
        drop(third.try_recv().unwrap().unwrap());
        granted(semaphore.request());
    }

    #[test]
    fn a_waiter_that_gives_up_costs_neither_place_nor_permit() {
        let semaphore = Semaphore::new(1, 2);
        let first = granted(semaphore.request());
        drop(queued(semaphore.request()));
        drop(queued(semaphore.request()));
        let third = queued(semaphore.request());
        let mut fourth = queued(semaphore.request());
        drop(first);
        drop(third);
        drop(
            fourth
                .try_recv()
                .unwrap()
                .expect("the permit sent to the third goes on to the fourth"),
        );
        granted(semaphore.request());
        assert_eq!(Arc::strong_count(&semaphore.0), 1);
    }

    #[test]
    fn a_long_queue_of_those_who_gave_up_is_skipped() {
        let semaphore = Semaphore::new(1, 100_000);
        let first = granted(semaphore.request());
        let queue: Vec<_> = (0..100_000).map(|_| semaphore.request()).collect();
        drop(queue);
        drop(first);
        granted(semaphore.request());
    }

    /// What somebody who wants a permit does next.
    #[derive(Debug, Clone, Copy)]
    enum Move {
        Ask,
        /// Gives the permit or the place in the queue of one of those who asked back.
        Leave(usize),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let one = prop_oneof![Just(Move::Ask), (0..8_usize).prop_map(Move::Leave)];
        proptest::collection::vec(one, 0..64)
    }

    proptest! {
        #[test]
        fn no_permit_is_lost_or_doubled(moves in moves()) {
            let semaphore = Semaphore::new(3, 4);
            let mut clients = Vec::new();
            for next in moves {
                match next {
                    Move::Ask => clients.push(semaphore.request()),
                    Move::Leave(index) if index < clients.len() => drop(clients.remove(index)),
                    Move::Leave(_) => {}
                }
                clients.retain(|client| !matches!(client, Request::Refused));
                for client in &mut clients {
                    if let Request::Queued(turn) = client
                        && let Ok(Some(permit)) = turn.try_recv()
                    {
                        *client = Request::Granted(permit);
                    }
                }
                let running = clients.iter().take_while(|client| matches!(client, Request::Granted(_))).count();
                prop_assert_eq!(running, clients.len().min(3), "the first three run, the others wait");
                prop_assert!(clients.len() <= 7);
            }
            clients.clear();
            let all: Vec<_> = (0..3).map(|_| granted(semaphore.request())).collect();
            prop_assert_eq!(all.len(), 3);
        }
    }
}
