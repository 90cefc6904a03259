/**
 * What `strict` adds, as systemd-run takes it too: all of it needs user namespaces, which some machines refuse (217, 218, 226).
 * Without PrivateUsers= systemd 252 ignores the rest or fails.
 */
export const strictProperties = [
  'PrivateUsers=yes',
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectControlGroups=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'RestrictNamespaces=yes',
] as const;
