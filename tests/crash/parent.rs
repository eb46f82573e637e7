//! The process that kills: it has the backend and the receivers, and knows what must be delivered.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::routing::get;
use o2::adapters::rt::TokioClock;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::child::{READY, WORD};
use crate::flow::log::{ChangeLog, Entry};
use crate::flow::random::Random;
use crate::flow::receiver::{Faults, Receivers, Told};
use crate::flow::verdict::Verdict;
use crate::subscriptions;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The Redis of `tests/real/peers/redis-sentinel.sh`, and one of its Sentinels.
const REDIS: &str = "redis+sentinel://127.0.0.1:27379,127.0.0.1:27380,127.0.0.1:27381/o2";
const SENTINEL: &str = "127.0.0.1:27379";
const POOLS: u64 = 20;
/// Kills unless the environment says otherwise.
const KILLS: u32 = 50;
/// Failovers of Redis unless the environment says otherwise.
const FAILOVERS: u32 = 3;
/// How long a child lives.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);
/// The time between two changes.
const PACE: Duration = Duration::from_millis(15);
/// How long the last child may deliver nothing while something is left.
const SILENCE: Duration = Duration::from_secs(20);

/// What happens while changes flow.
enum Trouble {
    /// The gateway is killed, so many times.
    Kills(u32),
    /// The primary of Redis is killed, so many times.
    Failovers(u32),
}

pub(crate) async fn run() -> Result<()> {
    let setting = |name: &str| std::env::var(name).ok();
    let kills: u32 = setting("O2_CRASH_KILLS").map_or(Ok(KILLS), |text| text.parse())?;
    let failovers: u32 = setting("O2_CRASH_FAILOVERS").map_or(Ok(FAILOVERS), |text| text.parse())?;
    let seed: u64 = setting("O2_CRASH_SEED").map_or(Ok(1), |text| text.parse())?;
    if let Some(url) = setting("O2_CRASH_REDIS") {
        return crash(&named(&url), Trouble::Failovers(failovers), seed).await;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = format!("file:{}", folder.join("gateway.o2").display());
    let crashed = crash(&file, Trouble::Kills(kills), seed).await;
    std::fs::remove_dir_all(&folder)?;
    crashed?;
    if TcpStream::connect(SENTINEL).await.is_err() {
        println!("SKIPPED failovers of Redis: start its servers with tests/real/peers/redis-sentinel.sh start");
        return Ok(());
    }
    crash(&named(REDIS), Trouble::Failovers(failovers), seed).await
}

/// Lets changes flow through a gateway with this store, in trouble, and judges what has arrived.
async fn crash(store: &str, trouble: Trouble, seed: u64) -> Result<()> {
    let log = Arc::new(ChangeLog::new(POOLS));
    let receivers = Receivers::new(subscriptions::COUNT, Vec::new(), seed);
    let (hooks, serve_hooks) = Arc::clone(&receivers).serve().await?;
    let (backend, serve_backend) = serve(Arc::clone(&log)).await?;
    tokio::spawn(serve_hooks);
    tokio::spawn(serve_backend);
    let children = Children {
        arguments: [store.to_owned(), format!("http://{backend}")]
            .into_iter()
            .chain(hooks.iter().map(|address| format!("http://{address}/")))
            .collect(),
    };

    // Subscriptions hear of what comes later, so the first child must be ready before anything happens.
    let mut first = children.start()?;
    ready(&mut first).await?;
    let changes = tokio::spawn(change(Arc::clone(&log), Random::new(seed)));
    receivers.set_faults(Faults {
        refused: 5,
        forgotten: 5,
        late: 5,
        delay: Duration::from_millis(30),
    });
    let began = Instant::now();
    match trouble {
        Trouble::Kills(kills) => {
            kill_again_and_again(first, &children, kills, &Random::new(seed ^ 0xdead)).await?;
            println!("{kills} kills in {:.1} s", began.elapsed().as_secs_f64());
        }
        Trouble::Failovers(failovers) => {
            fail_over_again_and_again(first, failovers).await?;
            println!("{failovers} failovers in {:.1} s", began.elapsed().as_secs_f64());
        }
    }
    changes.abort();
    let entries = log.entries();
    println!(
        "longest silence of a receiver: {:.1} s",
        longest_silence(&receivers).as_secs_f64()
    );
    receivers.set_faults(Faults::default());

    let mut last = children.start()?;
    let waited = Instant::now();
    let is_all = drain(&receivers, &entries).await;
    println!(
        "the last child had {:.1} s for the rest",
        waited.elapsed().as_secs_f64()
    );
    last.kill().await?;
    if !is_all {
        show_what_is_left(store).await?;
    }
    judge(&receivers, &entries)
}

/// The longest time for which somebody who is told everything was told nothing.
fn longest_silence(receivers: &Receivers) -> Duration {
    let times: Vec<_> = receivers.arrivals(0).iter().map(|arrival| arrival.at).collect();
    let silences = times.windows(2).map(|pair| pair[1].duration_since(pair[0]));
    silences.max().unwrap_or_default()
}

async fn kill_again_and_again(first: Child, children: &Children, kills: u32, random: &Random) -> Result<()> {
    let mut child = first;
    for killed in 1..=kills {
        tokio::time::sleep(random.between(SHORTEST, LONGEST)).await;
        if let Some(status) = child.try_wait()? {
            return Err(format!("the child ended by itself before kill {killed}: {status}").into());
        }
        child.kill().await?;
        child = children.start()?;
    }
    child.kill().await?;
    Ok(())
}

/// Lets Redis lose its primary again and again beside a gateway that goes on.
async fn fail_over_again_and_again(mut child: Child, failovers: u32) -> Result<()> {
    for failover in 1..=failovers {
        let peer = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/peers/redis-sentinel.sh");
        let done = Command::new(peer).arg("failover").output().await?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(format!("failover {failover} did not work: {said}").into());
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("the child ended by itself after failover {failover}: {status}").into());
        }
    }
    child.kill().await?;
    Ok(())
}

