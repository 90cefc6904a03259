/** Behaves as crontab of Debian's cron 3.0pl1 and of BusyBox 1.35 were seen to: no table is exit 1 and nothing printed. */
export const crontabScript = `#!/bin/sh
case "$1" in
  -l) [ -e "$CRONTAB" ] || { echo "no crontab for $(id -un)" >&2; exit 1; }; cat "$CRONTAB" ;;
  -r) rm "$CRONTAB" ;;
  *) [ -z "$REFUSE" ] || { echo "You are not allowed to use this program" >&2; exit 1; }; cat "$1" > "$CRONTAB" ;;
esac
`;
