//! One thing for each release at a time, which goes on when its caller is gone.

use futures::executor::block_on;
use futures::future::poll_fn;
use o2_core::ErrorKind;
use o2_testkit::ManualClock;

use super::*;

fn target() -> Target {
    Target {
        namespace: "edge".into(),
        name: "demo".into(),
    }
}

/// Is ready when it has been looked at so often.
async fn looks(mut times: u32) {
    poll_fn(|task| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn one_has_the_right_at_a_time() {
    let (works, clock) = (Arc::new(Works::default()), ManualClock::auto());
    let claim = block_on(works.claim(&target(), &*clock)).unwrap();
    let refused = block_on(works.claim(&target(), &*clock)).unwrap_err();
    assert!(refused.is(ErrorKind::Conflict), "{refused:?}");
    drop(claim);
    let claim = block_on(works.claim(&target(), &*clock)).unwrap();
    let done = works.begin(claim, |mut acceptance| async move { acceptance.say(Ok(7)) }.boxed());
    assert_eq!(block_on(done).unwrap(), 7);
    block_on(works.claim(&target(), &*clock)).unwrap();
}

#[test]
fn work_without_words_is_a_mistake_of_ours() {
    let (works, clock) = (Arc::new(Works::default()), ManualClock::auto());
    let claim = block_on(works.claim(&target(), &*clock)).unwrap();
    let lost = works.begin(claim, |_: Acceptance<()>| async {}.boxed());
    assert!(block_on(lost).unwrap_err().is(ErrorKind::Internal));
}

#[test]
fn what_a_caller_has_left_behind_is_brought_to_where_it_shows() {
    let (works, clock) = (Arc::new(Works::default()), ManualClock::auto());
    let claim = block_on(works.claim(&target(), &*clock)).unwrap();
    let shows = Arc::new(AtomicBool::new(false));
    let shown = Arc::clone(&shows);
    let work = move |mut acceptance: Acceptance<()>| {
        async move {
            looks(20).await;
            shown.store(true, Ordering::SeqCst);
            acceptance.say(Ok(()));
            // The program goes on for a while.
            looks(20).await;
            acceptance.ends();
            looks(20).await;
        }
        .boxed()
    };
    let mut call = Box::pin(works.begin(claim, work));
    assert!((&mut call).now_or_never().is_none());
    drop(call);
    assert!(!shows.load(Ordering::SeqCst));
    block_on(works.catch_up(&*clock));
    assert!(shows.load(Ordering::SeqCst));
    // While the program is at work, nobody waits for it, and nobody else has the right.
    let refused = block_on(works.claim(&target(), &*clock)).unwrap_err();
    assert!(refused.is(ErrorKind::Conflict), "{refused:?}");
    for _ in 0..20 {
        works.drive();
    }
    // What comes after it is waited for.
    block_on(works.claim(&target(), &*clock)).unwrap();
}

#[test]
fn who_finishes_waits_for_all() {
    let (works, clock) = (Arc::new(Works::default()), ManualClock::auto());
    let claim = block_on(works.claim(&target(), &*clock)).unwrap();
    let work = |mut acceptance: Acceptance<()>| {
        async move {
            acceptance.say(Ok(()));
            looks(50).await;
        }
        .boxed()
    };
    block_on(works.begin(claim, work)).unwrap();
    assert_eq!(works.running().len(), 1);
    block_on(works.finish());
    assert!(works.running().is_empty());
}