/// The Redis of a URL, under a name that nothing was kept under before.
fn named(url: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}name=crash-{}", std::process::id())
}

/// Makes changes for ever.
async fn change(log: Arc<ChangeLog>, random: Random) {
    loop {
        log.change(random.below(POOLS), random.happens(10));
        tokio::time::sleep(PACE).await;
    }
}

fn expected(receiver: usize, entries: &[Entry]) -> Vec<Told> {
    let mine = entries.iter().filter(|entry| subscriptions::concerns(receiver, entry));
    mine.map(Told::of).collect()
}

/// Waits until everything is delivered, or nothing more is; whether it is everything.
async fn drain(receivers: &Receivers, entries: &[Entry]) -> bool {
    let expected: Vec<_> = (0..subscriptions::COUNT)
        .map(|receiver| expected(receiver, entries).len())
        .collect();
    let (mut told, mut since) = (0, Instant::now());
    loop {
        let known: Vec<_> = (0..subscriptions::COUNT)
            .map(|receiver| receivers.changes(receiver))
            .collect();
        if known.iter().zip(&expected).all(|(known, expected)| known >= expected) {
            return true;
        }
        let now = known.iter().sum();
        if told != now {
            (told, since) = (now, Instant::now());
        } else if since.elapsed() > SILENCE {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn judge(receivers: &Receivers, entries: &[Entry]) -> Result<()> {
    println!("{} changes in all", entries.len());
    let mut good = true;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries {
        *kinds.entry(format!("{:?}", entry.what)).or_default() += 1;
    }
    println!("{kinds:?}");
    for receiver in 0..subscriptions::COUNT {
        let arrivals = receivers.arrivals(receiver);
        let verdict = Verdict::of(&expected(receiver, entries), &arrivals);
        println!("receiver {receiver}: {verdict}");
        if let Some(place) = verdict.late {
            for arrival in arrivals.iter().skip(place.saturating_sub(10)).take(16) {
                println!("        {:?} {} {:?}", arrival.told, arrival.sequence, arrival.at);
            }
        }
        good &= verdict.is_good() && verdict.expected > 0;
    }
    if good {
        Ok(())
    } else {
        Err("not everything was delivered as it must be".into())
    }
}

/// Shows what the store still has, by the folders of its keys: where to look for what was lost.
async fn show_what_is_left(url: &str) -> Result<()> {
    let store = o2::adapters::store::open(url, Arc::new(TokioClock::new())).await?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut after = None::<String>;
    loop {
        let entries = store.scan("", after.as_deref(), 1000).await?;
        let Some(last) = entries.last() else { break };
        after = Some(last.key.clone());
        for entry in &entries {
            let folder = entry.key.rsplit_once('/').map_or(&*entry.key, |(folder, _)| folder);
            *counts.entry(folder.to_owned()).or_default() += 1;
            if entry.key.starts_with("subscription") {
                println!("{}: {}", entry.key, String::from_utf8_lossy(&entry.value));
            }
        }
    }
    for (folder, count) in counts {
        println!("{folder}: {count}");
    }
    Ok(())
}

/// Starts children, all with the same store.
struct Children {
    arguments: Vec<String>,
}

impl Children {
    fn start(&self) -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(WORD).args(&self.arguments);
        Ok(command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?)
    }
}

async fn ready(child: &mut Child) -> Result<()> {
    let output = child.stdout.take().ok_or("the child has no output")?;
    let mut lines = BufReader::new(output).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            if line == READY {
                return Ok(());
            }
        }
        Err("the first child ended".into())
    };
    tokio::time::timeout(Duration::from_secs(30), ready).await?
}

/// Serves the backend to the children.
async fn serve(log: Arc<ChangeLog>) -> Result<(std::net::SocketAddr, impl Future<Output = ()>)> {
    async fn state(State(log): State<Arc<ChangeLog>>) -> Vec<u8> {
        serde_json::to_vec(&log.state_now()).unwrap_or_default()
    }
    async fn after(State(log): State<Arc<ChangeLog>>, UrlPath(number): UrlPath<u64>) -> Vec<u8> {
        serde_json::to_vec(&log.after_now(number).await).unwrap_or_default()
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/state", get(state))
        .route("/after/{number}", get(after))
        .with_state(log);
    Ok((address, async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the backend ended");
        }
    }))
}
