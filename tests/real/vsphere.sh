#!/usr/bin/env bash
# Tries the backend on vSphere with simulators of a vCenter that others wrote: tests/real/vsphere.sh
#
# Starts the simulators, if they do not run, and stops what it has started. Ends with 77 when they cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/real/lib.sh

start vsphere || exit 77
printf '\n!!! not tried here, as the simulators have none of it: pages, alarms, rights, outages, renames told by the vCenter\n\n'
test_with o2-adapters vsphere,http-reqwest,rt-tokio --lib ims::vsphere::tests::real -- --nocapture
