# Background processes of a script: each in a process group of its own, so that stopping one
# leaves nothing of it behind.
# shellcheck shell=bash

service_groups=()

# start_service LOG COMMAND...
#   Starts COMMAND with its output in LOG; sets service_pid, which is also its process group.
start_service() {
  local log=$1
  shift
  setsid "$@" >"$log" 2>&1 </dev/null &
  service_pid=$!
  service_groups+=("$service_pid")
}

# stop_service GROUP [SECONDS]
#   SIGTERM; SIGKILL after SECONDS (default 10); what its leader left behind is killed at once.
stop_service() {
  local group=$1 seconds=${2:-10}
  kill -TERM -- "-$group" 2>/dev/null || return 0
  # Not `wait -n`: it waits for ever for what has ended just before.
  timeout "$seconds" tail --pid="$group" -s 0.02 -f /dev/null || true
  kill -KILL -- "-$group" 2>/dev/null || true
  wait "$group" 2>/dev/null || true
}

# stop_services
#   Stops every service that was started, the last one first.
stop_services() {
  local index
  for ((index = ${#service_groups[@]} - 1; index >= 0; index--)); do
    stop_service "${service_groups[index]}"
  done
  service_groups=()
}

# wait_for_file FILE GROUP SECONDS
#   Until FILE has content; fails at once where the service has died.
wait_for_file() {
  local file=$1 group=$2 tenths=$(($3 * 10))
  while ((tenths-- > 0)); do
    [[ -s $file ]] && return 0
    kill -0 "$group" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# wait_for_line LOG PATTERN GROUP SECONDS
#   Until LOG has a line that matches the extended regular expression PATTERN; fails at once where
#   the service has died.
wait_for_line() {
  local log=$1 pattern=$2 group=$3 tenths=$(($4 * 10))
  while ((tenths-- > 0)); do
    grep -Eq -- "$pattern" "$log" 2>/dev/null && return 0
    kill -0 "$group" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}
