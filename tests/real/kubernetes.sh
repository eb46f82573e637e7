#!/usr/bin/env bash
# Tries the backends on Kubernetes with a real API server: tests/real/kubernetes.sh [FILTER]
#
# Starts what it needs and stops what it has started: the cluster, API servers for suites, a registry, and programs. Ends with
# 77 when the cluster cannot be had here. What is tried: the inventory and its changes, outages, rights, expired tokens; charts
# and kustomizations through their whole lives, with the programs helm and kustomize; the conformance suites, of deployments
# every so manieth case (O2_REAL_EVERY, 16; 1 for all, which takes an hour), where controllers of Argo CD, Flux and
# Crossplane are played; and that subscribers of a gateway are told.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/real/lib.sh
trap 'tests/real/peers/kubernetes.sh stop-worlds >/dev/null 2>&1 || true; stop_started' EXIT

start kubernetes || exit 77
start registry || true
start helm || true

failed=0
# They wait for the server most of the time, so all of them run at once. They come first: after the outages of the next ones,
# controllers and kubelets take a while until they look at the server again.
test_all --lib a_real_server -- --nocapture --test-threads 12 || failed=1
test_all --test kubernetes -- "$@" --nocapture || failed=1
# In these, time is a tenth: beside others it would be too short.
tests/real/peers/kubernetes.sh start-worlds || printf '\n!!! the suites for deployments will be left out\n\n'
O2_REAL_EVERY=${O2_REAL_EVERY:-16} test_all --lib on_real_servers -- --nocapture --test-threads 1 || failed=1
exit $failed
