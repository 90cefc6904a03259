import { StringDecoder } from 'node:string_decoder';

const longestLine = 8192;

/** Splits a stream of bytes into lines. Lines longer than 8 KB are split too, so that the buffer stays small. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line.replace(/\r$/, ''));
    if (this.#rest.length > longestLine) {
      this.#onLine(this.#rest);
      this.#rest = '';
    }
  }

  /** Passes on the last line if it has no line end. */
  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#onLine(last);
  }
}
