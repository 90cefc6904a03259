import { type Answer, answer, type Call } from './call.ts';

interface Value {
  name: string;
  type: string;
  data: string;
}

const roots: Readonly<Record<string, string>> = { HKCU: 'HKEY_CURRENT_USER', HKLM: 'HKEY_LOCAL_MACHINE' };

const fullKey = (key: string) => key.replace(/^[^\\]+/, (root) => roots[root.toUpperCase()] ?? root);

/** `reg query|add|delete` over a registry of its own. HKLM can be read and not written: nobody here is elevated. */
export class Reg {
  readonly #keys = new Map<string, { path: string; values: Map<string, Value> }>();

  /** Puts a value there whoever may: for tests. */
  set(key: string, name: string, data: string, type = 'REG_SZ'): void {
    const path = fullKey(key);
    const entry = this.#keys.get(path.toLowerCase()) ?? { path, values: new Map<string, Value>() };
    entry.values.set(name.toLowerCase(), { name, type, data });
    this.#keys.set(path.toLowerCase(), entry);
  }

  /** The data of every value of a key. */
  list(key: string): string[] {
    return [...(this.#keys.get(fullKey(key).toLowerCase())?.values.values() ?? [])].map(({ data }) => data);
  }

  get(key: string, name: string): string | undefined {
    return this.#keys.get(fullKey(key).toLowerCase())?.values.get(name.toLowerCase())?.data;
  }

  run({ args }: Call): Answer {
    const [verb = '', key = ''] = args;
    const option = (flag: string) => {
      const index = args.findIndex((one) => one.toLowerCase() === flag);
      return index < 0 ? undefined : (args[index + 1] ?? '');
    };
    const path = fullKey(key);
    if (verb.toLowerCase() === 'query') return this.#query(path, option('/v'));
    if (path.startsWith('HKEY_LOCAL_MACHINE')) return answer(1, '', 'ERROR: Access is denied.\r\n');
    if (verb.toLowerCase() === 'add') {
      this.set(key, option('/v') ?? '(Default)', option('/d') ?? '', option('/t') ?? 'REG_SZ');
      return answer(0, 'The operation completed successfully.\r\n');
    }
    return this.#delete(path, option('/v'));
  }

  #missing(): Answer {
    return answer(1, '', 'ERROR: The system was unable to find the specified registry key or value.\r\n');
  }

  #query(path: string, name: string | undefined): Answer {
    const entry = this.#keys.get(path.toLowerCase());
    const below = [...this.#keys.values()].filter((one) =>
      one.path.toLowerCase().startsWith(`${path.toLowerCase()}\\`),
    );
    if (entry === undefined && below.length === 0) return this.#missing();
    const values = [...(entry?.values.values() ?? [])].filter(
      (value) => name === undefined || value.name.toLowerCase() === name.toLowerCase(),
    );
    if (name !== undefined && values.length === 0) return this.#missing();
    const lines = values.map((value) => `    ${value.name}    ${value.type}    ${value.data}`);
    const children = new Set(
      below.map((one) =>
        one.path
          .split('\\')
          .slice(0, path.split('\\').length + 1)
          .join('\\'),
      ),
    );
    const shown = name === undefined ? [...children] : [];
    return answer(0, `\r\n${[entry?.path ?? path, ...lines, '', ...shown].join('\r\n')}\r\n`);
  }

  #delete(path: string, name: string | undefined): Answer {
    const entry = this.#keys.get(path.toLowerCase());
    const gone =
      name === undefined ? this.#keys.delete(path.toLowerCase()) : entry?.values.delete(name.toLowerCase());
    return gone === true ? answer(0, 'The operation completed successfully.\r\n') : this.#missing();
  }
}
