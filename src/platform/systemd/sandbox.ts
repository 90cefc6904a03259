/**
 * The properties that `strict` adds, also in the form for systemd-run. All of them need user namespaces, which some
 * machines refuse (217, 218, 226). Without PrivateUsers=, systemd 252 ignores the others or fails.
 * ProtectSystem=strict does not affect /home and /root. PrivateDevices= is left out because it hides graphics cards,
 * and ProtectKernelLogs= because containers refuse it.
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
