//! Logs: lines that workloads have written, and those to come.

use std::time::Duration;

use futures::future::{Either, select};
use futures::{StreamExt, TryStreamExt};
use o2_core::{ErrorKind, Operation};
use o2_dms::{Deployment, HealRequest, LogLine, LogOptions, op};
use serde_json::Value;

use super::scene::Scene;
use super::{DmsCase, case};
use crate::conformance::{Broken, Verdict, fails, holds, same, skip};

const LINES: &str = "What a deployment's workloads have logged, oldest first: the lines themselves, not what the backend knows about the deployment.";
const TAIL: &str = "Only the last so many lines of what is there.";
const CONTAINER: &str = "`InvalidInput` when there is no such container.";
const SINCE: &str = "Only lines from this time on.";
const FOLLOW: &str = "With `options.follow` the stream goes on until dropped or until the deployment is gone";
const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::GET_DEPLOYMENT_LOGS];
/// How long the lines that are there may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("get_deployment_logs/lines_are_lines", LINES, &NEEDS, |s| {
            Box::pin(lines_are_lines(s))
        }),
        case("get_deployment_logs/oldest_come_first", LINES, &NEEDS, |s| {
            Box::pin(oldest_come_first(s))
        }),
        case("get_deployment_logs/tail_is_the_end", TAIL, &NEEDS, |s| {
            Box::pin(tail_is_the_end(s))
        }),
        case(
            "get_deployment_logs/containers_are_told_apart",
            CONTAINER,
            &NEEDS,
            |s| Box::pin(containers_are_told_apart(s)),
        ),
        case(
            "get_deployment_logs/unknown_containers_are_refused",
            CONTAINER,
            &NEEDS,
            |s| Box::pin(unknown_containers_are_refused(s)),
        ),
        case("get_deployment_logs/since_leaves_out_the_older", SINCE, &NEEDS, |s| {
            Box::pin(since_leaves_out_the_older(s))
        }),
        case("get_deployment_logs/deployments_are_told_apart", LINES, &NEEDS, |s| {
            Box::pin(deployments_are_told_apart(s))
        }),
        case("get_deployment_logs/following_goes_on", FOLLOW, &NEEDS, |s| {
            Box::pin(following_goes_on(s))
        })
        .needing(&[&op::HEAL_DEPLOYMENT]),
        case(
            "get_deployment_logs/following_ends_with_the_deployment",
            FOLLOW,
            &NEEDS,
            |s| Box::pin(following_ends_with_the_deployment(s)),
        )
        .needing(&[&op::DELETE_DEPLOYMENT]),
    ]
}

impl Scene<'_> {
    /// An installed deployment, with the lines that it has logged.
    async fn talkative(&self, name: &str) -> Verdict<(std::sync::Arc<Deployment>, Vec<LogLine>)> {
        if !self.world.has_logs() {
            return skip("the world's deployments log nothing");
        }
        let deployment = self.running(name).await?;
        let lines = self.lines(&deployment, &LogOptions::new()).await?;
        let enough = lines.len() > 1;
        holds("the lines of an installed deployment", enough, "some", &lines)?;
        Ok((deployment, lines))
    }

    /// The lines that are there.
    async fn lines(&self, deployment: &Deployment, options: &LogOptions) -> Verdict<Vec<LogLine>> {
        let id = &deployment.deployment_id;
        let stream = self.plugin.get_deployment_logs(&self.context, id, options).await?;
        match self.world.clock().within(PATIENCE, stream.try_collect()).await {
            Ok(lines) => Ok(lines?),
            Err(limit) => {
                Err(Broken::new("logs that are not followed", "an end", format!("none after {limit:?}")).into())
            }
        }
    }
}

async fn lines_are_lines(scene: Scene<'_>) -> Verdict {
    let (deployment, lines) = scene.talkative("conformance-logging").await?;
    let now = scene.world.clock().now();
    for line in &lines {
        let named = !line.source.is_empty() && !line.container.is_empty();
        holds("instance and container of a line", named, "names", line)?;
        let whole = !line.line.contains(['\n', '\r']);
        holds("the text of a line", whole, "without line ends", line)?;
        let since = deployment.created_at.unwrap_or(line.time);
        let written = line.time >= since && line.time <= now;
        holds("the time of a line", written, "in the life of the deployment", line)?;
        let document = is_document(&line.line);
        holds("the text of a line", !document, "what a workload has written", line)?;
    }
    let all: String = lines.iter().map(|line| line.line.as_str()).collect();
    holds(
        "all lines together",
        !is_document(&all),
        "what workloads have written",
        all,
    )
}

/// Whether a text is a deployment or a report about one.
fn is_document(text: &str) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return false;
    };
    let has = |name: &str| fields.contains_key(name);
    has("status")
        && ["deploymentId", "conditions", "progress", "revision"]
            .into_iter()
            .any(has)
}

async fn oldest_come_first(scene: Scene<'_>) -> Verdict {
    let (deployment, lines) = scene.talkative("conformance-ordered").await?;
    let times: Vec<_> = lines.iter().map(|line| line.time).collect();
    holds("the times of the lines", times.is_sorted(), "oldest first", times)?;
    let again = scene.lines(&deployment, &LogOptions::new()).await?;
    let kept = again.starts_with(&lines);
    holds(
        "the lines when they are read again",
        kept,
        "the same, and perhaps more",
        again,
    )
}

