/** The numbers of a version and what follows them: `1.10.2-beta.1` is [[1, 10, 2], "beta.1"]. */
function parts(name: string): [number[], string] {
  const match = /(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?$/.exec(name);
  return [(match?.[1] ?? '').split('.').map(Number), match?.[2] ?? ''];
}

/** Orders names by the version at their end, lowest first. A pre-release comes before its release. */
export function byVersion(a: string, b: string): number {
  const [[left, leftTail], [right, rightTail]] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (leftTail === rightTail) return a < b ? -1 : a > b ? 1 : 0;
  if (leftTail === '' || rightTail === '') return leftTail === '' ? 1 : -1;
  return leftTail.localeCompare(rightTail, 'en', { numeric: true });
}
