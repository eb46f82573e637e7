#!/usr/bin/env bash
# Tries the backend on OpenStack with real Keystone, Placement and Nova: tests/real/openstack.sh
#
# Starts the cloud, if it does not run, and stops what it has started. Ends with 77 when it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/real/lib.sh

start openstack || exit 77
printf '\n!!! not tried here: servers that come and go (no host can start one), volume types (there is no Cinder), hosts that come and go\n\n'
test_with o2-adapters openstack,http-reqwest,rt-tokio --lib ims::openstack::tests::real -- --nocapture
