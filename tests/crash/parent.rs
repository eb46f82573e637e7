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
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::child::{READY, WORD};
use crate::flow::log::{ChangeLog, Entry};
use crate::flow::random::Random;
use crate::flow::receiver::{Faults, Receivers, Told};
use crate::flow::verdict::Verdict;
use crate::subscriptions;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

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
/// How long the last child has to deliver what is left.
const DRAIN: Duration = Duration::from_secs(60);

pub(crate) async fn run() -> Result<()> {
    let setting = |name: &str| std::env::var(name).ok();
    let kills: u32 = setting("O2_CRASH_KILLS").map_or(Ok(KILLS), |text| text.parse())?;
    let failovers: u32 = setting("O2_CRASH_FAILOVERS").map_or(Ok(FAILOVERS), |text| text.parse())?;
    let seed: u64 = setting("O2_CRASH_SEED").map_or(Ok(1), |text| text.parse())?;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = format!("file:{}", folder.join("gateway.o2").display());
    let redis = setting("O2_CRASH_REDIS").map(|url| named(&url));
    let store = redis.clone().unwrap_or(file);

    let log = Arc::new(ChangeLog::new(POOLS));
    let receivers = Receivers::new(subscriptions::COUNT, Vec::new(), seed);
    let (hooks, serve_hooks) = Arc::clone(&receivers).serve().await?;
    let (backend, serve_backend) = serve(Arc::clone(&log)).await?;
    tokio::spawn(serve_hooks);
    tokio::spawn(serve_backend);
    let children = Children {
        arguments: [store, format!("http://{backend}")]
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
    if redis.is_some() {
        fail_over_again_and_again(first, failovers).await?;
        println!("{failovers} failovers in {:.1} s", began.elapsed().as_secs_f64());
    } else {
        kill_again_and_again(first, &children, kills, &Random::new(seed ^ 0xdead)).await?;
        println!("{kills} kills in {:.1} s", began.elapsed().as_secs_f64());
    }
    let told: usize = (0..subscriptions::COUNT)
        .map(|receiver| receivers.count(receiver))
        .sum();
    println!("{told} notifications had arrived by then");
    changes.abort();
    receivers.set_faults(Faults::default());

    let entries = log.entries();
    let mut last = children.start()?;
    let waited = Instant::now();
    while !all_delivered(&receivers, &entries) && waited.elapsed() < DRAIN {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("the rest was delivered after {:.1} s", waited.elapsed().as_secs_f64());
    last.kill().await?;
    std::fs::remove_dir_all(&folder)?;
    judge(&receivers, &entries)
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

fn all_delivered(receivers: &Receivers, entries: &[Entry]) -> bool {
    (0..subscriptions::COUNT).all(|receiver| {
        let verdict = Verdict::of(&expected(receiver, entries), &receivers.arrivals(receiver));
        verdict.lost == 0
    })
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
        let verdict = Verdict::of(&expected(receiver, entries), &receivers.arrivals(receiver));
        println!("receiver {receiver}: {verdict}");
        good &= verdict.is_good() && verdict.expected > 0;
    }
    if good {
        Ok(())
    } else {
        Err("not everything was delivered as it must be".into())
    }
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
