# What the scripts beside this file share: processes that are started, found again and ended. Source it after NAME is set.
# State is under PEERS (target/peers unless set): one folder for each peer.
# shellcheck shell=bash
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PEERS=${PEERS:-$HERE/../../../target/peers}
mkdir -p "$PEERS/${NAME:?}/run" "$PEERS/$NAME/log"
STATE=$(cd "$PEERS/$NAME" && pwd)

say() { printf '%s\n' "$*" >&2; }

# The moment a process began, so that a number the system has given to another process is not taken for ours. One that
# has ended, and waits (Z) until somebody asks how, has none.
began() { sed -n 's/^.*) \([^Z]\)/\1/p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

pid() { cut -d' ' -f1 "$STATE/run/$1" 2>/dev/null; }

running() { # name
  local number moment
  read -r number moment 2>/dev/null <"$STATE/run/$1" || return 1
  [ -n "$moment" ] && [ "$(began "$number")" = "$moment" ]
}

launch() { # name command...
  local name=$1
  shift
  running "$name" && return 0
  setsid "$@" >"$STATE/log/$name" 2>&1 </dev/null &
  local number=$!
  disown "$number"
  echo "$number $(began "$number")" >"$STATE/run/$name"
}

end() { # name...: asks, and after 5 s insists
  local name round
  for name in "$@"; do
    running "$name" || continue
    kill -CONT "$(pid "$name")"
    kill -TERM "$(pid "$name")"
    for ((round = 0; round < 100; round++)); do
      running "$name" || break
      sleep 0.05
    done
    if running "$name"; then kill -KILL "$(pid "$name")"; fi
    rm -f "$STATE/run/$name"
  done
}

show() { # name...: one line each; fails when one of them does not run
  local name bad=0
  for name in "$@"; do
    if running "$name"; then echo "$name: running"; else echo "$name: not running"; bad=1; fi
  done
  return $bad
}

until_true() { # seconds what command...
  local seconds=$1 what=$2 last=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS > last)); then
      say "$NAME: $what did not happen within $seconds s"
      return 1
    fi
    sleep 0.05
  done
}

up() { # name seconds command...: waits until the command says that it serves; fails at once when it has ended
  until_true "$2" "the start of $1" ended_or "$1" "${@:3}" || return 1
  running "$1" || { say "$NAME: $1 ended; $STATE/log/$1 says why"; return 1; }
}

ended_or() { ! running "$1" || "${@:2}"; }

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free() { # port...: fails when somebody listens there
  local port
  for port in "$@"; do
    if listens "$port"; then say "$NAME: somebody else listens on port $port"; return 1; fi
  done
}

need() { # program-or-file package: installs the package when that is missing, without starting its services
  if command -v "$1" >/dev/null || [ -e "$1" ]; then return 0; fi
  local sudo=()
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  "${sudo[@]}" apt-get -qq update
  "${sudo[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
}
