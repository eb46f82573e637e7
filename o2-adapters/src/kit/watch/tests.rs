//! Changes out of lists: none invented, none lost, and in no hurry when the backend fails.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures::FutureExt;
use futures::executor::block_on;
use o2_core::model::ChangeKind;
use o2_dms::{Deployment, DeploymentChange, DeploymentObject};
use o2_ims::{InventoryChange, InventoryObject, ResourcePool};
use o2_testkit::ManualClock;
use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// An object with an id and a state.
#[derive(Debug, Clone, PartialEq)]
struct Thing(String, u8);

impl Watched for Thing {
    fn object(&self) -> &'static str {
        "thing"
    }

    fn id(&self) -> &str {
        &self.0
    }
}

fn things(text: &str) -> Vec<Thing> {
    let one = |word: &str| {
        let (id, state) = word.split_at(1);
        Thing(id.to_owned(), state.parse().unwrap_or(0))
    };
    text.split_whitespace().map(one).collect()
}

fn words(events: &[Event<Thing>]) -> String {
    let words: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Created(thing) => format!("+{}{}", thing.0, thing.1),
            Event::Updated(before, after) => format!("{}{}>{}", before.0, before.1, after.1),
            Event::Deleted(thing) => format!("-{}{}", thing.0, thing.1),
        })
        .collect();
    words.join(" ")
}

#[test]
fn lists_become_changes() {
    for (misses, lists, changes) in [
        (
            1,
            &["a1 b1", "a1 b1", "b2 a1", "a1"][..],
            &["+a1 +b1", "", "b1>2", "-b2"][..],
        ),
        (1, &["a1", "~", "~b1", "b1"], &["+a1", "", "+b1", "-a1"]),
        (2, &["a1", "", "a1", "", "~", ""], &["+a1", "", "", "", "", "-a1"]),
        (2, &["a1", "", "", "a1"], &["+a1", "", "-a1", "+a1"]),
        (1, &["a1 a2"], &["+a1 a1>2"]),
    ] {
        let mut known = Known::new(misses);
        for (list, change) in lists.iter().zip(changes) {
            let listed = match list.strip_prefix('~') {
                Some(part) => Listed::partial(things(part)),
                None => Listed::complete(things(list)),
            };
            assert_eq!(words(&known.take(listed)), *change, "{lists:?} at {list:?}");
        }
    }
}

type State = BTreeMap<String, u8>;

fn apply(state: &mut State, events: Vec<Event<Thing>>) {
    for event in events {
        match event {
            Event::Created(thing) => assert_eq!(state.insert(thing.0, thing.1), None),
            Event::Updated(before, after) => assert_eq!(state.insert(after.0, after.1), Some(before.1)),
            Event::Deleted(thing) => assert_eq!(state.remove(&thing.0), Some(thing.1)),
        }
    }
}

proptest! {
    /// Who applies the changes has what the backend has after each complete list, and loses nothing by the others.
    #[test]
    fn changes_lead_to_the_last_list(lists in proptest::collection::vec((proptest::collection::btree_map("[a-f]", 0_u8..3, 0..6), any::<bool>()), 1..12)) {
        let (mut known, mut state) = (Known::new(1), State::new());
        for (list, complete) in lists {
            let objects = list.iter().map(|(id, value)| Thing(id.clone(), *value)).collect();
            let before = state.clone();
            apply(&mut state, known.take(Listed { objects, complete }));
            if complete {
                prop_assert_eq!(&state, &list);
            } else {
                prop_assert!(before.keys().all(|id| state.contains_key(id)));
                prop_assert!(list.iter().all(|(id, value)| state.get(id) == Some(value)));
            }
        }
    }
}

type Script = VecDeque<Result<Listed<Thing>>>;

/// A watch over a script; the last list is repeated without end. Says when lists were taken.
async fn watch(
    clock: &Arc<ManualClock>,
    script: impl IntoIterator<Item = Result<Listed<Thing>>>,
) -> (
    Result<BoxStream<'static, Result<Change<Thing>>>>,
    Arc<Mutex<Vec<Duration>>>,
) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let script: Mutex<Script> = Mutex::new(script.into_iter().collect());
    let list = {
        let (times, clock) = (Arc::clone(&times), Arc::clone(clock));
        move |_: Context| {
            times.lock().unwrap().push(clock.monotonic());
            let mut script = script.lock().unwrap();
            let next = if script.len() == 1 {
                Ok(script[0].as_ref().unwrap().clone())
            } else {
                script.pop_front().unwrap()
            };
            std::future::ready(next).boxed()
        }
    };
    let watch = PollingWatch::new(Arc::clone(clock) as Arc<dyn Clock>)
        .with_interval(SECOND * 10)
        .with_longest_wait(SECOND * 60);
    let context = Context::new("r").with_deadline(SECOND);
    (watch.start(&context, None, list).await, times)
}

fn all(text: &str) -> Result<Listed<Thing>> {
    Ok(Listed::complete(things(text)))
}

fn lost() -> Result<Listed<Thing>> {
    Err(Error::new(ErrorKind::Unavailable, "down"))
}

