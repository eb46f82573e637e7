//! What servers answer seldom, and what the store makes of it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use o2_adapters::store::redis::{Address, RedisOptions, Servers};
use o2_core::ErrorKind;
use o2_core::store::{Revision, Store};

use super::fake::{Fake, HANG_UP, bulk, role, usual};
use super::{create, store};

/// So long a call may take in these tests.
const TIMEOUT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn what_the_server_answers_becomes_the_right_error() {
    for (answer, kind) in [
        (
            "-LOADING Redis is loading the dataset in memory",
            ErrorKind::Unavailable,
        ),
        ("-MASTERDOWN Link with MASTER is down", ErrorKind::Unavailable),
        (
            "-READONLY You can't write against a read only replica.",
            ErrorKind::Unavailable,
        ),
        ("-NOREPLICAS Not enough good replicas to write.", ErrorKind::Unavailable),
        ("-CLUSTERDOWN The cluster is down", ErrorKind::Unavailable),
        (
            "-TRYAGAIN Multiple keys request during rehashing",
            ErrorKind::Unavailable,
        ),
        ("-MISCONF Redis is configured to save snapshots", ErrorKind::Unavailable),
        ("-BUSY Redis is busy running a script", ErrorKind::Unavailable),
        (
            "-OOM command not allowed when used memory > 'maxmemory'.",
            ErrorKind::QuotaExceeded,
        ),
        ("-NOAUTH Authentication required.", ErrorKind::Config),
        ("-NOPERM this user has no permissions", ErrorKind::Config),
        ("-MOVED 3999 127.0.0.1:6381", ErrorKind::Config),
        ("-WRONGTYPE Operation against a key", ErrorKind::Internal),
        ("-ERR something else", ErrorKind::Internal),
        ("+OK", ErrorKind::Unavailable),
        ("HTTP/1.1 400 Bad Request", ErrorKind::Unavailable),
    ] {
        let fake = Fake::new().await;
        let store = store(fake.options().with_timeout(TIMEOUT));
        let answers = |words: &[String]| match words[0].as_str() {
            "EVALSHA" => format!("{answer}\r\n"),
            _ => usual(words),
        };
        let error = fake.during(answers, store.commit(create("k"))).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn errors_of_commands_that_are_sent_together_are_told_apart_too() {
    for (answer, kind) in [
        ("-NOREPLICAS Not enough good replicas to write.", ErrorKind::Unavailable),
        (
            "-READONLY You can't write against a read only replica.",
            ErrorKind::Unavailable,
        ),
        ("-OOM command not allowed", ErrorKind::QuotaExceeded),
        ("-NOPERM this user has no permissions", ErrorKind::Config),
    ] {
        let fake = Fake::new().await;
        let options = fake.options().with_timeout(TIMEOUT);
        let store = store(options.with_wait_replicas(1, Duration::from_millis(50)));
        let answers = |words: &[String]| match words[0].as_str() {
            "SET" => format!("{answer}\r\n"),
            "WAIT" => ":1\r\n".to_owned(),
            _ => usual(words),
        };
        let error = fake.during(answers, store.commit(create("k"))).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_loading_is_waited_for() {
    let fake = Fake::new().await;
    let store = store(fake.options());
    let left = Cell::new(3);
    let answers = |words: &[String]| match left.get() {
        0 => usual(words),
        some => {
            left.set(some - 1);
            "-LOADING Redis is loading the dataset in memory\r\n".to_owned()
        }
    };
    assert_eq!(
        fake.during(answers, store.commit(create("k"))).await.unwrap(),
        Revision(7)
    );
    assert_eq!(fake.connections(), 4);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_with_the_id_of_the_same_batch() {
    let fake = Fake::new().await;
    let store = store(fake.options());
    let sent = RefCell::new(Vec::new());
    let answers = |words: &[String]| {
        if words[0] != "EVALSHA" {
            return usual(words);
        }
        let keys: usize = words[2].parse().unwrap();
        sent.borrow_mut().push(words[3 + keys].clone());
        match sent.borrow().len() {
            1 => HANG_UP.to_owned(),
            _ => usual(words),
        }
    };
    fake.during(answers, async {
        store.commit(create("k")).await.unwrap();
        store.commit(create("l")).await.unwrap();
    })
    .await;
    let sent = sent.into_inner();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert_eq!(sent[0], sent[1]);
    assert_ne!(sent[1], sent[2]);
}

#[tokio::test]
async fn unfit_servers_are_refused_with_a_reason() {
    type Answer = fn(&[String]) -> Option<String>;
    let cases: [(Answer, ErrorKind, &str); 5] = [
        (
            |words| (words[0] == "ROLE").then(|| role("slave")),
            ErrorKind::Unavailable,
            "replica",
        ),
        (
            |words| (words[0] == "INFO").then(|| bulk("redis_version:6.2.7\r\n")),
            ErrorKind::Config,
            "6.2.7",
        ),
        (
            |words| (words[0] == "INFO").then(|| bulk("nothing")),
            ErrorKind::Config,
            "unknown",
        ),
        (
            |words| {
                let policy = format!("*2\r\n{}{}", bulk("maxmemory-policy"), bulk("allkeys-random"));
                (words[0] == "CONFIG").then_some(policy)
            },
            ErrorKind::Config,
            "allkeys-random",
        ),
        (
            |words| (words[0] == "SELECT").then(|| "-ERR DB index is out of range\r\n".to_owned()),
            ErrorKind::Config,
            "out of range",
        ),
    ];
    for (answer, kind, reason) in cases {
        let fake = Fake::new().await;
        let mut options = fake.options();
        options.database = 9;
        let store = store(options);
        let answers = |words: &[String]| match words[0].as_str() {
            "SELECT" => answer(words).unwrap_or_else(|| "+OK\r\n".to_owned()),
            _ => answer(words).unwrap_or_else(|| usual(words)),
        };
        let error = fake.during(answers, store.check()).await.unwrap_err();
        assert!(error.is(kind), "{reason}: {error:?}");
        assert!(error.detail().unwrap().contains(reason), "{reason}: {error:?}");
    }
}

#[tokio::test]
async fn a_hidden_configuration_is_no_reason_to_refuse() {
    for hidden in [
        "-ERR unknown command 'CONFIG'\r\n",
        "-NOPERM this user has no permissions\r\n",
    ] {
        let fake = Fake::new().await;
        let store = store(fake.options());
        let answers = |words: &[String]| match words[0].as_str() {
            "CONFIG" => hidden.to_owned(),
            _ => usual(words),
        };
        fake.during(answers, store.check()).await.unwrap();
    }
}

#[tokio::test]
async fn a_silent_server_is_a_timeout() {
    let fake = Fake::new().await;
    let store = store(
        fake.options()
            .with_timeout(TIMEOUT * 2)
            .with_answer_timeout(TIMEOUT / 3),
    );
    let answers = |words: &[String]| match words[0].as_str() {
        // The length of an answer, and nothing more.
        "HGET" => "$100\r\n".to_owned(),
        _ => usual(words),
    };
    let error = fake.during(answers, store.get("k")).await.unwrap_err();
    assert!(error.is(ErrorKind::Timeout), "{error:?}");
}

fn sentinels(ports: &[u16]) -> RedisOptions {
    let addresses = ports.iter().map(|&port| Address::new("127.0.0.1", port)).collect();
    let service = "main".to_owned();
    RedisOptions::new(Servers::Sentinels { addresses, service }).with_wait_replicas(0, Duration::ZERO)
}

fn names(port: u16) -> impl Fn(&[String]) -> String {
    move |_| format!("*2\r\n{}{}", bulk("127.0.0.1"), bulk(&port.to_string()))
}

#[tokio::test]
async fn a_sentinel_of_yesterday_does_not_count() {
    let [stale, fresh, replica, primary] = [
        Fake::new().await,
        Fake::new().await,
        Fake::new().await,
        Fake::new().await,
    ];
    let store = store(sentinels(&[stale.port, fresh.port]));
    let slave = |words: &[String]| match words[0].as_str() {
        "ROLE" => role("slave"),
        _ => usual(words),
    };
    let test = primary.during(usual, store.commit(create("k")));
    let test = replica.during(slave, test);
    let test = fresh.during(names(primary.port), stale.during(names(replica.port), test));
    test.await.unwrap();
    assert_eq!(primary.connections(), 1);
}

#[tokio::test]
async fn a_service_that_no_sentinel_knows_is_a_mistake_in_the_configuration() {
    let sentinel = Fake::new().await;
    // Nobody listens on the second port any more.
    let gone = Fake::new().await.port;
    let store = store(sentinels(&[sentinel.port, gone]));
    let nobody = |_: &[String]| "*-1\r\n".to_owned();
    let error = sentinel.during(nobody, store.check()).await.unwrap_err();
    assert!(error.is(ErrorKind::Config), "{error:?}");
    assert!(error.detail().unwrap().contains("'main'"), "{error:?}");
}
