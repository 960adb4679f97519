# A whole Sallyport on loopback: gateway, trust root, VCS agent, workers. Used by the demo and by
# tests. Expects `bin` (the executables' folder), services.sh and common.sh.
# shellcheck shell=bash

worker_pool=builders
vcs_pool=on-prem

# Nothing of Sallyport needs a privilege: where root runs this, it runs without.
unprivileged=()
((EUID != 0)) || unprivileged=(setpriv --bounding-set=-all --inh-caps=-all)

# sallyport ARGUMENT...
#   The operator's command line, with the first operator's certificate.
sallyport() { SALLYPORT_OPERATOR_DIR=$operator_directory "$bin/sallyport" "$@"; }

# json_field NAME
#   The value of the first string or number field NAME in the JSON on standard input.
json_field() {
  grep -o "\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}[^\",}]*" | head -n 1 |
    sed 's/^"[^"]*"[[:space:]]*:[[:space:]]*"\{0,1\}//'
}

# start_gateway DATA
#   `init`, with $STACK_INIT_OPTION where there is one, then `serve` on free ports. Sets gateway_pid,
#   operator_directory and the endpoints.
start_gateway() {
  local data=$1
  "$bin/sallyport-gateway" init --dir "$data/gateway" --trust-domain gateway.example \
    --tenant acme --operator admin --host-name localhost ${STACK_INIT_OPTION:+"$STACK_INIT_OPTION"} \
    >"$data/log/gateway-init.log" 2>&1 || {
    cat "$data/log/gateway-init.log" >&2
    return 1
  }
  operator_directory=$data/gateway/operator
  serve_gateway "$data"
}

# serve_gateway DATA
#   Starts (or, after a stop, starts again) the gateway that start_gateway made.
serve_gateway() {
  local data=$1 ports=$1/gateway/ports.json arguments=()
  if [[ -s $ports ]]; then
    # The same ports again, so that workers and agents find it.
    arguments=(SALLYPORT_GATEWAY_LISTEN_AGENTS_PORT="$(json_field agents <"$ports")"
      SALLYPORT_GATEWAY_LISTEN_ENROLL_PORT="$(json_field enroll <"$ports")"
      SALLYPORT_GATEWAY_LISTEN_OPERATOR_PORT="$(json_field operator <"$ports")")
    rm -f "$ports"
  else
    arguments=(SALLYPORT_GATEWAY_LISTEN_AGENTS_PORT=0 SALLYPORT_GATEWAY_LISTEN_ENROLL_PORT=0
      SALLYPORT_GATEWAY_LISTEN_OPERATOR_PORT=0)
  fi
  start_service "$data/log/gateway.log" env "${arguments[@]}" \
    SALLYPORT_GATEWAY_LISTEN_PORTS_FILE="$ports" SALLYPORT_GATEWAY_HEALTH_PORT=0 \
    SALLYPORT_GATEWAY_HEALTH_PORT_FILE="$data/gateway/health-port" "${unprivileged[@]}" \
    "$bin/sallyport-gateway" serve --config "$data/gateway/gateway.yaml"
  gateway_pid=$service_pid
  wait_for_file "$ports" "$gateway_pid" 30 || {
    cat "$data/log/gateway.log" >&2
    return 1
  }
  agents_endpoint=localhost:$(json_field agents <"$ports")
  enroll_endpoint=localhost:$(json_field enroll <"$ports")
  operator_endpoint=localhost:$(json_field operator <"$ports")
  export SALLYPORT_OPERATOR_GATEWAY_ENDPOINT=$operator_endpoint
}

# make_trust_root DATA
#   The customer's own CA, which the gateway never sees.
make_trust_root() {
  sallyport trust init --dir "$1/trust-root" --trust-domain customer.example >&2
}