#[test]
fn only_what_changes_after_the_first_list_is_reported() {
    let clock = ManualClock::auto();
    block_on(async {
        let (stream, times) = watch(
            &clock,
            [all("a1 b1"), all("a1 b1"), all("a2 c1"), all("a2 c1"), all("a2")],
        )
        .await;
        let changes: Vec<_> = stream.unwrap().take(4).map(Result::unwrap).collect().await;
        let kinds: Vec<_> = changes
            .iter()
            .map(|change| (change.kind, change.object().unwrap().0.as_str()))
            .collect();
        let expected = [
            (ChangeKind::Updated, "a"),
            (ChangeKind::Created, "c"),
            (ChangeKind::Deleted, "b"),
            (ChangeKind::Deleted, "c"),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(
            (changes[0].before.clone(), changes[0].after.clone()),
            (Some(Thing("a".into(), 1)), Some(Thing("a".into(), 2)))
        );
        let marks: std::collections::BTreeSet<_> = changes.iter().map(|change| change.resume.clone()).collect();
        assert_eq!(marks.len(), 4);
        let times = times.lock().unwrap();
        for pair in times.windows(2) {
            let wait = pair[1] - pair[0];
            assert!(wait >= SECOND * 8 && wait <= SECOND * 10, "{wait:?}");
        }
    });
}

#[test]
fn while_the_backend_fails_nothing_is_reported_and_waits_grow() {
    let clock = ManualClock::auto();
    block_on(async {
        let script = [
            all("a1 b1"),
            lost(),
            lost(),
            lost(),
            lost(),
            Ok(Listed::partial(things("a1"))),
            all("a1"),
        ];
        let (stream, times) = watch(&clock, script).await;
        let change = stream.unwrap().next().await.unwrap().unwrap();
        assert_eq!(
            (change.kind, change.object().unwrap().0.as_str()),
            (ChangeKind::Deleted, "b")
        );
        let times = times.lock().unwrap();
        let waits: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        for (wait, (least, most)) in
            waits
                .iter()
                .zip([(8., 10.), (10., 20.), (20., 40.), (30., 60.), (30., 60.), (8., 10.)])
        {
            assert!((least..=most).contains(wait), "{waits:?}");
        }
        assert_eq!(waits.len(), 6);
    });
}

#[test]
fn a_failure_that_does_not_pass_ends_the_stream() {
    let clock = ManualClock::auto();
    block_on(async {
        let refused = Err(Error::new(ErrorKind::PermissionDenied, "no"));
        let (stream, _) = watch(&clock, [all("a1"), refused, all("")]).await;
        let items: Vec<_> = stream.unwrap().collect().await;
        let [Err(error)] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert!(error.is(ErrorKind::PermissionDenied));
    });
}

#[test]
fn it_does_not_begin_when_the_first_list_fails_or_a_mark_is_given() {
    let clock = ManualClock::auto();
    block_on(async {
        let (stream, _) = watch(&clock, [lost(), all("")]).await;
        assert!(stream.err().unwrap().is(ErrorKind::Unavailable));
        let watch = PollingWatch::new(clock.clone());
        let list = |_| std::future::ready(all("")).boxed();
        let error = watch
            .start(&Context::new("r"), Some("poll-1-1"), list)
            .await
            .err()
            .unwrap();
        assert!(error.is(ErrorKind::Conflict));
    });
}

#[test]
fn a_list_that_hangs_is_given_up_and_the_context_is_the_callers_without_its_deadline() {
    let clock = ManualClock::auto();
    block_on(async {
        let watch = PollingWatch::new(clock.clone()).with_limit(SECOND * 7);
        let context = Context::new("r").with_tenant("red".into()).with_deadline(SECOND);
        let hang = |context: Context| {
            assert_eq!(context.tenant().map(o2_core::TenantId::as_str), Some("red"));
            assert_eq!(context.deadline(), Some(SECOND * 7));
            std::future::pending::<Result<Listed<Thing>>>().boxed()
        };
        let error = watch.start(&context, None, hang).await.err().unwrap();
        assert!(error.is(ErrorKind::Timeout));
        assert_eq!(clock.monotonic(), SECOND * 7);
    });
}

#[test]
fn a_dropped_stream_leaves_nothing_behind() {
    let clock = ManualClock::new();
    let (stream, _) = block_on(watch(&clock, [all("a1")]));
    let mut stream = stream.unwrap();
    assert!(stream.next().now_or_never().is_none());
    assert_eq!(clock.sleepers(), 1);
    drop(stream);
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn inventories_and_deployments_are_watched_alike() {
    let clock = ManualClock::auto();
    let counter = Mutex::new(0);
    let pools = move |_| {
        let mut counter = counter.lock().unwrap();
        *counter += 1;
        let pool = |id: &str| InventoryObject::ResourcePool(Arc::new(ResourcePool::new(id, format!("pool {counter}"))));
        std::future::ready(Ok(Listed::complete(vec![pool("p1")]))).boxed()
    };
    let counter = Mutex::new(0);
    let deployments = move |_| {
        let mut counter = counter.lock().unwrap();
        *counter += 1;
        let deployment = |id: &str| DeploymentObject::Deployment(Arc::new(Deployment::new(id, "d", "p")));
        std::future::ready(Ok(Listed::complete(
            (0..*counter).map(|n: u32| deployment(&n.to_string())).collect(),
        )))
        .boxed()
    };
    block_on(async {
        let watch = PollingWatch::new(clock.clone());
        let context = Context::new("r");
        let mut inventory: BoxStream<'static, Result<InventoryChange>> =
            watch.clone().start(&context, None, pools).await.unwrap();
        let mut deployed: BoxStream<'static, Result<DeploymentChange>> =
            watch.start(&context, None, deployments).await.unwrap();
        let change = inventory.next().await.unwrap().unwrap();
        assert_eq!(
            (change.kind, change.object().unwrap().id()),
            (ChangeKind::Updated, "p1")
        );
        let change = deployed.next().await.unwrap().unwrap();
        assert_eq!((change.kind, change.object().unwrap().id()), (ChangeKind::Created, "1"));
    });
}
