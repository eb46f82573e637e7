//! One server, and what may happen to it.

use std::time::Duration;

use futures::StreamExt;
use o2_adapters::store::redis::Credentials;
use o2_core::ports::Secret;
use o2_core::store::{Batch, Condition, Revision, Store};
use o2_core::{ErrorKind, Fault};

use super::server::Server;
use super::{create, fresh_name, pause, store};

/// So long a call may take in these tests.
const TIMEOUT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_unavailable_until_it_is_there() {
    let Some(mut server) = Server::start("down at start", &[]).await else {
        return;
    };
    server.kill();
    let store = store(server.options().with_timeout(TIMEOUT));
    let error = store.check().await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    assert_eq!(error.fault(), Fault::Backend);
    let detail = error.detail().unwrap();
    assert!(detail.contains(&format!("127.0.0.1:{}", server.port)), "{detail}");
    let error = store.commit(create("k")).await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");

    let _again = Server::start_at(server.port, "down at start", &[]).await.unwrap();
    store.check().await.unwrap();
    store.commit(create("k")).await.unwrap();
}

#[tokio::test]
async fn a_server_that_comes_back_in_time_is_waited_for() {
    let Some(mut server) = Server::start("restart", &[]).await else {
        return;
    };
    let store = store(server.options());
    store.commit(create("before")).await.unwrap();
    let port = server.port;
    server.kill();
    let restart = async {
        pause(Duration::from_millis(300)).await;
        Server::start_at(port, "restart", &[]).await.unwrap()
    };
    let (committed, _again) = futures::join!(store.commit(create("after")), restart);
    committed.unwrap();
    assert!(store.get("after").await.unwrap().is_some());
}

#[tokio::test]
async fn a_feed_survives_a_restart_only_with_its_data() {
    let Some(mut server) = Server::start("feed", &[]).await else {
        return;
    };
    let store = store(server.options());
    let first = store.commit(create("a")).await.unwrap();
    let mut feed = store.changes("", Revision::default());
    assert_eq!(feed.next().await.unwrap().unwrap().revision, first);
    server.kill();
    let restart = Server::start_at(server.port, "feed", &[]);
    let (next, _again) = futures::join!(feed.next(), restart);
    let error = next.unwrap().unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error:?}");
    assert!(feed.next().await.is_none());
}

#[tokio::test]
async fn revisions_and_tokens_rise_though_the_data_is_lost() {
    let Some(server) = Server::start("loss", &[]).await else {
        return;
    };
    let store = store(server.options());
    let ttl = Duration::from_secs(60);
    let revision = store.commit(create("a")).await.unwrap();
    let lease = store.acquire("shard", "a", ttl).await.unwrap().unwrap();
    server.ask(&["FLUSHALL"]).await;
    assert_eq!(store.revision().await.unwrap(), Revision::default());
    assert!(store.commit(create("a")).await.unwrap() > revision);
    assert!(store.acquire("shard", "a", ttl).await.unwrap().unwrap().token > lease.token);
}

