#!/bin/bash
# Records how launchd and launchctl of this Mac behave, for the tests of memoryd. See docs/capturing-macos.md.
# Runs as you, without sudo. Starts one temporary job (a sleeping shell), and removes it again.
# Usage: bash scripts/capture-launchd.sh [directory]
set -u

uid=$(id -u)
label=dev.example.capture
version=$(sw_vers -productVersion 2>/dev/null || echo unknown)
out=${1:-launchd-capture-$version}
work=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/capture.XXXXXX")" && pwd -P)
plist=$work/$label.plist
mkdir -p "$out"

launchctl print "gui/$uid/$label" >/dev/null 2>&1
case $? in 0 | 113) domain=gui/$uid ;; *) domain=user/$uid ;; esac
target=$domain/$label

cleanup() {
  launchctl bootout "$target" >/dev/null 2>&1
  launchctl enable "$target" >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT

# Replaces your name, home and user id by those of alice.
neutral() {
  sed -e "s#$work#/private/tmp/scratch#g" -e "s#$HOME#/Users/alice#g" -e "s#gui: $uid#gui: 501#g" \
    -e "s#gui/$uid\$#gui/501#" -e "s#user/$uid\$#user/501#" -e "s#gui/$uid\([^0-9]\)#gui/501\1#g" -e "s#user/$uid\([^0-9]\)#user/501\1#g" \
    -e "s#disabled\.$uid\.#disabled.501.#g"
}

# record NAME COMMAND...: records output as NAME.txt and NAME.stderr.txt, and the exit code as a line of codes.txt.
record() {
  local name=$1; shift
  "$@" >"$work/stdout" 2>"$work/stderr"
  local code=$?
  neutral <"$work/stdout" >"$out/$name.txt"
  [ -s "$work/stderr" ] && neutral <"$work/stderr" >"$out/$name.stderr.txt"
  echo "$name: exit $code: $*" | neutral | tee -a "$out/codes.txt"
}

note() { echo "$1: $2" | neutral | tee -a "$out/answers.txt"; }

# write_plist SCRIPT KEYS: writes a job that runs SCRIPT.
write_plist() {
  cat >"$plist" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>$label</string>
<key>ProgramArguments</key><array><string>/bin/sh</string><string>$work/job.sh</string></array>
<key>LimitLoadToSessionType</key><array><string>Aqua</string><string>Background</string></array>
$2
</dict></plist>
XML
  chmod 644 "$plist"
  printf '%s\n' "$1" >"$work/job.sh"
}

# until_code CODE: waits up to 20 s until print exits with CODE, and records how long that took.
until_code() {
  local tries=0
  while [ $tries -lt 200 ]; do
    launchctl print "$target" >/dev/null 2>&1
    [ $? = "$1" ] && break
    sleep 0.1
    tries=$((tries + 1))
  done
  echo "after about $tries tenths of a second"
}

state() { launchctl print "$target" 2>/dev/null | sed -n 's/^	state = //p' | head -n 1; }

: >"$out/codes.txt"; : >"$out/answers.txt"
note version "$version, domain $domain, $([ -n "${SSH_CONNECTION:-}" ] && echo over SSH || echo at the screen)"
{ sw_vers; uname -mrsv; } >"$out/machine.txt" 2>/dev/null

stubborn="echo up >>$work/log
trap 'echo asked >>$work/log; exit 0' TERM
while :; do sleep 0.2; done"
keep='<key>KeepAlive</key><true/><key>ThrottleInterval</key><integer>1</integer>'

record managername launchctl managername
record print-missing launchctl print "$target"
record print-no-gui-domain launchctl print gui/99999/x
record print-no-user-domain launchctl print user/99999/x
record print-own-gui-domain launchctl print "gui/$uid/x"
record print-own-user-domain launchctl print "user/$uid/x"
record bootout-missing launchctl bootout "$target"
record kickstart-missing launchctl kickstart "$target"

write_plist "$stubborn" "$keep"
record plutil-stdin plutil -lint - <"$plist"
record bootstrap launchctl bootstrap "$domain" "$plist"
sleep 2
record print-running launchctl print "$target"
record bootstrap-loaded launchctl bootstrap "$domain" "$plist"
record kickstart-running launchctl kickstart "$target"
record list-running launchctl list "$label"
for other in "gui/$uid" "user/$uid"; do
  launchctl print "$other/$label" >/dev/null 2>&1
  note "loaded-in $other" "exit $?"
done

: >"$work/log"
record kickstart-k launchctl kickstart -k "$target"
sleep 3
note "kickstart -k" "$(grep -q asked "$work/log" && echo 'sends SIGTERM' || echo 'sends SIGKILL at once')"

record disable-running launchctl disable "$target"
sleep 1
# Records the structure of the whole domain, but of the listed jobs only ours.
launchctl print "$domain" 2>"$work/stderr" | awk -v label="$label" '/^\t\t/ && !index($0, label) { next } { print }' |
  neutral >"$out/print-domain.txt"
note "overrides in print of a domain" "$(grep -c "\"$label\" => " "$out/print-domain.txt")"
case $(ls -ln /dev/console | awk '{ print $3 }') in
  "$uid") note console yours ;;
  0) note console "root's" ;;
  *) note console "another user's" ;;
esac
note "disable on a running job" "state is now: $(state)"
record print-disabled-running launchctl print "$target"
record print-disabled launchctl print-disabled "$domain"
overrides=/var/db/com.apple.xpc.launchd/disabled.$uid.plist
note overrides-file "$(ls -l "$overrides" 2>&1), readable: $([ -r "$overrides" ] && echo yes || echo no)"

record bootout launchctl bootout "$target"
record print-after-bootout launchctl print "$target"
record bootstrap-draining launchctl bootstrap "$domain" "$plist"
note "label free" "$(until_code 113)"
record bootstrap-disabled launchctl bootstrap "$domain" "$plist"
record enable launchctl enable "$target"

chmod 666 "$plist"
record bootstrap-bad-mode launchctl bootstrap "$domain" "$plist"
chmod 644 "$plist"

write_plist "trap '' TERM; while :; do sleep 0.2; done" "$keep"
record bootstrap-deaf launchctl bootstrap "$domain" "$plist"
sleep 1
record bootout-deaf launchctl bootout "$target"
record print-sigtermed launchctl print "$target"
record bootout-again launchctl bootout "$target"
note "label free after SIGKILL" "$(until_code 113)"

write_plist 'exit 3' '<key>KeepAlive</key><true/><key>ThrottleInterval</key><integer>30</integer>'
record bootstrap-crashing launchctl bootstrap "$domain" "$plist"
sleep 1
record print-throttled launchctl print "$target"
record kickstart-throttled launchctl kickstart "$target"
record print-throttled-kicked launchctl print "$target"
record bootout-throttled launchctl bootout "$target"
until_code 113 >/dev/null

write_plist 'kill -SEGV $$' '<key>RunAtLoad</key><true/>'
record bootstrap-segv launchctl bootstrap "$domain" "$plist"
sleep 1
record print-segv launchctl print "$target"

echo
echo "recorded in $out: please look through it, then attach it to an issue"
