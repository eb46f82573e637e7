#!/usr/bin/env bash
# An OpenStack control plane: Keystone, Placement and Nova's API are the real programs, on MariaDB.
#
#   openstack.sh start | stop | status
#   openstack.sh reset                    stops, and throws away what is in the cloud; what took long to make stays
#   openstack.sh hosts COUNT              has at least so many hosts
#
# P_OPENSTACK is the port of Keystone (15777); the four after it are those of Nova, Placement, the database and Neutron.
# OPENSTACK_HOSTS is how many hosts there are at the beginning (4). The first start installs 250 MB and takes some minutes.
#
# Hosts are rows in Nova's database and providers of Placement: no machine is behind them, and no message broker, so no server
# can be started on one; the one that there is, is a row too. Their service never ages; the API can say that it is down. There is
# no Cinder, and in place of Neutron something that has no ports.
# Accounts, each with the password that is its name, in the project admin: admin may do everything; reader has that role alone,
# which sees no host; o2 may do what the backend's policy.yaml gives to the role o2. Tokens that are revoked are refused at once,
# as neither Nova nor Placement keeps what they are worth. $STATE/clouds.yaml has all accounts.
set -euo pipefail
NAME=openstack
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

VENV=$STATE/venv
PARTS=$HERE/openstack
POLICY=$(cd "$HERE/../../.." && pwd)/o2-adapters/src/ims/openstack/policy.yaml
HOSTS=${OPENSTACK_HOSTS:-4}
KEYSTONE=${P_OPENSTACK:-15777}
NOVA=$((KEYSTONE + 1)) PLACEMENT=$((KEYSTONE + 2)) DATABASE=$((KEYSTONE + 3)) NETWORK=$((KEYSTONE + 4))
ALL=(database keystone placement network nova)
IDENTITY=http://127.0.0.1:$KEYSTONE/v3

programs() {
  need mariadbd mariadb-server
  need curl curl
  need python3 python3
  if [ -x "$VENV/bin/nova-manage" ] && [ -x "$VENV/bin/gunicorn" ]; then return 0; fi
  [ -x "$VENV/bin/pip" ] || python3 -m venv "$VENV" || { need python3.11-venv python3-venv; python3 -m venv "$VENV"; }
  nice -n 5 "$VENV/bin/pip" install --quiet --requirement "$PARTS/requirements.txt"
}

url() { echo "mysql+pymysql://cloud:cloud@127.0.0.1:$DATABASE/$1"; }

# As whom a service looks at tokens, and calls other services.
account() { # section
  cat <<END
[$1]
auth_type = password
auth_url = $IDENTITY
username = service
password = service
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
END
}

settings() {
  mkdir -p "$STATE"/etc/{keystone,placement,nova}
  cat >"$STATE/etc/keystone/keystone.conf" <<END
[database]
connection = $(url keystone)
[fernet_tokens]
key_repository = $STATE/keys/tokens
[credential]
key_repository = $STATE/keys/credentials
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memory
END
  { cat <<END
[placement_database]
connection = $(url placement)
[oslo_policy]
policy_file = $POLICY
END
    account keystone_authtoken
    echo 'token_cache_time = -1'; } >"$STATE/etc/placement/placement.conf"
  { cat <<END
[DEFAULT]
transport_url = fake://
service_down_time = 1000000000
state_path = $STATE/nova
[database]
connection = $(url nova_cell1)
[api_database]
connection = $(url nova_api)
[oslo_concurrency]
lock_path = $STATE/nova
[oslo_policy]
policy_file = $POLICY
END
    account keystone_authtoken
    echo 'token_cache_time = -1'
    account placement
    account neutron
    echo "endpoint_override = http://127.0.0.1:$NETWORK"; } >"$STATE/etc/nova/nova.conf"
  cp "$VENV/etc/nova/api-paste.ini" "$STATE/etc/nova/"
  local name
  { echo clouds:
    for name in admin reader o2; do
      cat <<END
  $name:
    region_name: RegionOne
    auth:
      auth_url: $IDENTITY
      username: $name
      password: $name
      project_name: admin
      user_domain_id: default
      project_domain_id: default
END
    done; } >"$STATE/clouds.yaml"
  for name in keystone placement nova_api nova_cell0 nova_cell1; do echo "create database if not exists $name;"; done \
    >"$STATE/etc/start.sql"
  cat >>"$STATE/etc/start.sql" <<END
create user if not exists 'cloud'@'127.0.0.1' identified by 'cloud';
grant all on *.* to 'cloud'@'127.0.0.1';
END
}

