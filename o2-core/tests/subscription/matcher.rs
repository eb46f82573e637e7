//! The matcher follows the store: what it answers is what the store had at the generation it names.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, pending, select};
use futures::{FutureExt, pin_mut};
use o2_core::event::{ChangeEvent, EventKind, Subject};
use o2_core::model::Change;
use o2_core::outbox::{GENERATION, Matched};
use o2_core::ports::Clock;
use o2_core::store::{Batch, Condition, MemoryStore, Revision, Store};
use o2_core::subscription::{Matcher, NewSubscription, Subjects, SubscriptionId};
use o2_core::{Context, ErrorKind, Model, PluginId, Timestamp};
use o2_testkit::ManualClock;
use o2_testkit::fixtures::ims;
use serde_json::json;

use super::{World, act, good, id, now, subscribe, to, world};

const PATIENCE: Duration = Duration::from_secs(5);

fn subjects() -> Subjects {
    of(Subjects::new(), &ims::resource_pool("p"))
}

fn of<T: Model>(subjects: Subjects, _: &T) -> Subjects {
    subjects.with::<T>()
}

fn matcher(world: &World) -> Matcher {
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    Matcher::new(Arc::clone(&world.store) as Arc<dyn Store>, clock, subjects())
}

fn pool(name: &str) -> ChangeEvent {
    let pool: Arc<dyn Subject> = Arc::new(ims::resource_pool(name));
    let change = Change::created(pool, Timestamp::UNIX_EPOCH, "");
    ChangeEvent::of(PluginId::new("p"), EventKind::Created, change)
}

fn heard(world: &World, matched: &Matched) -> Vec<String> {
    let find = |id| now(world.subscriptions.find(id)).unwrap().unwrap().callback.clone();
    let mut callbacks: Vec<_> = matched.subscriptions.iter().map(find).collect();
    callbacks.sort();
    callbacks
}

/// Holds as long as the subscriptions are those that were asked.
fn unchanged(matched: &Matched) -> Condition {
    Condition::still(GENERATION, matched.generation)
}

/// Lets the matcher follow for as long as there is something to follow.
fn catch_up(matcher: &Matcher) {
    assert!(matcher.follow(pending()).now_or_never().is_none());
}

#[test]
fn what_comes_changes_and_goes_is_known() {
    let world = world();
    let mut body = to("one");
    body["filter"] = json!({"resourcePoolId": "p1"});
    let one = subscribe(&world.client, &body);
    let matcher = matcher(&world);
    now(matcher.load()).unwrap();
    let check = |expected: &[&str]| {
        catch_up(&matcher);
        assert_eq!(heard(&world, &matcher.matching(&pool("p1"))), expected);
    };
    check(&["https://one/notify"]);
    assert_eq!(heard(&world, &matcher.matching(&pool("p2"))), Vec::<String>::new());
    let two = subscribe(&world.client, &to("two"));
    check(&["https://one/notify", "https://two/notify"]);
    good(&act(&world.client, &format!("{two}/pause")));
    check(&["https://one/notify"]);
    good(&act(&world.client, &format!("{two}/resume")));
    check(&["https://one/notify", "https://two/notify"]);
    now(world.subscriptions.disable(&SubscriptionId::new(id(&two)), "gone")).unwrap();
    good(&world.client.patch(&one, &json!({"filter": {"resourcePoolId": "p2"}})));
    check(&[]);
    assert_eq!(heard(&world, &matcher.matching(&pool("p2"))), ["https://one/notify"]);
    good(&world.client.delete(&one));
    check(&[]);
    assert!(matcher.matching(&pool("p2")).subscriptions.is_empty());
}

#[test]
fn a_commit_fails_while_the_matcher_does_not_know_all_subscriptions() {
    let world = world();
    let matcher = matcher(&world);
    let commit = |matched: &Matched| {
        let batch = Batch::new().when(unchanged(matched)).put("event/1", "x");
        now(world.store.commit(batch))
    };
    let before = matcher.matching(&pool("p1"));
    assert_eq!(before.generation, None);
    commit(&before).unwrap();
    let path = subscribe(&world.client, &to("one"));
    let error = commit(&before).unwrap_err();
    assert!(error.is(ErrorKind::PreconditionFailed));
    catch_up(&matcher);
    let after = matcher.matching(&pool("p1"));
    assert_eq!(heard(&world, &after), ["https://one/notify"]);
    commit(&after).unwrap();
    good(&world.client.delete(&path));
    commit(&after).unwrap_err();
    catch_up(&matcher);
    let gone = matcher.matching(&pool("p1"));
    assert!(gone.subscriptions.is_empty() && gone.generation > after.generation);
    commit(&gone).unwrap();
}

