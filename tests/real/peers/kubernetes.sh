#!/usr/bin/env bash
# A Kubernetes cluster: etcd, API server, controller manager and scheduler are the real programs (1.20).
#
#   kubernetes.sh start | stop | status
#   kubernetes.sh build                   only makes the programs, which start does when they are missing
#   kubernetes.sh reset                   stops, and throws away what is in the cluster
#   kubernetes.sh kill-api | start-api    an outage of the API server; what it has stored stays
#   kubernetes.sh token NAMESPACE/NAME SECONDS
#                                         a token of a service account that expires in so many seconds: less than the 600
#                                         that a TokenRequest must ask for, or less than none (see below)
#
# P_K8S is the port of the API server (16443); the five after it belong to the others. K8S_NODES nodes are played (3). With
# K8S_CONTROLLERS=0 the controller manager is ended once it has prepared the cluster: it taints nodes that nobody plays.
# K8S_BIN is where the programs are kept ($STATE/bin). Making them takes some minutes of both cores, once.
# $STATE/kubeconfig has these contexts:
#   admin        a token that may do everything (the current one)
#   admin-cert   a client certificate that may do everything
#   limited      a token that may read nodes, namespaces, storage classes, all of cluster.x-k8s.io, and nothing else
#   nobody       a token that may do nothing
#
# Nodes node-1, node-2... are played by kubernetes/played, whose files say how. A pod on them runs at once, and has
# succeeded at once when it is not always restarted. An image with "broken" in its name cannot be pulled, and what is in
# one with "failing" ends with an error. With the annotation `peers/ready` of "False" or "Unknown" a node is not ready.
#
# The token of a service account that was deleted is refused within 10 s, for so long the API server believes what it has
# found out about a token; and it takes one for 60 s after its end, so 5 s are seen only with "token NAME -55".
set -euo pipefail
NAME=kubernetes
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BIN=$(realpath -m "${K8S_BIN:-$STATE/bin}")
NODES=${K8S_NODES:-3}
PORT=${P_K8S:-16443}
ETCD=$((PORT + 1)) ETCD_PEERS=$((PORT + 2)) MANAGER=$((PORT + 3)) SCHEDULER=$((PORT + 4)) KUBELET=$((PORT + 5))
ISSUER=https://kubernetes.default.svc
KEYS=$STATE/keys
CONFIG=$STATE/kubeconfig
PORTS=("$PORT" "$ETCD" "$ETCD_PEERS" "$MANAGER" "$SCHEDULER")
ALL=(etcd kube-apiserver kube-controller-manager kube-scheduler)
if [ "$NODES" -gt 0 ]; then ALL+=(nodes); fi

kube() { kubectl --kubeconfig "$CONFIG" --cache-dir "$STATE/cache" "$@"; }

build() {
  local program
  for program in kube-apiserver kube-controller-manager kube-scheduler; do
    if [ ! -x "$BIN/$program" ]; then
      nice -n 5 "$HERE/kubernetes/build.sh" "$STATE/build" "$BIN"
      return
    fi
  done
}

key() { [ -e "$KEYS/$1.key" ] || openssl genpkey -algorithm "${@:2}" -out "$KEYS/$1.key" 2>/dev/null; }

certificate() { # name subject extensions: signed by the authority, which is made first and signs itself
  [ -e "$KEYS/$1.crt" ] && return 0
  key "$1" EC -pkeyopt ec_paramgen_curve:P-256
  local signer=(-signkey "$KEYS/ca.key")
  if [ "$1" != ca ]; then signer=(-CA "$KEYS/ca.crt" -CAkey "$KEYS/ca.key" -CAcreateserial); fi
  openssl req -new -key "$KEYS/$1.key" -subj "$2" |
    openssl x509 -req "${signer[@]}" -days 3650 -extfile <(printf '%b' "$3") -out "$KEYS/$1.crt" 2>/dev/null
}

keys() {
  mkdir -p "$KEYS"
  local names=IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc
  certificate ca /CN=peers 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
  certificate api /CN=kube-apiserver "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=$names\n"
  certificate kubelet /CN=kubelet 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n'
  certificate admin /O=system:masters/CN=admin-cert 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n'
  key accounts RSA -pkeyopt rsa_keygen_bits:2048
  cat >"$KEYS/tokens.csv" <<END
admin-token,admin,admin,system:masters
limited-token,limited,limited
nobody-token,nobody,nobody
END
}

context() { # name credentials...
  kube config set-credentials "$1" "${@:2}"
  kube config set-context "$1" --cluster peers --user "$1"
}

contexts() {
  {
    kube config set-cluster peers --server "https://127.0.0.1:$PORT" --embed-certs --certificate-authority "$KEYS/ca.crt"
    context admin --token admin-token
    context admin-cert --client-certificate "$KEYS/admin.crt" --client-key "$KEYS/admin.key" --embed-certs
    context limited --token limited-token
    context nobody --token nobody-token
    kube config use-context admin
  } >/dev/null
}

rights() {
  kube apply -f - >/dev/null <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: peers-limited}
rules:
- {apiGroups: [""], resources: [nodes, namespaces], verbs: [get, list, watch]}
- {apiGroups: [storage.k8s.io], resources: [storageclasses], verbs: [get, list, watch]}
- {apiGroups: [cluster.x-k8s.io], resources: ["*"], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: peers-limited}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: peers-limited}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: limited}
END
}