database() {
  if [ ! -d "$STATE/data" ] && [ -d "$STATE/schemas" ]; then cp -a "$STATE/schemas" "$STATE/data"; fi
  if [ ! -d "$STATE/data" ]; then
    mkdir -p "$STATE/data"
    mariadb-install-db --no-defaults --datadir="$STATE/data" --user="$(id -un)" --skip-test-db \
      --auth-root-authentication-method=normal >"$STATE/log/install" 2>&1
  fi
  launch database mariadbd --no-defaults --user="$(id -un)" --datadir="$STATE/data" --socket=here \
    --bind-address=127.0.0.1 --port="$DATABASE" --init-file="$STATE/etc/start.sql" --skip-name-resolve --max-connections=300 \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=64M --skip-log-bin
  up database 60 listens "$DATABASE"
}

# Tables are made once and kept, since that takes a minute.
schemas() {
  [ ! -d "$STATE/schemas" ] || return 0
  say "$NAME: making the tables"
  local who group
  who=$(id -un) group=$(id -gn)
  {
    keystone db_sync
    keystone fernet_setup --keystone-user "$who" --keystone-group "$group"
    keystone credential_setup --keystone-user "$who" --keystone-group "$group"
    keystone bootstrap --bootstrap-username admin --bootstrap-password admin --bootstrap-region-id RegionOne \
      --bootstrap-public-url "$IDENTITY" --bootstrap-internal-url "$IDENTITY" --bootstrap-admin-url "$IDENTITY"
    "$VENV/bin/placement-manage" --config-file "$STATE/etc/placement/placement.conf" db sync
    nova api_db sync
    nova cell_v2 map_cell0 --database_connection "$(url nova_cell0)"
    nova db sync
    nova cell_v2 create_cell --name cell1
  } >"$STATE/log/schemas" 2>&1 || { say "$NAME: the tables were not made; $STATE/log/schemas says why"; return 1; }
  end database
  cp -a "$STATE/data" "$STATE/schemas"
  database
}

keystone() { "$VENV/bin/keystone-manage" --config-file "$STATE/etc/keystone/keystone.conf" "$@"; }
nova() { "$VENV/bin/nova-manage" --config-file "$STATE/etc/nova/nova.conf" "$@"; }

# The programs would take arguments of gunicorn for their own.
serve() { # name port module variable=value...
  cat >"$STATE/etc/$1.py" <<END
wsgi_app = "$3"
bind = "127.0.0.1:$2"
worker_class = "gthread"
threads = 8
keepalive = 30
timeout = 120
graceful_timeout = 2
control_socket_disable = True
END
  launch "$1" env "${@:4}" GUNICORN_CMD_ARGS="--config $STATE/etc/$1.py" "$VENV/bin/gunicorn"
}

answers() { curl --noproxy '*' -fsS -m 10 -o /dev/null "http://127.0.0.1:$1/"; }

services() {
  serve keystone "$KEYSTONE" keystone.wsgi.api:application OS_KEYSTONE_CONFIG_DIR="$STATE/etc/keystone"
  serve placement "$PLACEMENT" placement.wsgi.api:application OS_PLACEMENT_CONFIG_DIR="$STATE/etc/placement"
  serve network "$NETWORK" network:application PYTHONPATH="$PARTS" PYTHONDONTWRITEBYTECODE=1
  serve nova "$NOVA" nova.wsgi.osapi_compute:application OS_NOVA_CONFIG_DIR="$STATE/etc/nova" \
    OS_NOVA_DISABLE_EVENTLET_PATCHING=true
  up keystone 120 answers "$KEYSTONE"
  "$VENV/bin/python" -B "$PARTS/accounts.py" "$IDENTITY" \
    "compute=http://127.0.0.1:$NOVA/v2.1" "placement=http://127.0.0.1:$PLACEMENT"
  up placement 120 answers "$PLACEMENT"
  up network 60 answers "$NETWORK"
  up nova 120 answers "$NOVA"
}

hosts() { # count
  OS_NOVA_DISABLE_EVENTLET_PATCHING=true "$VENV/bin/python" -B "$PARTS/hosts.py" \
    "$STATE/etc/nova/nova.conf" "$IDENTITY" "http://127.0.0.1:$PLACEMENT" "$1" 2>"$STATE/log/hosts" ||
    { say "$NAME: the hosts were not made; $STATE/log/hosts says why"; return 1; }
}

start() {
  programs
  settings
  running database || free "$KEYSTONE" "$NOVA" "$PLACEMENT" "$DATABASE" "$NETWORK"
  database
  schemas
  services
  hosts "$HOSTS"
  say "ready: $IDENTITY, clouds in $STATE/clouds.yaml"
}

stop() { end nova network placement keystone database; }

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  status) show "${ALL[@]}" ;;
  reset) stop; rm -rf "$STATE/data" ;;
  hosts) hosts "${2:?COUNT}" ;;
  *) say "usage: $0 start|stop|status|reset|hosts COUNT"; exit 2 ;;
esac
