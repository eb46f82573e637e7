//! vSphere: govmomi's simulator with 2 000 hosts and 10 000 virtual machines, unless it was started with another size.

use serde_json::json;

use crate::measure::measure;
use crate::peer;
use crate::report::Report;

/// One waiting question, or two when the minute begins in one, and what health asks every half minute.
const MOST: usize = 2 + 3;

pub(crate) async fn run(report: &mut Report) {
    let Some(address) = peer("vsphere", "P_VSPHERE_LARGE", "18992", "vsphere.sh start-large") else {
        return;
    };
    for mode in ["hosts", "vms"] {
        let config = json!({
            "endpoint": format!("http://{address}"), "username": "o2ims", "password": "pa<ss&word", "mode": mode,
        });
        measure(report, &format!("vSphere, {mode}"), "vsphere", &config, MOST).await;
    }
}
