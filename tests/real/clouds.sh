#!/usr/bin/env bash
# Tries the backends on clouds through a whole gateway, alone and all together: tests/real/clouds.sh [FILTER]
#
# Starts moto, the simulators of a vCenter and the OpenStack, those that do not run, and stops what it has started. Tests say it
# when they lack one; it ends with 77 when none can be had here. What is tried: pools through HTTP, with a subscriber who is
# told; rules, lists over all, and one cloud that is down. What the peers do otherwise than the clouds is at the heads of their
# scripts.
set -euo pipefail
cd "$(dirname "$0")/../.."

started=()
stop() {
    local peer
    for peer in "${started[@]}"; do "tests/real/peers/$peer.sh" stop >/dev/null 2>&1 || true; done
}
trap stop EXIT

missing=0
for peer in moto vsphere openstack; do
    if "tests/real/peers/$peer.sh" status >/dev/null 2>&1; then continue; fi
    # One that was started in part is stopped as well.
    started+=("$peer")
    if ! timeout 1200 "tests/real/peers/$peer.sh" start; then
        printf '\n!!! %s cannot be started here: what needs it will be left out\n\n' "$peer"
        missing=$((missing + 1))
    fi
done
if [ "$missing" = 3 ]; then exit 77; fi

# What has been built for all features is not built again.
case "${FEATURES:-}" in
    all) features=(--all-features) ;;
    *) features=(--features aws,vsphere,openstack,http-reqwest,rt-tokio,config-yaml) ;;
esac
cargo test --locked -p oran-o2 "${features[@]}" --test clouds -- "$@" --nocapture --test-threads 1
