import { setTimeout as delay } from 'node:timers/promises';
import { Gone, type Workload } from './workload.ts';

/** One client: stores and finds memories, syncs a project of its own, and takes turns with others at a shared one. */
export class Client {
  readonly #load: Workload;
  readonly #name: string;
  readonly #own: string;
  readonly #shared: string;
  readonly #headers: Record<string, string>;
  /** What the own project's file may hold: until an upload is answered, both contents are right. */
  #written: string[] = [];
  readonly #remembered: string[] = [];

  /** @param turns how many projects all clients share */
  constructor(load: Workload, number: number, turns: number) {
    this.#load = load;
    this.#name = `client${number}`;
    this.#own = `/projects/${this.#name}`;
    this.#shared = `/projects/shared${number % turns}`;
    this.#headers = { 'x-client-id': this.#name };
  }

  async work(until: number): Promise<void> {
    for (let n = 0; performance.now() < until; n += 1) {
      try {
        await this.#remember(`${this.#name}x${n}`);
        if (n % 3 === 1) await this.#recall(n);
        if (n % 4 === 0) await this.#sync(n);
        if (n % 4 === 2) await this.#takeTurn(n);
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        this.#load.gone += 1;
        await delay(50);
      }
    }
  }

  async #remember(word: string): Promise<void> {
    const load = this.#load;
    const content = `remember ${word} for later`;
    const { memory } = await load.call('store_memory', { content, tags: [this.#name] });
    load.stored.set(memory?.id, content);
    this.#remembered.push(memory?.id);
    const { memories } = await load.call('search_memories', { query: `${word} remember`, limit: 3 });
    load.expect(
      memories?.[0]?.id === memory?.id && memories[0].snippet === content,
      () => `${word} is not the first that a search for it finds`,
    );
  }

  /** One of its memories of long ago is what it was. */
  async #recall(n: number): Promise<void> {
    const id = this.#remembered[n % this.#remembered.length] ?? '';
    const { memory } = await this.#load.call('get_memory', { id });
    this.#load.expect(memory?.content === this.#load.stored.get(id), () => `${id} is not what was stored`);
  }

  async #sync(n: number): Promise<void> {
    const load = this.#load;
    const locked = await load.ask('POST', `${this.#own}/lock`, this.#headers);
    load.expect(locked.status === 200, () => `own lock: ${locked.status} ${JSON.stringify(locked.json)}`);
    const content = `${this.#name} ${n} ${'y'.repeat(n % 700)}`;
    this.#written.push(content);
    await this.#put(this.#own, content);
    this.#written = [content];
    const beat = await load.ask('POST', `${this.#own}/lock/heartbeat`, this.#headers);
    load.expect(beat.status === 200, () => `heartbeat: ${beat.status} ${JSON.stringify(beat.json)}`);
    await this.check();
    const released = await load.ask('DELETE', `${this.#own}/lock`, this.#headers);
    load.expect(released.status === 200, () => `release: ${released.status}`);
  }

  async #put(project: string, content: string): Promise<void> {
    const body = JSON.stringify({ content });
    const put = await this.#load.ask('PUT', `${project}/files/summary.md`, this.#headers, body);
    this.#load.expect(put.status === 200, () => `put: ${put.status} ${JSON.stringify(put.json)}`);
  }

  /** What nobody but this client writes holds what it wrote last. */
  async check(): Promise<void> {
    if (this.#written.length === 0) return;
    const { json } = await this.#load.ask('GET', `${this.#own}/files/summary.md`);
    this.#load.expect(
      this.#written.includes(json.content),
      () => `${this.#name} reads what it did not write`,
    );
  }

  /** Who has the lock writes, and reads what it wrote: nobody else has come in between. */
  async #takeTurn(n: number): Promise<void> {
    const load = this.#load;
    const { status, json } = await load.ask('POST', `${this.#shared}/lock`, this.#headers);
    load.expect(status === 200 || status === 409, () => `shared lock: ${status}`);
    if (status !== 200) {
      load.expect(json.lock?.clientId !== this.#name, () => `${this.#name} is locked out by itself`);
      return;
    }
    const content = `${this.#name} was here ${n}`;
    await this.#put(this.#shared, content);
    const got = await load.ask('GET', `${this.#shared}/files/summary.md`);
    load.expect(got.json.content === content, () => `${this.#name} had the lock, and somebody else wrote`);
    await this.release();
  }

  /** Ends its turn. A lock that was granted while the daemon was killed is known from the next answer only. */
  async release(): Promise<void> {
    const { status } = await this.#load.ask('DELETE', `${this.#shared}/lock`, this.#headers);
    this.#load.expect(status === 200 || status === 403, () => `release of a shared lock: ${status}`);
  }
}
