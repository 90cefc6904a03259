/**
 * The script that a .cmd file of npm's starts with Node, relative to the file (pure): Node starts no batch files without
 * a shell (CVE-2024-27980), and a shell would take arguments apart. `undefined` when it is another kind of batch file.
 */
export function scriptOf(shim: string, name: string): string | undefined {
  const scripts = [...shim.matchAll(/%(?:~dp0|dp0%)\\?([^"%\r\n]+\.[cm]?js)\b/gi)].map(
    ([, path]) => path as string,
  );
  // npx.cmd also names a helper of its own; the script it is for is called after it.
  const own = scripts.find((path) =>
    path.toLowerCase().split('\\').at(-1)?.startsWith(`${name.toLowerCase()}-`),
  );
  return own ?? scripts.at(-1);
}