#[test]
fn waiting_ends_when_something_new_is_known() {
    let world = world();
    let matcher = matcher(&world);
    now(matcher.load()).unwrap();
    let follow = matcher.follow(pending());
    let wait = matcher.caught_up(None, PATIENCE);
    pin_mut!(follow, wait);
    assert!(select(&mut follow, &mut wait).now_or_never().is_none());
    subscribe(&world.client, &to("one"));
    assert!(
        select(&mut follow, &mut wait).now_or_never().is_some(),
        "it is woken by what is followed"
    );
    let known = matcher.matching(&pool("p1")).generation;
    now(matcher.caught_up(None, PATIENCE)).unwrap();

    // Nobody follows: the wait ends by itself.
    let in_vain = matcher.caught_up(known, PATIENCE);
    pin_mut!(in_vain);
    assert!((&mut in_vain).now_or_never().is_none());
    world.clock.advance(PATIENCE);
    let error = in_vain.now_or_never().unwrap().unwrap_err();
    assert!(error.is(ErrorKind::Timeout));
}

#[test]
fn who_was_too_slow_reads_everything_again() {
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::with_feed_capacity(Arc::clone(&clock) as Arc<dyn Clock>, 4));
    let world = super::world_on(clock, store, |subscriptions| subscriptions);
    let matcher = matcher(&world);
    now(matcher.load()).unwrap();
    for number in 0..20 {
        subscribe(&world.client, &to(&format!("h{number}")));
    }
    let follow = matcher.follow(pending());
    pin_mut!(follow);
    assert!((&mut follow).now_or_never().is_none());
    assert_eq!(
        matcher.matching(&pool("p1")).subscriptions.len(),
        0,
        "it waits before it tries again"
    );
    world.clock.advance(Duration::from_secs(1));
    assert!((&mut follow).now_or_never().is_none());
    let matched = matcher.matching(&pool("p1"));
    assert_eq!(matched.subscriptions.len(), 20);
    assert_eq!(matched.generation, Some(now(world.store.revision()).unwrap()));
}

#[test]
fn what_is_not_understood_hears_nothing_and_harms_nobody() {
    let world = world();
    let mut body = to("strange");
    body["filter"] = json!("(eq,nothing,x)");
    subscribe(&world.client, &body);
    let batch = Batch::new()
        .put("subscription/broken", "{")
        .put("subscription%generation", "");
    now(world.store.commit(batch)).unwrap();
    subscribe(&world.client, &to("good"));
    let matcher = matcher(&world);
    now(matcher.load()).unwrap();
    assert_eq!(heard(&world, &matcher.matching(&pool("p1"))), ["https://good/notify"]);
}

#[test]
fn following_ends_with_the_shutdown() {
    let world = world();
    let matcher = matcher(&world);
    let (stop, stopped) = futures::channel::oneshot::channel::<()>();
    let follow = matcher.follow(stopped.map(drop));
    pin_mut!(follow);
    assert!((&mut follow).now_or_never().is_none());
    stop.send(()).unwrap();
    assert!(follow.now_or_never().is_some());
}

/// Subscriptions come and go while events are committed: every event reaches exactly those that were there then.
#[tokio::test]
async fn no_event_is_missed_and_none_is_told_too_often() {
    let world = world();
    let matcher = matcher(&world);
    matcher.load().await.unwrap();
    let context = Context::new("r");
    let subscribers = async {
        for number in 0..50 {
            let new = NewSubscription::to(format!("https://h{number}/"));
            world.subscriptions.create(&context, new).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let publisher = async {
        let mut told = Vec::new();
        for number in 0..50 {
            loop {
                let matched = matcher.matching(&pool("p1"));
                let key = format!("event/{number:02}");
                let batch = Batch::new().when(unchanged(&matched)).put(key, "x");
                match world.store.commit(batch).await {
                    Ok(revision) => break told.push((revision, matched.subscriptions.len())),
                    Err(_) => matcher.caught_up(matched.generation, PATIENCE).await.unwrap(),
                }
            }
            tokio::task::yield_now().await;
        }
        told
    };
    let (stop, stopped) = futures::channel::oneshot::channel::<()>();
    let follow = matcher.follow(stopped.map(drop));
    let work = async {
        let (told, ()) = join(publisher, subscribers).await;
        stop.send(()).unwrap();
        told
    };
    let (told, ()) = join(work, follow).await;
    let changes: Vec<_> = {
        use futures::StreamExt;
        let all = world.store.changes("subscription/", Revision(0)).take(50);
        all.map(|commit| commit.unwrap().revision).collect().await
    };
    for (revision, count) in told {
        let there = changes.iter().filter(|change| **change < revision).count();
        assert_eq!(count, there, "at {revision}");
    }
}
