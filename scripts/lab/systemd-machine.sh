#!/bin/bash
# systemd-machine.sh base|up|sh|login|reboot|leader|down …
# Runs a complete systemd and logind machine in a container. PID 1 of the host need not be systemd. Root only.
#   base                 builds the root file system once (about 40 s; keep $MEMORYD_LAB as a CI cache)
#   up NAME              boots a machine; prints the path of its root directory
#   sh NAME CMD…         runs CMD as root in it
#   login NAME USER CMD… runs CMD in a real PAM login session of USER; logout is when CMD ends
#   reboot NAME          returns when it is up again
#   down NAME            stops and removes it
# Needs: systemd-container, debootstrap, util-linux, procps.
set -euo pipefail
unset TMPDIR    # of the caller: it is in no other root file system
lab=${MEMORYD_LAB:-/var/tmp/memoryd-lab}; verb=${1:?base|up|sh|login|reboot|leader|down}; shift
packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,polkitd,sudo,login,passwd,procps,curl
suite=bookworm
rootfs=$lab/$suite-$(echo "$packages" | sha256sum | cut -c1-8)
machine() { echo "$lab/machines/$1"; }
mirror() { echo "${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 2>/dev/null | head -1)}"; }
base() {
  mkdir -p "$lab"; exec 9>"$lab/lock"; flock 9    # two callers at once: the second finds it built
  [ ! -e "$rootfs/.built" ] || return 0
  rm -rf "$rootfs"
  local from; from=$(mirror)
  debootstrap --variant=minbase --include="$packages" "$suite" "$rootfs" ${from:+"$from"} >"$lab/debootstrap.log" 2>&1 || { tail -5 "$lab/debootstrap.log" >&2; rm -rf "$rootfs"; return 1; }
  chroot "$rootfs" useradd -m -s /bin/bash -u 1000 bob; rm -rf "$rootfs"/var/cache/apt/archives/*.deb
  touch "$rootfs/.built"
}
# The container's PID 1; it changes at every reboot.
leader() { local n; n=$(pgrep -P "$(cat "$(machine "$1")/nspawn.pid")" systemd-nspawn) && pgrep -P "$n" -x systemd; }
named_hierarchies() { awk '/ - cgroup2 / || /name=systemd/ {print $5}' /proc/self/mountinfo; }
up() {
  local d name=$1; d=$(machine "$name"); mkdir -p "$d"/{upper,work,root}
  mountpoint -q "$d/root" || mount -t overlay overlay -o lowerdir="$rootfs",upperdir="$d/upper",workdir="$d/work" "$d/root"
  rm -f "$d/root/etc/machine-id"; : > "$d/root/etc/machine-id"
  # In its own mount namespace with a tmpfs: if /run is on disk, nspawn refuses to clean its propagate directory.
  # In its own cgroup: with --keep-unit, nspawn creates payload/ in its current one, which two machines would share.
  # With --keep-unit (there is no host systemd for a scope) nspawn exits with 133 at a reboot, so this loop restarts it.
  LABNAME=$name HIERARCHIES=$(named_hierarchies) setsid unshare -m --propagation private sh -c '
    mkdir -p /run/systemd/nspawn; mount -t tmpfs tmpfs /run/systemd/nspawn
    for h in $HIERARCHIES; do mkdir -p "$h/memoryd-$LABNAME" && echo $$ > "$h/memoryd-$LABNAME/cgroup.procs"; done
    trap "kill \$n; wait \$n; exit" TERM
    while :; do "$@" & n=$!; wait $n; [ $? = 133 ] || break; done' - \
    systemd-nspawn --quiet --directory="$d/root" --machine="$name" --boot --register=no --keep-unit --console=pipe --link-journal=no \
    </dev/null >>"$d/console.log" 2>&1 &
  echo $! > "$d/nspawn.pid"; wait_up "$name"; echo "$d/root"
}
wait_up() {
  local i state=none p
  for i in $(seq 600); do
    if p=$(leader "$1" 2>/dev/null) && [ -n "$p" ]; then
      state=$(inside "$1" systemctl is-system-running 2>/dev/null || true)
      case $state in running|degraded) return 0 ;; esac
    fi
    sleep 0.05
  done
  echo "the machine is not up after 30 s ($state)" >&2; tail -5 "$(machine "$1")/console.log" >&2; return 1
}
inside() { local n=$1; shift; nsenter -t "$(leader "$n")" -m -u -i -n -p -C -r -w env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb "$@"; }
# A PAM session (pam_systemd, logind) owned by the container's PID 1.
login() { local n=$1 u=$2; shift 2; inside "$n" systemd-run --quiet --pipe --wait --collect -p PAMName=login -p User="$u" -p WorkingDirectory='~' -p TimeoutStopSec=2 -- "$@"; }
reboot() {
  local old i; old=$(leader "$1"); inside "$1" systemctl reboot || true
  for i in $(seq 600); do [ "$(leader "$1" 2>/dev/null || true)" = "$old" ] || break; sleep 0.05; done
  wait_up "$1"
}
gone() { local i; for i in $(seq "$2"); do kill -0 "$1" 2>/dev/null && [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1)" != Z ] || return 0; sleep 0.05; done; return 1; }
down() {
  local d n l h; d=$(machine "$1"); [ -d "$d" ] || return 0
  n=$(cat "$d/nspawn.pid" 2>/dev/null || true); l=$(leader "$1" 2>/dev/null || true)
  if [ -n "$n" ]; then
    # After one request its PID 1 is killed, and the pid namespace ends with it: a stuck user@ would delay a clean stop
    # for 2 minutes.
    kill -TERM "$n" 2>/dev/null || true
    gone "$n" 20 || { [ -z "$l" ] || kill -9 "$l" 2>/dev/null || true; gone "$n" 40 || kill -9 "$n" 2>/dev/null || true; }
  fi
  for h in $(named_hierarchies); do find "$h/memoryd-$1" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  umount "$d/root" 2>/dev/null || umount -l "$d/root" 2>/dev/null || true; rm -rf "$d"
}
case $verb in
  base|up|login|reboot|leader|down) "$verb" "$@" ;; sh) inside "$@" ;;
  *) echo "no such verb: $verb" >&2; exit 2 ;;
esac
