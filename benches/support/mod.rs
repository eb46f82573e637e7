//! A small harness. Every case runs in many rounds that are long enough for the clock and short enough to get through
//! undisturbed now and then; the cases of one group take turns, so that a busy moment of the machine hits all of them.
//! The best and the median round are reported.

pub(crate) mod connection;
mod report;
pub(crate) mod world;

use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

pub(crate) use report::{Floor, Report};

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Everything, as often as it takes for figures to be trusted.
    Measure,
    /// Little, once: shows that the benchmarks work, as `cargo test --benches` wants to know. The figures mean nothing.
    Try,
}

/// Something to measure: runs so many times and says how long that took.
pub(crate) struct Case<'a> {
    name: String,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
}

/// How long one run of a case takes.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// Nanoseconds in the best round.
    pub(crate) best: f64,
    /// Nanoseconds in the median round.
    pub(crate) median: f64,
}

/// Measures cases.
#[derive(Debug)]
pub(crate) struct Bench {
    effort: Effort,
    /// The fewest rounds.
    rounds: u32,
    /// The time for one case, unless the rounds take longer.
    budget: Duration,
    runtime: Runtime,
}

impl<'a> Case<'a> {
    /// Measures `work`.
    pub(crate) fn new<T>(name: impl Into<String>, mut work: impl FnMut() -> T + 'a) -> Self {
        let run = move |times| {
            let began = now();
            for _ in 0..times {
                black_box(work());
            }
            began.elapsed()
        };
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }

    /// Measures the futures that `work` makes, on one thread of a tokio runtime.
    pub(crate) fn awaiting<F: Future>(
        bench: &'a Bench,
        name: impl Into<String>,
        mut work: impl FnMut() -> F + 'a,
    ) -> Self {
        let run = move |times| {
            bench.runtime.block_on(async {
                let began = now();
                for _ in 0..times {
                    black_box(work().await);
                }
                began.elapsed()
            })
        };
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }
}

impl Bench {
    pub(crate) fn new(effort: Effort) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime starts");
        let (rounds, budget) = match effort {
            Effort::Measure => (11, Duration::from_millis(400)),
            Effort::Try => (1, Duration::ZERO),
        };
        Self {
            effort,
            rounds,
            budget,
            runtime,
        }
    }

    /// The result of a future.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// So many objects, or a hundredth when only trying.
    pub(crate) fn scale(&self, objects: u32) -> u32 {
        match self.effort {
            Effort::Measure => objects,
            Effort::Try => objects / 100,
        }
    }

    /// Measures all cases, which take turns.
    pub(crate) fn measure<const N: usize>(&self, cases: [Case<'_>; N]) -> [Figure; N] {
        let mut cases = cases.map(|mut case| {
            let times = self.calibrate(&mut case);
            (case, times, Vec::new())
        });
        let began = now();
        for round in 0.. {
            let enough = round >= self.rounds && began.elapsed() >= self.budget * N as u32;
            if enough {
                break;
            }
            for (case, times, results) in &mut cases {
                results.push((case.run)(*times).as_nanos() as f64 / *times as f64);
            }
        }
        cases.map(|(case, _, results)| Figure::of(case.name, results))
    }

    /// How often the case runs in one round. Finding out warms it up.
    fn calibrate(&self, case: &mut Case<'_>) -> u64 {
        const ROUND: Duration = Duration::from_micros(500);
        let mut times = 1;
        while self.effort == Effort::Measure && (case.run)(times) < ROUND {
            times *= 2;
        }
        times
    }
}

impl Figure {
    fn of(name: String, mut results: Vec<f64>) -> Self {
        results.sort_by(f64::total_cmp);
        Self {
            name,
            best: results[0],
            median: results[results.len() / 2],
        }
    }

    /// The same for one of so many things that a run deals with.
    pub(crate) fn per(mut self, things: u32) -> Self {
        self.best /= f64::from(things);
        self.median /= f64::from(things);
        self
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> Instant {
    Instant::now()
}
