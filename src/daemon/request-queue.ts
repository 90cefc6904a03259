/**
 * Lets one piece of work begin in each turn of the event loop, in the order they came; the first one at once.
 * libuv accepts one connection a turn. Were all requests of a turn answered in it, whoever connects while many are busy
 * would wait for as many turns of theirs as others connect before it: seconds, after a restart under load.
 */
export function createRequestQueue(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  let taken = false;

  function turn(): void {
    const work = waiting.shift();
    taken = work !== undefined;
    if (work === undefined) return;
    setImmediate(turn);
    work();
  }

  return (work) => {
    if (taken) return void waiting.push(work);
    taken = true;
    setImmediate(turn);
    work();
  };
}
