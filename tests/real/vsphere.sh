#!/usr/bin/env bash
# Tries the backend on vSphere with simulators of a vCenter that others wrote: tests/real/vsphere.sh
#
# Starts the simulators, if they do not run, and stops what it has started. Ends with 77 when they cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! tests/real/peers/vsphere.sh status >/dev/null 2>&1; then
    trap 'tests/real/peers/vsphere.sh stop >/dev/null 2>&1 || true' EXIT
    if ! timeout 1200 tests/real/peers/vsphere.sh start; then
        printf '\n!!! the simulators of a vCenter cannot be started here: vsphere is left out\n\n'
        exit 77
    fi
fi

printf '\n!!! not tried here, as the simulators have none of it: pages, alarms, rights, outages, renames told by the vCenter\n\n'
cargo test --locked -p o2-adapters --all-features --lib ims::vsphere::tests::real -- --nocapture
