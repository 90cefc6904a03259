/** Resolves in the next turn of the event loop, so that waiting requests are answered first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