#[tokio::test]
async fn flushed_scripts_are_brought_again() {
    let Some(server) = Server::start("script flush", &[]).await else {
        return;
    };
    let store = store(server.options());
    for key in ["a", "b"] {
        store.commit(create(key)).await.unwrap();
        server.ask(&["SCRIPT", "FLUSH"]).await;
    }
    assert_eq!(store.scan("", None, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_full_server_takes_no_more_and_loses_nothing() {
    let Some(server) = Server::start("full memory", &[]).await else {
        return;
    };
    let store = store(server.options());
    let kept = store.commit(create("kept")).await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1mb"]).await;
    let error = store.commit(create("more")).await.unwrap_err();
    assert!(error.is(ErrorKind::QuotaExceeded), "{error:?}");
    assert_eq!(error.fault(), Fault::Backend);
    assert_eq!(store.revision().await.unwrap(), kept);
    assert_eq!(store.get("kept").await.unwrap().unwrap().revision, kept);
    // What makes room is allowed.
    store.commit(Batch::new().delete("kept")).await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    store.commit(create("more")).await.unwrap();
}

#[tokio::test]
async fn a_server_that_would_evict_is_refused() {
    let Some(server) = Server::start("eviction", &["--maxmemory-policy", "allkeys-lru"]).await else {
        return;
    };
    let store = store(server.options());
    for result in [store.check().await, store.commit(create("k")).await.map(drop)] {
        let error = result.unwrap_err();
        assert!(error.is(ErrorKind::Config), "{error:?}");
        assert!(error.message().contains("noeviction"), "{error}");
    }
    server.ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await;
    store.commit(create("k")).await.unwrap();
}

#[tokio::test]
async fn data_of_others_is_left_alone() {
    let Some(server) = Server::start("foreign data", &[]).await else {
        return;
    };
    let store = store(server.options());
    for key in ["index", "values", "feed"] {
        let key = format!("{{o2:default}}:{key}");
        server.ask(&["SET", &key, "foreign"]).await;
        let error = store.commit(create("k")).await.unwrap_err();
        assert!(error.is(ErrorKind::Internal), "{key}: {error:?}");
        assert_eq!(store.revision().await.unwrap(), Revision::default(), "{key}");
        server.ask(&["DEL", &key]).await;
        assert_eq!(server.ask(&["DBSIZE"]).await, "0", "{key}");
    }
}

#[tokio::test]
async fn a_password_is_shown_to_the_server_and_to_nobody_else() {
    let Some(server) = Server::start("password", &["--requirepass", "hunter2"]).await else {
        return;
    };
    let url = |credentials: &str| format!("redis://{credentials}127.0.0.1:{}", server.port);
    let options = |credentials| o2_adapters::store::redis::RedisOptions::from_url(&url(credentials)).unwrap();
    let right = store(options(":hunter2@"));
    right.commit(create("k")).await.unwrap();
    assert!(!format!("{right:?}").contains("hunter"), "{right:?}");
    for credentials in [":hunter3@", "user:hunter3@", ""] {
        let error = store(options(credentials)).check().await.unwrap_err();
        assert!(error.is(ErrorKind::Config), "{credentials}: {error:?}");
        assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
    }
}

#[tokio::test]
async fn a_replica_is_no_place_for_a_store() {
    let Some(primary) = Server::start("replica", &[]).await else {
        return;
    };
    let of = ["--replicaof", "127.0.0.1", &primary.port.to_string()];
    let replica = Server::start("replica", &of).await.unwrap();
    let error = store(replica.options()).check().await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    assert!(error.detail().unwrap().contains("is a replica"), "{error:?}");
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica_is_written_to_no_more() {
    let Some(old) = Server::start("demotion", &[]).await else {
        return;
    };
    let new = Server::start("demotion", &[]).await.unwrap();
    let store = store(old.options().with_timeout(TIMEOUT));
    store.commit(create("k")).await.unwrap();
    old.ask(&["REPLICAOF", "127.0.0.1", &new.port.to_string()]).await;
    let error = store.commit(create("l")).await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    old.ask(&["REPLICAOF", "NO", "ONE"]).await;
    store.commit(create("l")).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_no_replica_confirms_is_open() {
    let Some(server) = Server::start("confirmation", &[]).await else {
        return;
    };
    let options = server.options().with_wait_replicas(1, Duration::from_millis(100));
    let store = store(options);
    let error = store.commit(create("k")).await.unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error:?}");
    assert!(error.detail().unwrap().contains("0 of 1 replicas"), "{error:?}");
    assert!(store.get("k").await.unwrap().is_some());
    // Checking writes nothing, so there is nothing to confirm.
    store
        .commit(Batch::new().when(Condition::Present("k".to_owned())))
        .await
        .unwrap();
    let of = [
        "--replicaof",
        "127.0.0.1",
        &server.port.to_string(),
        "--repl-diskless-sync-delay",
        "0",
    ];
    let _replica = Server::start("confirmation", &of).await.unwrap();
    for number in 0.. {
        match store.commit(create(&format!("again/{number}"))).await {
            Ok(_) => break,
            Err(error) => assert!(number < 100, "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let Some(server) = Server::start("hanging", &[]).await else {
        return;
    };
    let options = server.options().with_timeout(TIMEOUT).with_answer_timeout(TIMEOUT / 4);
    let store = store(options);
    store.check().await.unwrap();
    server.ask(&["CLIENT", "PAUSE", "1000", "ALL"]).await;
    let error = store.get("k").await.unwrap_err();
    assert!(
        error.is(ErrorKind::Timeout) || error.is(ErrorKind::Unavailable),
        "{error:?}"
    );
    pause(Duration::from_secs(1)).await;
    store.get("k").await.unwrap();
}

#[tokio::test]
async fn closing_the_store_ends_its_feeds() {
    let Some(server) = Server::start("closing", &[]).await else {
        return;
    };
    let store = store(server.options());
    let mut feed = store.changes("", Revision::default());
    assert!(futures::poll!(feed.next()).is_pending());
    drop(store);
    assert!(feed.next().await.is_none());
}

#[tokio::test]
async fn the_permissions_of_the_readme_suffice() {
    let Some(server) = Server::start("permissions", &[]).await else {
        return;
    };
    let permissions = "+@read +@write +@scripting +@connection +@transaction +role +info +wait +time";
    for more in ["", "+config|get"] {
        let user = ["ACL", "SETUSER", "o2", "reset", "on", ">pw", "~{o2:*"].into_iter();
        let user = user.chain(permissions.split(' ')).chain(more.split_terminator(' '));
        server.ask(&user.collect::<Vec<_>>()).await;
        let credentials = Credentials::new(Secret::new("pw")).with_user("o2");
        let options = server
            .options()
            .with_credentials(credentials)
            .with_name(fresh_name("permissions"));
        let store = store(options.with_wait_replicas(1, Duration::from_millis(50)));
        store.check().await.unwrap();
        let error = store.commit(create("k")).await.unwrap_err();
        assert!(error.detail().unwrap().contains("0 of 1 replicas"), "{error:?}");
        assert_eq!(store.scan("", None, 10).await.unwrap().len(), 1);
        assert!(store.get("k").await.unwrap().is_some());
        let lease = store
            .acquire("shard", "a", Duration::from_secs(1))
            .await
            .unwrap()
            .unwrap();
        store.release(&lease).await.unwrap();
        let mut feed = store.changes("", Revision::default());
        feed.next().await.unwrap().unwrap();
        let (next, _) = futures::join!(feed.next(), store.commit(create("l")));
        assert_eq!(next.unwrap().unwrap().changes[0].key, "l");
    }
}
