#!/usr/bin/env bash
# AWS, played by moto's server: Auto Scaling, EC2, EKS, STS and IAM with state, over HTTP, for tests.
#
#   moto.sh start | stop | status
#   moto.sh reset                         throws away everything that was made in it
#
# It listens on P_MOTO (15555). It takes requests of anybody, until a test has it check signatures and policies: with
# POST /moto-api/reset-auth, whose body says how many more requests of anybody it takes. `reset` ends that too.
#
# What it does otherwise than AWS: groups of a name that is taken replace the other, groups with instances are deleted
# without force, sizes are not compared, groups of EKS are active at once, have no Auto Scaling group, cannot be tagged and get no
# other version of their template, nothing is throttled.
set -euo pipefail
NAME=moto
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PORT=${P_MOTO:-15555}
PYTHON=$STATE/python

install() {
  if [ -e "$PYTHON/ready" ]; then return 0; fi
  need python3 python3
  # Debian has the module in a package of its own.
  python3 -c 'import ensurepip' 2>/dev/null || need /usr/share/doc/python3-venv python3-venv
  rm -rf "$PYTHON"
  python3 -m venv "$PYTHON"
  "$PYTHON/bin/pip" install -q --disable-pip-version-check 'moto[server]==5.2.5'
  touch "$PYTHON/ready"
}

serves() { listens "$PORT" && curl -fsS --noproxy '*' -o /dev/null "http://127.0.0.1:$PORT/moto-api/"; }

start() {
  need curl curl
  install
  running moto || free "$PORT"
  # Auto Scaling checks images only when it is told to; those that moto brings are many and slow to load.
  launch moto env MOTO_EC2_LOAD_DEFAULT_AMIS=false "$PYTHON/bin/moto_server" -H 127.0.0.1 -p "$PORT"
  up moto 60 serves
  say "ready: http://127.0.0.1:$PORT"
}

reset() {
  curl -fsS --noproxy '*' -o /dev/null -X POST "http://127.0.0.1:$PORT/moto-api/reset"
  curl -fsS --noproxy '*' -o /dev/null -X POST -H 'Content-Type: text/plain' -d inf "http://127.0.0.1:$PORT/moto-api/reset-auth"
}

case "${1:-}" in
  start) start ;;
  stop) end moto ;;
  status) show moto ;;
  reset) reset ;;
  *) say "usage: $0 start|stop|status|reset"; exit 2 ;;
esac
