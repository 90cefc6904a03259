/**
 * The script that a .cmd file of npm starts with Node, relative to the file (pure). Node starts no batch files without
 * a shell (CVE-2024-27980), and a shell would split arguments. `undefined` for other batch files.
 */
export function scriptOf(shim: string, name: string): string | undefined {
  const scripts = [...shim.matchAll(/%(?:~dp0|dp0%)\\?([^"%\r\n]+\.[cm]?js)\b/gi)].map(
    ([, path]) => path as string,
  );
  // npx.cmd also names a helper script. The script it starts has the same name as the file.
  const own = scripts.find((path) =>
    path.toLowerCase().split('\\').at(-1)?.startsWith(`${name.toLowerCase()}-`),
  );
  return own ?? scripts.at(-1);
}
