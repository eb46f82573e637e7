#!/usr/bin/env bash
# Tries the backends on clouds through a whole gateway, alone and all together: tests/real/clouds.sh [FILTER]
#
# Starts moto, the simulators of a vCenter and the OpenStack, those that do not run, and stops what it has started. Tests say it
# when they lack one; it ends with 77 when none can be had here. What is tried: pools through HTTP, with a subscriber who is
# told; rules, lists over all, and one cloud that is down. What the peers do otherwise than the clouds is at the heads of their
# scripts.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/real/lib.sh

missing=0
for peer in moto vsphere openstack; do start "$peer" || missing=$((missing + 1)); done
if [ "$missing" = 3 ]; then exit 77; fi

test_with oran-o2 aws,vsphere,openstack,http-reqwest,rt-tokio,config-yaml --test clouds -- "$@" --nocapture --test-threads 1
