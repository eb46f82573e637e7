#!/usr/bin/env bash
# A registry for OCI artifacts, as charts are: the distribution's docker-registry, which lets what it has be deleted and
# asks nobody who they are.
#
#   registry.sh start | stop | status
#   registry.sh reset                     stops, and throws away what is in it
#
# It listens on P_REGISTRY (15000). What is in it stays when it stops.
set -euo pipefail
NAME=registry
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PORT=${P_REGISTRY:-15000}

start() {
  need docker-registry docker-registry
  cat >"$STATE/config.yml" <<END
version: 0.1
log: {level: warn}
http: {addr: "127.0.0.1:$PORT"}
storage:
  filesystem: {rootdirectory: "$STATE/data"}
  delete: {enabled: true}
END
  running registry || free "$PORT"
  launch registry docker-registry serve "$STATE/config.yml"
  up registry 10 listens "$PORT"
  say "ready: oci://127.0.0.1:$PORT"
}

case "${1:-}" in
  start) start ;;
  stop) end registry ;;
  status) show registry ;;
  reset) end registry; rm -rf "$STATE/data" ;;
  *) say "usage: $0 start|stop|status|reset"; exit 2 ;;
esac