# enroll ROLE DATA NAME POOL
#   Makes a single-use token for POOL and enrolls NAME (`sallyport-ROLE`) with it.
enroll() {
  local role=$1 data=$2 name=$3 pool=$4 state=$2/$3
  local token=$data/$name.token
  sallyport token create --pool "$pool" --token-file "$token" >&2
  "$bin/sallyport-$role" enroll --gateway "$enroll_endpoint" --ca "$data/gateway/ca.pem" \
    --server-name localhost --trust-domain gateway.example --state-dir "$state" \
    --token-file "$token" >"$data/log/$name-enroll.log" 2>&1 || {
    cat "$data/log/$name-enroll.log" >&2
    return 1
  }
  rm -f "$token"
  sallyport trust issue --dir "$data/trust-root" --role "$role" --name "$name" \
    --out "$state/trust" >&2
}

# enroll_and_start_agent DATA UPSTREAM_URL UPSTREAM_CA USER PASSWORD
enroll_and_start_agent() {
  local data=$1 url=$2 ca=$3 user=$4 password=$5
  sallyport pool create --kind vcs "$vcs_pool" >&2
  enroll vcs-agent "$data" agent-1 "$vcs_pool" || return 1
  (umask 077 && printf '%s\n%s\n' "$user" "$password" >"$data/agent-1/git-credential")
  cat >"$data/agent-1.yaml" <<YAML
gateway:
  endpoint: $agents_endpoint
  server-name: localhost
  trust-domain: gateway.example
state:
  directory: "$data/agent-1"
health:
  port: 0
  port-file: "$data/agent-1/health-port"
upstreams:
  - match: "team/*"
    url: $url
    ca-file: "$ca"
    credential-file: "$data/agent-1/git-credential"
YAML
  # A policy file, which the environment may name, takes the place of the list.
  if [ -z "${SALLYPORT_VCS_AGENT_POLICY_FILE:-}" ]; then
    printf 'repositories:\n  - team/*\n' >>"$data/agent-1.yaml"
  fi
  start_agent "$data"
}

# start_agent DATA
start_agent() {
  local data=$1
  start_service "$data/log/agent-1.log" "${unprivileged[@]}" \
    "$bin/sallyport-vcs-agent" run --config "$data/agent-1.yaml"
  agent_pid=$service_pid
  wait_for_line "$data/log/agent-1.log" 'session open' "$agent_pid" 30 || {
    cat "$data/log/agent-1.log" >&2
    return 1
  }
}

# enroll_and_start_worker DATA NAME [POOL]
enroll_and_start_worker() {
  local data=$1 name=$2 pool=${3:-$worker_pool}
  sallyport pool list --output json | grep -q "\"$pool\"" ||
    sallyport pool create --kind worker "$pool" >&2
  enroll worker "$data" "$name" "$pool" || return 1
  cat >"$data/$name.yaml" <<YAML
gateway:
  endpoint: $agents_endpoint
  server-name: localhost
  trust-domain: gateway.example
state:
  directory: "$data/$name"
health:
  port: 0
  port-file: "$data/$name/health-port"
jobs:
  capacity: 2
YAML
  start_worker "$data" "$name"
}

# start_worker DATA NAME
start_worker() {
  local data=$1 name=$2
  start_service "$data/log/$name.log" "${unprivileged[@]}" \
    "$bin/sallyport-worker" run --config "$data/$name.yaml"
  worker_pid=$service_pid
  wait_for_line "$data/log/$name.log" 'session open' "$worker_pid" 30 || {
    cat "$data/log/$name.log" >&2
    return 1
  }
}

# print_continue DATA JOB REF
print_continue() {
  local data job ref program folder
  printf -v data %q "$1"
  printf -v job %q "$2"
  printf -v ref %q "$3"
  printf -v program %q "$bin/sallyport"
  printf -v folder %q "$operator_directory"
  cat >&2 <<TEXT

Everything is still running. The data folder is $data. To continue by hand:

  export SALLYPORT_OPERATOR_DIR=$folder SALLYPORT_OPERATOR_GATEWAY_ENDPOINT=$operator_endpoint
  $program job list
  $program job logs $job
  $program job submit --pool $worker_pool --repo $vcs_pool:team/app.git --ref $ref --follow -- ls

To stop and remove it:

  kill --$(printf -- ' -%s' "${service_groups[@]}")
  rm -rf $data

TEXT
}
