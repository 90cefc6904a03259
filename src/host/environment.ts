/**
 * What a detached daemon takes along of the environment it was started from: what a fresh login would give it, and the
 * proxy and certificate settings that clients of the network need (M16). The shell's secrets and NODE_OPTIONS stay behind.
 */
const kept = [
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'PATH',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];
const keptPatterns = [/^LC_/, /^XDG_/, /^MEMORYD_/, /^(https?|no|all)_proxy$/i];

export function daemonEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (kept.includes(entry[0]) || keptPatterns.some((pattern) => pattern.test(entry[0]))),
  );
  return Object.fromEntries(entries);
}
