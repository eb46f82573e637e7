//! How many replicas a deployment shall have and has.

use o2_core::Extensions;

use super::Settings;
use crate::dms::helm::release::Release;
use crate::dms::helm::releases::{Current, Lives, key};
use crate::kube::Replicas;
use crate::kube::deployed::ValuePath;

/// The extension of a deployment, and the annotation of a chart, that name the value.
pub(crate) const REPLICAS_PATH: &str = "helm.replicasPath";
const ANNOTATION: &str = "o2ims.oran.org/replicas-path";

/// The value that says how many replicas there are. A deployment says it before its chart does; of the usual one, the chart
/// must have a default, since a chart that does not know it would not heed it.
pub(crate) fn path(settings: &Settings, release: &Release, extensions: Option<&Extensions>) -> Option<ValuePath> {
    let own = extensions.and_then(|extensions| extensions.get(REPLICAS_PATH)?.as_str());
    let annotated = release.chart.annotations.get(ANNOTATION).map(String::as_str);
    if let Some(named) = own.or(annotated) {
        return ValuePath::parse(named).ok();
    }
    let usual = settings.replicas.as_ref()?;
    usual.get(&release.defaults)?;
    Some(usual.clone())
}

/// The replicas of a release: what its value says, where one says it, else what its workloads have together.
pub(super) fn count(settings: &Settings, current: &Current, lives: &Lives) -> Option<Replicas> {
    let release = &current.release;
    let extensions = current.notes.as_ref().map(|notes| &notes.extensions);
    let said = path(settings, release, extensions).and_then(|path| number(&path, release));
    let counted = || {
        release
            .runs
            .workloads
            .iter()
            .filter_map(|workload| Some((workload, workload.replicas?)))
    };
    let live = |wanted: Option<u32>| {
        let chosen = counted().filter(|(_, replicas)| wanted.is_none_or(|wanted| *replicas == wanted));
        chosen.fold(Replicas::default(), |sum, (workload, replicas)| {
            let live = lives.get(&key(workload)).and_then(|live| live.replicas);
            Replicas {
                wanted: sum.wanted.saturating_add(live.map_or(replicas, |live| live.wanted)),
                ready: sum.ready.saturating_add(live.map_or(0, |live| live.ready)),
            }
        })
    };
    match said {
        Some(wanted) => {
            // Charts may have more workloads than the value is about.
            let about = counted().any(|(_, replicas)| replicas == wanted);
            let ready = live(about.then_some(wanted)).ready;
            Some(Replicas {
                wanted,
                ready: ready.min(wanted),
            })
        }
        None => counted().next().map(|_| live(None)),
    }
}

fn number(path: &ValuePath, release: &Release) -> Option<u32> {
    let effective = release.effective();
    u32::try_from(path.get(&effective)?.as_u64()?).ok()
}
