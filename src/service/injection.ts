/**
 * Variables that make Node, OpenSSL or the loader run, load, open or print something of the setter's choice. A service
 * manager passes its own environment to what it starts: one `systemctl --user set-environment NODE_OPTIONS=--inspect`
 * would open a debugger to every user of the machine. Hosts and supervisors run without all of them.
 *
 * nodejs.org/api/cli.html "Environment variables", ld.so(8), openssl-env(7), dyld(1).
 *
 * Not listed, because they run nothing and open nothing: NODE_EXTRA_CA_CERTS and SSL_CERT_* (more trust for daemons that
 * call out; ours does not), NODE_NO_WARNINGS, NODE_PENDING_DEPRECATION, NODE_SKIP_PLATFORM_CHECK,
 * NODE_PENDING_PIPE_INSTANCES, NODE_REPL_HISTORY, NO_COLOR, TZ, UV_THREADPOOL_SIZE, GLIBC_TUNABLES.
 */

const node = [
  // Any flag: --inspect opens a debugger, --require and --import run code.
  'NODE_OPTIONS',
  // Where modules come from.
  'NODE_PATH',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REPL_EXTERNAL_MODULE',
  // Compiled code is loaded from this directory.
  'NODE_COMPILE_CACHE',
  'NODE_ICU_DATA',
  // They write files.
  'NODE_V8_COVERAGE',
  'NODE_REDIRECT_WARNINGS',
  // They print headers, and with them tokens, into the manager's log.
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  // Off, it accepts every certificate; on, loopback requests may go through a proxy.
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  // A descriptor that takes messages.
  'NODE_CHANNEL_FD',
];

/** With it, even empty, Node takes the process for a worker of a cluster, and nothing listens. */
const clusterWorker = 'NODE_UNIQUE_ID';

/** A configuration names modules to load. */
const openssl = ['OPENSSL_CONF', 'OPENSSL_MODULES', 'OPENSSL_ENGINES'];

/** LD_LIBRARY_PATH too: the copy of Node that a unit runs needs none. */
const elfLoader = [
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'LD_DEBUG',
  'LD_DEBUG_OUTPUT',
  'LD_PROFILE',
  'LD_PROFILE_OUTPUT',
  'GCONV_PATH',
  'MALLOC_TRACE',
];

/** Names that a unit takes away, where its manager can. */
export const injectionVariables: readonly string[] = [...node, clusterWorker, ...openssl, ...elfLoader];

/** Names that a command line takes away before Node starts, where the manager cannot: Windows has none of the loader's. */
export const windowsVariables: readonly string[] = [...node, clusterWorker, ...openssl];

/**
 * Names that a unit sets to the empty string, where its manager can only set: Node and OpenSSL take that for absent. Not
 * the loader's of macOS: before macOS 12, dyld ends a program whose DYLD_INSERT_LIBRARIES is empty.
 */
export const emptiedVariables: readonly string[] = [...node, ...openssl];

/** Node's Windows environment ignores case, and so may what set it. */
function isInjection(name: string): boolean {
  const upper = name.toUpperCase();
  return upper.startsWith('DYLD_') || injectionVariables.includes(upper);
}

/** The names in `env` that must not be there; `effective` are those with a value, which took effect (pure). */
export function injectedVariables(env: Readonly<Record<string, string | undefined>>): {
  all: string[];
  effective: string[];
} {
  const all = Object.keys(env).filter(isInjection).sort();
  return { all, effective: all.filter((name) => env[name] !== '' || name.toUpperCase() === clusterWorker) };
}