async fn tail_is_the_end(scene: Scene<'_>) -> Verdict {
    let (deployment, lines) = scene.talkative("conformance-tail").await?;
    for count in [0, 1, 2, lines.len() - 1, lines.len(), lines.len() + 5] {
        let options = LogOptions::new().with_tail(u32::try_from(count).unwrap_or(u32::MAX));
        let tail = scene.lines(&deployment, &options).await?;
        let expected = lines[lines.len().saturating_sub(count)..].to_vec();
        same(&format!("the last {count} lines"), tail, expected)?;
    }
    Ok(())
}

async fn containers_are_told_apart(scene: Scene<'_>) -> Verdict {
    let (deployment, lines) = scene.talkative("conformance-containers").await?;
    let mut containers: Vec<_> = lines.iter().map(|line| line.container.as_str()).collect();
    containers.sort_unstable();
    containers.dedup();
    for container in containers {
        let of_it = lines.iter().filter(|line| line.container == container);
        let expected: Vec<_> = of_it.cloned().collect();
        let options = LogOptions::new().with_container(container);
        let got = scene.lines(&deployment, &options).await?;
        same(&format!("the lines of container '{container}'"), &got, &expected)?;
        let last = scene.lines(&deployment, &options.with_tail(1)).await?;
        let expected = expected.last().cloned().into_iter().collect();
        same(&format!("the last line of container '{container}'"), last, expected)?;
    }
    Ok(())
}

async fn unknown_containers_are_refused(scene: Scene<'_>) -> Verdict {
    let (deployment, _) = scene.talkative("conformance-no-container").await?;
    let options = LogOptions::new().with_container("no-such-container");
    let id = &deployment.deployment_id;
    let lines = async {
        let stream = scene.plugin.get_deployment_logs(&scene.context, id, &options).await?;
        stream.try_collect::<Vec<_>>().await
    };
    fails(
        "the lines of a container that is not there",
        lines.await,
        &[ErrorKind::InvalidInput],
    )?;
    Ok(())
}

async fn since_leaves_out_the_older(scene: Scene<'_>) -> Verdict {
    let (deployment, lines) = scene.talkative("conformance-since").await?;
    let times = lines.iter().map(|line| line.time);
    let later = scene.world.clock().now().plus(Duration::from_secs(3600));
    for since in times.chain([later]) {
        let younger = lines.iter().filter(|line| line.time >= since);
        let expected: Vec<_> = younger.cloned().collect();
        let got = scene.lines(&deployment, &LogOptions::new().with_since(since)).await?;
        same(&format!("the lines since {since}"), got, expected)?;
    }
    Ok(())
}

async fn deployments_are_told_apart(scene: Scene<'_>) -> Verdict {
    let (first, before) = scene.talkative("conformance-one").await?;
    let (_, of_second) = scene.talkative("conformance-two").await?;
    let after = scene.lines(&first, &LogOptions::new()).await?;
    same("the lines of one deployment after those of another", &after, &before)?;
    let mixed = of_second.iter().find(|line| before.contains(line));
    holds(
        "lines of one deployment among those of another",
        mixed.is_none(),
        "none",
        mixed,
    )
}

/// Follows the logs while `work` is done; the lines, and whether the stream has ended.
async fn followed(
    scene: &Scene<'_>,
    deployment: &Deployment,
    work: impl Future<Output = Verdict> + Send,
) -> Verdict<(Vec<LogLine>, bool)> {
    let options = LogOptions::new().with_follow(true);
    let id = &deployment.deployment_id;
    let mut stream = scene.plugin.get_deployment_logs(&scene.context, id, &options).await?;
    let mut lines = Vec::new();
    let ended = {
        let reading = async {
            while let Some(line) = stream.next().await {
                lines.push(line?);
            }
            Ok::<_, o2_core::Error>(())
        };
        let working = async {
            work.await?;
            scene.world.settle().await;
            Verdict::Ok(())
        };
        match select(std::pin::pin!(reading), std::pin::pin!(working)).await {
            Either::Left((read, working)) => {
                read?;
                working.await?;
                true
            }
            Either::Right((done, _)) => {
                done?;
                false
            }
        }
    };
    Ok((lines, ended))
}

async fn following_goes_on(scene: Scene<'_>) -> Verdict {
    let (deployment, before) = scene.talkative("conformance-followed").await?;
    let id = &deployment.deployment_id;
    let (lines, ended) = followed(&scene, &deployment, async {
        let request = HealRequest::default();
        scene.plugin.heal_deployment(&scene.context, id, &request).await?;
        scene.deployed(id).await?;
        Ok(())
    })
    .await?;
    same(
        "whether the stream has ended while the deployment is there",
        ended,
        false,
    )?;
    let begins = lines.starts_with(&before);
    holds(
        "the first lines of a followed log",
        begins,
        "those that were there",
        &lines,
    )?;
    let after = scene.lines(&deployment, &LogOptions::new()).await?;
    let more = after.len() > before.len();
    holds("the lines after a repair", more, "more than before", &after)?;
    same("the lines that were followed", lines, after)
}

async fn following_ends_with_the_deployment(scene: Scene<'_>) -> Verdict {
    let (deployment, _) = scene.talkative("conformance-leaving").await?;
    let id = &deployment.deployment_id;
    let (_, ended) = followed(&scene, &deployment, async {
        scene.plugin.delete_deployment(&scene.context, id).await?;
        scene.gone(id).await
    })
    .await?;
    same("whether the stream has ended when the deployment is gone", ended, true)
}
