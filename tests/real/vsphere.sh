#!/usr/bin/env bash
# Tries the backend on vSphere with a simulator of a vCenter that others wrote: tests/real/vsphere.sh
#
# Starts the simulator, if it does not run, and stops what it has started. Ends with 77 when it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! tests/real/peers/vsphere.sh status >/dev/null 2>&1; then
    trap 'tests/real/peers/vsphere.sh stop >/dev/null 2>&1 || true' EXIT
    if ! timeout 1200 tests/real/peers/vsphere.sh start; then
        printf '\n!!! the simulator of a vCenter cannot be started here: vsphere is left out\n\n'
        exit 77
    fi
fi

printf '\n!!! not tried here, as the simulator has none of it: pages, troubles, changes from outside, JSON\n\n'
cargo test --locked -p o2-adapters --features vsphere,http-reqwest,rt-tokio --lib ims::vsphere -- real_server --nocapture
