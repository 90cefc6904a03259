/**
 * What `strict` adds, as systemd-run takes it too: all of it needs user namespaces, which some machines refuse (217, 218, 226).
 * Without PrivateUsers= systemd 252 ignores the rest or fails. ProtectSystem=strict leaves /home and /root as they are.
 * Not PrivateDevices=, which hides graphics cards; not ProtectKernelLogs=, which containers refuse.
 */
export const strictProperties = [
  'PrivateUsers=yes',
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectControlGroups=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'RestrictNamespaces=yes',
] as const;
