#!/usr/bin/env bash
# A real one-node Slurm on loopback, without systemd, cgroups or a database.
#
#   slurm-local.sh install   install the Debian packages (root; nothing where they are)
#   slurm-local.sh start     start munged, slurmctld and slurmd; return when the node is idle
#   slurm-local.sh env       print what client commands need: eval "$(slurm-local.sh env)"
#   slurm-local.sh wait JOBID [SECONDS]   return when every task of the job has left the queue, 124 after so long
#   slurm-local.sh stop      cancel all jobs, end the three daemons by their own process numbers, and remove their files
#
# Settings (environment): SLURM_LOCAL_DIR (/tmp/slurm-local-$UID), SLURM_LOCAL_CPUS (CPUs that the node claims to have;
# default what nproc says), SLURM_LOCAL_ARRAY (MaxArraySize, 100001), SLURM_LOCAL_PORT (first of two TCP ports, 26817).
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

DIR=${SLURM_LOCAL_DIR:-/tmp/slurm-local-$(id -u)}
CPUS=${SLURM_LOCAL_CPUS:-$(nproc)}
MEM=$(awk '/^MemTotal:/ {print int($2 / 1024 * 0.8)}' /proc/meminfo)
PORT=${SLURM_LOCAL_PORT:-26817}
NODE=local0                       # a Slurm name only: it need not be in DNS or /etc/hosts
ME=$(id -un)
export SLURM_CONF=$DIR/slurm.conf

say() { printf 'slurm-local: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# the pid in a pid file, if that process lives and is the program we think it is
running() {  # NAME PIDFILE
  local pid
  [[ -s $2 ]] || return 1
  pid=$(tr -dc 0-9 <"$2")
  [[ -n $pid && -r /proc/$pid/cmdline ]] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "$1" || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$DIR" || return 1
  echo "$pid"
}

stop_one() {  # NAME PIDFILE
  local pid i
  pid=$(running "$1" "$2") || { rm -f "$2"; return 0; }
  kill "$pid" 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do
    [[ -d /proc/$pid ]] || break
    # a zombie nobody reaps has ended too
    grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null && break
    sleep 0.1
  done
  if ((i == 100)); then say "$1 ($pid) ignores TERM, sending KILL"; kill -9 "$pid" 2>/dev/null || true; fi
  rm -f "$2"
}

cmd_install() {
  local have=1 p
  for p in munged slurmctld slurmd sbatch; do command -v "$p" >/dev/null || have=0; done
  ((have)) && { say "already installed: $(slurmd -V)"; return 0; }
  [[ $(id -u) == 0 ]] || die "install needs root"
  # the packages must not start their own services (there is no systemd, and no /etc/slurm/slurm.conf)
  local policy=/usr/sbin/policy-rc.d mine=0
  if [[ ! -e $policy ]]; then printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; mine=1; fi
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    slurmctld slurmd slurm-client munge >/dev/null
  ((mine)) && rm -f $policy
  say "installed: $(slurmd -V)"
}

write_config() {
  umask 022
  mkdir -p "$DIR"/{state,spool,log,run,munge}
  chmod 755 "$DIR" "$DIR"/{state,spool,log,run}
  chmod 711 "$DIR"/run
  chmod 700 "$DIR"/munge
  if [[ ! -s $DIR/munge/munge.key ]]; then
    (umask 077; dd if=/dev/urandom of="$DIR/munge/munge.key" bs=1 count=128 status=none)
    chmod 400 "$DIR/munge/munge.key"
  fi
  # the jobs' history outlives the daemons' memory here (sacct needs a database, this does not)
  : >>"$DIR/log/jobcomp.log"
  cat >"$SLURM_CONF.new" <<CONF
ClusterName=local
# slurmctld refuses to start unless this is the machine's own short name
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$PORT
SlurmdPort=$((PORT + 1))
# bind to 127.0.0.1 only, not to every address
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=$ME
SlurmdUser=$ME
AuthType=auth/munge
# cred_expire is also how long a requeued job waits before it may start again (default 120 s)
AuthInfo=socket=$DIR/run/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool
SlurmctldPidFile=$DIR/run/slurmctld.pid
SlurmdPidFile=$DIR/run/slurmd.pid
SlurmctldLogFile=$DIR/log/slurmctld.log
SlurmdLogFile=$DIR/log/slurmd.log
SlurmctldDebug=info
SlurmdDebug=info
# no cgroups, no binding, no plugin that needs a library or a database
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$DIR/log/jobcomp.log
MpiDefault=none
MailProg=/bin/true
SwitchType=switch/none
# CPUs and memory are what is shared out; CPUs may claim more than the machine has
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
DefMemPerCPU=100
ReturnToService=2
# quick on a small machine
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,bf_interval=5,batch_sched_delay=0,sched_min_interval=100000
PriorityType=priority/basic
KillWait=5
MinJobAge=3600
MaxArraySize=${SLURM_LOCAL_ARRAY:-100001}
MaxJobCount=100000
JobRequeue=1
SlurmctldTimeout=30
SlurmdTimeout=60
InactiveLimit=0
NodeName=$NODE NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$CPUS RealMemory=$MEM State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP OverSubscribe=NO
CONF
  mv "$SLURM_CONF.new" "$SLURM_CONF"
  # slurmd loads a cgroup plugin at start-up even when nothing uses it: cgroup/v1 asks for nothing then
  # (v2, or the autodetection, wants systemd and dbus; "disabled" exists from 23.11 on only)
  local plugin=cgroup/v1
  case $(slurmd -V | grep -oE '[0-9]+\.[0-9]+' | head -n1) in
    2[0-2].* | 23.02) ;;
    *) plugin=disabled ;;
  esac
  printf 'CgroupPlugin=%s\n' $plugin >"$DIR/cgroup.conf"
}

