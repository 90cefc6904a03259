#!/usr/bin/env node
'use strict';
// Read by whatever Node there is, so nothing here is younger than Node 0.10.
var found = process.versions.node.split('.').map(Number);
var enough =
  (found[0] === 22 && (found[1] > 22 || (found[1] === 22 && found[2] >= 2))) ||
  (found[0] === 24 && found[1] >= 15) ||
  found[0] >= 26;
var args = process.argv.slice(2);
/** Libraries ask for it while they are loaded, and a user id without a password entry has none (N29). */
function hasHome() {
  try {
    return require('node:os').homedir() !== '';
  } catch (error) {
    return error === undefined;
  }
}
function whole() {
  require('./boot.cjs').whole();
}
if (!enough) {
  process.stderr.write(
    'memoryd: node ' +
      process.versions.node +
      ' is too old, it needs 22.22.2, 24.15 or 26\n' +
      'try: npx -y -p node@24 -p memoryd memoryd ' +
      args.join(' ') +
      '\n',
  );
  process.exitCode = 1;
} else if (!hasHome()) {
  process.stderr.write(
    'memoryd: user ' +
      process.geteuid() +
      ' has no entry in the password database, and HOME is not set\n' +
      'try: export HOME=/path/to/a/directory\n',
  );
  process.exitCode = 78;
} else if (args[0] === 'status') {
  require('./status.cjs').fastStatus(args, whole);
} else if (args[0] === 'host') {
  require('./boot.cjs').host(args);
} else {
  whole();
}
