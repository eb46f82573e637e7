#!/usr/bin/env bash
# Redis as it should be run for the store: a primary, two replicas and three Sentinels, on this machine.
#
#   redis-sentinel.sh start | stop | status
#   redis-sentinel.sh primary             the port of the primary
#   redis-sentinel.sh failover            kills the primary; prints how long it takes until another one takes writes, and
#                                         starts the killed one again
#   redis-sentinel.sh failover pause      the same with a primary that stands still for a while
#
# Servers listen on REDIS_PORT and the two ports after it (7379), Sentinels on SENTINEL_PORT and the two after it (27379);
# the service is "o2". A server that is silent for DOWN_AFTER_MS (5000) is taken for dead: on a busy machine less makes
# Sentinels elect again and again. Data is not kept when the servers stop.
set -euo pipefail
NAME=redis-sentinel
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FIRST=${REDIS_PORT:-7379}
WATCH=${SENTINEL_PORT:-27379}
SERVICE=o2
SERVERS=("$FIRST" $((FIRST + 1)) $((FIRST + 2)))
SENTINELS=("$WATCH" $((WATCH + 1)) $((WATCH + 2)))

ask() { redis-cli -h 127.0.0.1 -p "$@" 2>/dev/null; }

primary() { # as a Sentinel says it
  local sentinel answer
  for sentinel in "${SENTINELS[@]}"; do
    answer=$(ask "$sentinel" sentinel get-master-addr-by-name $SERVICE | sed -n 2p) || true
    if [ -n "$answer" ]; then
      echo "$answer"
      return 0
    fi
  done
  return 1
}

# min-replicas-to-write: a primary that nobody follows must not take what would be lost.
serve() { # port primary-port
  local port=$1 primary=$2 follow=()
  if [ "$port" != "$primary" ]; then follow=(--replicaof 127.0.0.1 "$primary"); fi
  running "server-$port" || rm -f "$STATE/server-$port.rdb"
  launch "server-$port" redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no \
    --dir "$STATE" --dbfilename "server-$port.rdb" \
    --maxmemory-policy noeviction --min-replicas-to-write 1 --min-replicas-max-lag 2 --repl-ping-replica-period 1 \
    --repl-diskless-sync-delay 0 "${follow[@]}"
  until_true 10 "the server on $port" answers "$port"
}

answers() { [ "$(ask "$1" ping)" = PONG ]; }
has_replicas() { ask "$1" info replication | grep -q "^connected_slaves:$2"; }
knows_everybody() {
  local known
  known=$(ask "$1" sentinel master $SERVICE | paste - -)
  grep -qP '^num-slaves\t2$' <<<"$known" && grep -qP '^num-other-sentinels\t2$' <<<"$known"
}

watch() { # port primary-port
  running "sentinel-$1" && return 0
  cat >"$STATE/sentinel-$1.conf" <<EOF
bind 127.0.0.1
port $1
dir $STATE
sentinel monitor $SERVICE 127.0.0.1 $2 2
sentinel down-after-milliseconds $SERVICE ${DOWN_AFTER_MS:-5000}
sentinel failover-timeout $SERVICE 5000
EOF
  launch "sentinel-$1" redis-sentinel "$STATE/sentinel-$1.conf"
}

start() {
  need redis-server redis-server
  need redis-sentinel redis-sentinel
  need redis-cli redis-tools
  local port now
  now=$(primary) || now=$FIRST
  for port in "${SERVERS[@]}"; do serve "$port" "$now"; done
  until_true 20 "two replicas" has_replicas "$now" 2
  for port in "${SENTINELS[@]}"; do watch "$port" "$now"; done
  for port in "${SENTINELS[@]}"; do until_true 30 "the Sentinel on $port" knows_everybody "$port"; done
  say "ready: redis+sentinel://127.0.0.1:${SENTINELS[0]},127.0.0.1:${SENTINELS[1]},127.0.0.1:${SENTINELS[2]}/$SERVICE"
}

another_is_primary() { local now; now=$(primary) && [ "$now" != "$1" ]; }
takes_writes() { [ "$(ask "$(primary)" set peer:failover 1)" = OK ]; }

# Sentinels that have not finished with one failover do not begin another.
settled() {
  local now port state
  now=$(primary) && has_replicas "$now" 2 || return 1
  for port in "${SENTINELS[@]}"; do
    state=$(ask "$port" sentinel master $SERVICE | paste - -)
    grep -qP "^port\t$now\$" <<<"$state" && grep -qP '^flags\tmaster$' <<<"$state" || return 1
  done
}

failover() { # kill or pause
  local old number began
  old=$(primary)
  number=$(pid "server-$old")
  began=$(date +%s%N)
  case "$1" in
    kill) kill -KILL "$number" ;;
    pause) kill -STOP "$number" ;;
  esac
  until_true 30 "another primary" another_is_primary "$old"
  echo "another primary after $((($(date +%s%N) - began) / 1000000)) ms: $(primary)"
  until_true 30 "a write" takes_writes
  echo "a write after $((($(date +%s%N) - began) / 1000000)) ms"
  case "$1" in
    kill) serve "$old" "$(primary)" ;;
    pause) sleep 3; kill -CONT "$number" ;;
  esac
  until_true 60 "the end of the failover" settled
}

names() { printf "server-%s\n" "${SERVERS[@]}"; printf "sentinel-%s\n" "${SENTINELS[@]}"; }

case "${1:-}" in
  start) start ;;
  stop) mapfile -t all < <(names | tac); end "${all[@]}" ;;
  status) mapfile -t all < <(names); show "${all[@]}" ;;
  primary) primary ;;
  failover) failover "${2:-kill}" ;;
  *) say "usage: $0 start|stop|status|primary|failover [pause]"; exit 2 ;;
esac