node_state() { sinfo -h -N -n "$NODE" -o %T 2>/dev/null | head -n1; }

# has this slurmd registered? (right after a restart slurmctld still reports the saved state)
registered() {
  local slurmd_pid started
  slurmd_pid=$(running slurmd "$DIR/run/slurmd.pid") || return 1
  started=$(scontrol show node "$NODE" 2>/dev/null | sed -n 's/.*SlurmdStartTime=\([^ ]*\).*/\1/p')
  [[ $started == 20* ]] || return 1
  # both are whole seconds; the process cannot have registered before it was made
  (($(date -d "${started/T/ }" +%s) + 2 >= $(stat -c %Y "/proc/$slurmd_pid")))
}

cmd_start() {
  command -v slurmctld >/dev/null || die "Slurm is not installed: slurm-local.sh install"
  mkdir -p "$DIR"
  exec 9>"$DIR/.lock"; flock -w 60 9 || die "another slurm-local.sh is at work"
  if ! running slurmctld "$DIR/run/slurmctld.pid" >/dev/null && ! running slurmd "$DIR/run/slurmd.pid" >/dev/null
  then write_config; fi

  if ! running munged "$DIR/run/munged.pid" >/dev/null; then
    rm -f "$DIR"/run/munge.socket*
    # --force: munged runs as $ME, and the default checks want user munge's own directories
    munged --force --num-threads=2 --key-file="$DIR/munge/munge.key" --socket="$DIR/run/munge.socket" \
      --pid-file="$DIR/run/munged.pid" --log-file="$DIR/munge/munged.log" \
      --seed-file="$DIR/munge/munged.seed" 9>&- 2>"$DIR/munge/start.log" ||
      die "munged did not start: $(cat "$DIR/munge/start.log")"
  fi
  munge -S "$DIR/run/munge.socket" -n | unmunge -S "$DIR/run/munge.socket" >/dev/null || die "munge does not answer"

  running slurmctld "$DIR/run/slurmctld.pid" >/dev/null || slurmctld -f "$SLURM_CONF" 9>&-
  running slurmd "$DIR/run/slurmd.pid" >/dev/null || slurmd -f "$SLURM_CONF" -N "$NODE" 9>&-

  local i st=
  for ((i = 0; i < 300; i++)); do
    st=$(node_state || true)
    case $st in
      idle | mixed | allocated) registered || { sleep 0.2; continue; }
        say "up after $((i / 5)).$((i % 5 * 2)) s: node $NODE $st, $CPUS CPUs"; return 0 ;;
      down* | drained* | draining*)    # left over from an unclean stop
        scontrol update nodename="$NODE" state=resume 2>/dev/null || true ;;
    esac
    sleep 0.2
  done
  tail -n 20 "$DIR/log/slurmctld.log" "$DIR/log/slurmd.log" >&2 || true
  die "node $NODE is not idle after 60 s (state '$st')"
}

cmd_stop() {
  [[ -d $DIR ]] || { say "not running"; return 0; }
  exec 9>"$DIR/.lock"; flock -w 60 9 || die "another slurm-local.sh is at work"
  local i
  if running slurmctld "$DIR/run/slurmctld.pid" >/dev/null; then
    # without this slurmstepd and the jobs outlive slurmd
    if [[ -n $(squeue -h 2>/dev/null) ]]; then
      scancel --full -u "$ME" 2>/dev/null || true
      for ((i = 0; i < 75; i++)); do [[ -z $(squeue -h 2>/dev/null) ]] && break; sleep 0.2; done
    fi
  fi
  stop_one slurmd "$DIR/run/slurmd.pid"
  stop_one slurmctld "$DIR/run/slurmctld.pid"
  stop_one munged "$DIR/run/munged.pid"
  rm -rf -- "$DIR"
  say "stopped"
}

cmd_wait() {  # JOBID [SECONDS]
  local end=$((SECONDS + ${2:-3600})) left
  while ((SECONDS < end)); do
    left=$(squeue -h -r -j "$1" -o %i 2>/dev/null || true)
    [[ -z $left ]] && return 0
    sleep 0.5
  done
  return 124
}

case ${1:-} in
  install) cmd_install ;;
  start) cmd_start ;;
  stop) cmd_stop ;;
  env) echo "export SLURM_CONF=$SLURM_CONF" ;;
  wait) [[ $# -ge 2 ]] || die "wait JOBID [SECONDS]"; cmd_wait "$2" "${3:-3600}" ;;
  *) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
