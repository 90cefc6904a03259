/**
 * Gives a function that runs tasks in order, one per turn of the event loop. The first task runs at once.
 * libuv accepts one connection per turn. If all requests of a turn were answered in it, a new client would wait one
 * long turn for each connection that was opened before its own: seconds, after a restart under load.
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