store() {
  local clients=http://127.0.0.1:$ETCD peers=http://127.0.0.1:$ETCD_PEERS
  running etcd || free "${PORTS[@]}"
  launch etcd etcd --name peer --data-dir "$STATE/etcd" --unsafe-no-fsync \
    --listen-client-urls "$clients" --advertise-client-urls "$clients" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" --initial-cluster "peer=$peers"
  up etcd 20 listens "$ETCD"
}

# Without a reconciler the endpoint of the service "kubernetes" is not written: it must not be a loopback address.
# Nodes are asked for logs by their addresses, as no name server knows their names.
api() {
  launch kube-apiserver "$BIN/kube-apiserver" --etcd-servers "http://127.0.0.1:$ETCD" \
    --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$PORT" \
    --tls-cert-file "$KEYS/api.crt" --tls-private-key-file "$KEYS/api.key" \
    --client-ca-file "$KEYS/ca.crt" --token-auth-file "$KEYS/tokens.csv" --authorization-mode RBAC \
    --service-account-issuer "$ISSUER" --service-account-key-file "$KEYS/accounts.key" \
    --service-account-signing-key-file "$KEYS/accounts.key" \
    --service-cluster-ip-range 10.0.0.0/16 --endpoint-reconciler-type none --allow-privileged \
    --kubelet-preferred-address-types InternalIP
  up kube-apiserver 120 serves
}

serves() { listens "$PORT" && kube get --raw /readyz --request-timeout 2s; }

kill_api() {
  running kube-apiserver || return 0
  kill -KILL "$(pid kube-apiserver)"
  until_true 5 "the end of the API server" eval '! running kube-apiserver'
}

controllers() {
  local both=(--kubeconfig "$CONFIG" --authentication-kubeconfig "$CONFIG" --authorization-kubeconfig "$CONFIG"
    --bind-address 127.0.0.1 --port 0 --leader-elect=false --kube-api-qps 200 --kube-api-burst 400)
  launch kube-controller-manager "$BIN/kube-controller-manager" "${both[@]}" --secure-port "$MANAGER" \
    --cert-dir "$KEYS/manager" --root-ca-file "$KEYS/ca.crt" --service-account-private-key-file "$KEYS/accounts.key" \
    --cluster-signing-cert-file "$KEYS/ca.crt" --cluster-signing-key-file "$KEYS/ca.key"
  launch kube-scheduler "$BIN/kube-scheduler" "${both[@]}" --secure-port "$SCHEDULER" --cert-dir "$KEYS/scheduler"
}

# Each has an address of its own, and they share a port.
nodes() {
  [ "$NODES" -gt 0 ] || return 0
  launch nodes python3 -B "$HERE/kubernetes/played" --count "$NODES" --server "https://127.0.0.1:$PORT" \
    --authority "$KEYS/ca.crt" --token admin-token \
    --port "$KUBELET" --certificate "$KEYS/kubelet.crt" --key "$KEYS/kubelet.key"
}

is_populated() {
  local ready
  ready=$(kube get nodes -o 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}')
  [ "$(grep -ow True <<<"$ready" | wc -l)" -ge "$NODES" ] && kube get serviceaccount default
}

start() {
  need etcd etcd-server
  need kubectl kubernetes-client
  need openssl openssl
  need python3 python3
  build
  keys
  contexts
  store
  api
  controllers
  nodes
  rights
  until_true 120 "that nodes are ready" is_populated
  [ "${K8S_CONTROLLERS:-1}" != 0 ] || end kube-controller-manager
  say "ready: https://127.0.0.1:$PORT, KUBECONFIG=$CONFIG"
}

letters() { base64 -w0 | tr '+/' '-_' | tr -d =; }

token() { # namespace/name seconds
  local namespace=${1%/*} name=${1#*/} now uid text
  now=$(date +%s)
  uid=$(kube get serviceaccount -n "$namespace" "$name" -o 'jsonpath={.metadata.uid}')
  text=$(printf '{"alg":"RS256","typ":"JWT"}' | letters).$(letters <<END
{"iss": "$ISSUER", "aud": ["$ISSUER"], "sub": "system:serviceaccount:$namespace:$name",
 "iat": $((now - 3600)), "nbf": $((now - 3600)), "exp": $((now + $2)),
 "kubernetes.io": {"namespace": "$namespace", "serviceaccount": {"name": "$name", "uid": "$uid"}}}
END
  )
  echo "$text.$(printf %s "$text" | openssl dgst -sha256 -sign "$KEYS/accounts.key" | letters)"
}

stop() { end nodes kube-scheduler kube-controller-manager kube-apiserver etcd; }

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  status) show "${ALL[@]}" ;;
  build) build ;;
  reset) stop; rm -rf "$STATE/etcd" ;;
  kill-api) kill_api ;;
  start-api) api ;;
  token) token "${2:?NAMESPACE/NAME}" "${3:?SECONDS}" ;;
  *) say "usage: $0 start|stop|status|build|reset|kill-api|start-api|token NAMESPACE/NAME SECONDS"; exit 2 ;;
esac
