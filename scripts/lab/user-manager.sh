#!/bin/bash
# user-manager.sh up|down|exec|status USER [CMD…]
# Runs a real `systemd --user` for a temporary USER. PID 1 need not be systemd. Root only. Idempotent.
#   up      creates the user and starts the manager; prints "UID GID HOME"
#   exec    runs CMD as the user, in a clean login environment
#   down    stops the manager and everything below it, deletes the user
# No system bus, logind or journald is needed. Needs: systemd, util-linux, passwd, a writable cgroup hierarchy.
set -euo pipefail
verb=${1:?up|down|exec|status}; user=${2:?user}; shift 2
case $user in mdt*) ;; *) echo "not a throw-away user (mdt…): $user" >&2; exit 2 ;; esac
state=/run/memoryd-lab; mkdir -p "$state"
booted() { [ "$(cat /proc/1/comm)" = systemd ]; }
known() { id -u "$user" >/dev/null 2>&1; }
uid() { id -u "$user"; }
home() { getent passwd "$user" | cut -d: -f6; }
pidfile() { echo "$state/$user.pid"; }
# Locks changes to the whole machine: the password file, and the directory that means "booted with systemd".
exclusively() { exec 8>"$state/lock"; flock -w 60 8; "$@"; exec 8>&-; }
# All mounted hierarchies that systemd may use: pure v2, hybrid (unified + name=systemd) or v1 (name=systemd).
hierarchies() { awk '/ - cgroup2 / || (/ - cgroup / && /name=systemd/) {print $5}' /proc/self/mountinfo; }
cgroup() { echo "$1/user.slice/user-$(uid).slice/user@$(uid).service"; }
# Alive: the recorded pid has the recorded start time (field 22 of stat). A reused pid or a zombie does not count.
start_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" {print $20}'; }
alive() { local p s; read -r p s 2>/dev/null < <(cat "$(pidfile)" 2>/dev/null) && [ -n "$p" ] && [ "$(start_of "$p")" = "$s" ]; }
as() { setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups env -i HOME="$(home)" USER="$user" LOGNAME="$user" SHELL=/bin/bash \
  LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR="/run/user/$(uid)" "$@"; }
answers() { as systemctl --user show --property=Version >/dev/null 2>&1; }
wait_for_answer() { local i; for i in $(seq 400); do answers && return 0; booted || alive || { echo 'the manager died:'; tail -5 "$state/$user.log"; return 1; } >&2; sleep 0.025; done; echo 'no manager after 10 s' >&2; return 1; }
make_user() { known || useradd --create-home --shell /bin/bash "$user"; }
make_booted() { [ -d /run/systemd/system ] || { mkdir -p /run/systemd/system; touch "$state/made-booted"; }; }
unmake_booted() { # by the last one
  [ -e "$state/made-booted" ] && ! ls "$state"/*.pid >/dev/null 2>&1 || return 0
  rmdir /run/systemd/system /run/systemd/unit-root /run/systemd/propagate 2>/dev/null || true; rm -f "$state/made-booted"
}
prepare() {
  make_user
  # Written first, so that a concurrent `down` sees it: our pid file keeps /run/systemd/system alive.
  booted || { echo '' > "$(pidfile)"; make_booted; }
}
up() {
  if known && answers; then say; return; fi
  exclusively prepare
  if booted; then loginctl enable-linger "$user"; wait_for_answer; say; return; fi
  local h c writable=
  for h in $(hierarchies); do [ -w "$h" ] && mkdir -p "$h/user.slice" 2>/dev/null && writable=1; done
  [ -n "$writable" ] || { echo 'no writable cgroup hierarchy: start the container with --privileged --cgroupns=host' >&2; exit 1; }
  # PID 1 usually creates these. Without unit-root every mount sandbox (ProtectSystem=…) fails with 226.
  install -d -m 0700 /run/systemd/unit-root /run/systemd/propagate
  rm -rf "/run/user/$(uid)"; install -d -m 0755 /run/user; install -d -m 0700 -o "$user" -g "$(id -g "$user")" "/run/user/$(uid)"
  for h in $(hierarchies); do
    c=$(cgroup "$h"); mkdir -p "$c" 2>/dev/null || continue
    chown "$user" "$c" "$c"/cgroup.procs "$c"/cgroup.subtree_control "$c"/cgroup.threads "$c"/tasks 2>/dev/null || true
  done
  # A child moves itself into the cgroups (never the caller), then becomes the manager.
  ( for h in $(hierarchies); do c=$(cgroup "$h"); [ ! -d "$c" ] || echo $BASHPID > "$c/cgroup.procs" 2>/dev/null || true; done
    # If /run is not a mount point, sandboxes get an empty one without the notify socket. In this namespace it is one.
    exec setsid unshare --mount sh -c 'mount --rbind /run /run && exec "$@"' - \
      setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups env -i HOME="$(home)" USER="$user" LOGNAME="$user" SHELL=/bin/bash \
      LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR="/run/user/$(uid)" SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_COLOR=0 \
      /lib/systemd/systemd --user </dev/null >>"$state/$user.log" 2>&1 ) &
  echo "$! $(start_of $!)" > "$(pidfile)"
  wait_for_answer; say
}
say() { echo "$(uid) $(id -g "$user") $(home)"; }
stop_manager() {
  local p h c i; read -r p _ < <(cat "$(pidfile)" 2>/dev/null) || p=
  if [ -n "$p" ] && alive; then
    kill -RTMIN+24 "$p" 2>/dev/null || true    # systemctl --user exit, without a bus
    for i in $(seq 120); do alive || break; sleep 0.025; done
    kill -9 "$p" 2>/dev/null || true
  fi
  for h in $(hierarchies); do c=$(cgroup "$h"); [ -d "$c" ] || continue    # stragglers, then the empty tree
    for i in $(seq 40); do
      find "$c" -name cgroup.procs -exec cat {} + 2>/dev/null | xargs -r kill -9 2>/dev/null || true
      find "$c" -depth -type d -exec rmdir {} + 2>/dev/null && break; sleep 0.05
    done
    rmdir "$(dirname "$c")" 2>/dev/null || true
  done
  rm -rf "/run/user/$(uid)"
}
# userdel keeps the crontab. The next account of that name could not read it.
delete_crontab() { ! command -v crontab >/dev/null || crontab -r -u "$user" 2>/dev/null || true; }
# A killed manager leaves the temporary directories of its units' sandboxes (PrivateTmp=).
delete_sandboxes() { find /tmp /var/tmp -maxdepth 1 -user "$user" -name 'systemd-private-*' -exec rm -rf {} + 2>/dev/null || true; }
delete_user() { delete_crontab; delete_sandboxes; rm -f "$(pidfile)" "$state/$user.log"; booted || unmake_booted; local i; for i in $(seq 40); do userdel -r "$user" 2>/dev/null && return; known || return 0; sleep 0.05; done; userdel -rf "$user" 2>/dev/null; }
down() {
  known || return 0
  if booted; then loginctl disable-linger "$user"; loginctl terminate-user "$user" 2>/dev/null || true; else stop_manager; fi
  exclusively delete_user
}
case $verb in
  up) up ;; down) down ;; exec) cd "$(home)"; as "$@" ;;
  status) known && answers && echo running || { echo stopped; exit 1; } ;;
  *) echo "no such verb: $verb" >&2; exit 2 ;;
esac
