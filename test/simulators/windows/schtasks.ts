import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { acceptTask } from './accept-task.ts';
import { type Answer, answer, type Call } from './call.ts';
import { exportTask } from './export-task.ts';
import { type Phrase, phrase } from './locale.ts';
import { type Machine, results, type Task } from './machine.ts';
import { taskRows } from './task-rows.ts';
import { type Element, textAt } from './xml.ts';

const codes = {
  absent: 0x80070002,
  noFolder: 0x80070003,
  denied: 0x80070005,
  exists: 0x800700b7,
  disabled: 0x80041326,
  syntax: 0x80004005,
};

/** How `/query /xml` comes out of a pipe. */
export type XmlOutput = 'utf16-bom' | 'utf16' | 'utf8';

interface Arguments {
  verb: string;
  has(flag: string): boolean;
  value(flag: string): string | undefined;
}

function parseArguments(args: readonly string[]): Arguments {
  const lower = args.map((argument) => argument.toLowerCase());
  return {
    verb:
      lower.find((one) => ['/create', '/query', '/run', '/end', '/delete', '/change'].includes(one)) ?? '',
    has: (flag) => lower.includes(flag),
    value: (flag) => (lower.includes(flag) ? args[lower.indexOf(flag) + 1] : undefined),
  };
}

const fullName = (name: string) => (name.startsWith('\\') ? name : `\\${name}`);

function encode(text: string, output: XmlOutput): Buffer {
  if (output === 'utf8') return Buffer.from(text);
  return Buffer.from(output === 'utf16' ? text : `\ufeff${text}`, 'utf16le');
}

/** `schtasks`, as much of it as anybody here calls. */
export class Schtasks {
  readonly #machine: Machine;
  readonly #xmlOutput: XmlOutput;

  constructor(machine: Machine, xmlOutput: XmlOutput) {
    this.#machine = machine;
    this.#xmlOutput = xmlOutput;
  }

  /** The answer; undefined when it would ask for a password and wait for ever. */
  run(call: Call): Answer | undefined {
    const args = parseArguments(call.args);
    // /RU asks for the password of the user it names.
    if (args.has('/ru')) return undefined;
    const reply = this.#verb(args, call.cwd);
    return args.has('/hresult') || reply.code === 0 ? reply : { ...reply, code: 1 };
  }

  #verb(args: Arguments, cwd: string): Answer {
    const name = args.value('/tn');
    if (name === undefined) return this.#refuse(codes.syntax, 'failed');
    if (args.verb === '/create') return this.#create(fullName(name), args, cwd);
    const task = this.#machine.find(fullName(name));
    if (task === undefined) return this.#refuse(this.#absence(fullName(name)), 'not found');
    if (task.closed || task.owner !== this.#machine.options.sid) return this.#refuse(codes.denied, 'denied');
    switch (args.verb) {
      case '/query':
        return this.#query(task, args);
      case '/run':
        return this.#start(task);
      case '/end':
        this.#machine.end(task);
        return this.#success();
      case '/delete':
        this.#machine.tasks.delete(task.name.toLowerCase());
        return this.#success();
      case '/change':
        this.setEnabled(task, args.has('/enable'));
        return this.#success();
      default:
        return this.#refuse(codes.syntax, 'failed');
    }
  }

  #absence(name: string): number {
    const folder = name.slice(0, name.lastIndexOf('\\') + 1).toLowerCase();
    const known =
      folder === '\\' || [...this.#machine.tasks.keys()].some((other) => other.startsWith(folder));
    return known ? codes.absent : codes.noFolder;
  }

  #create(name: string, args: Arguments, cwd: string): Answer {
    const { options } = this.#machine;
    const before = this.#machine.find(name);
    if (before !== undefined && (before.closed || before.owner !== options.sid)) {
      return this.#refuse(codes.denied, 'denied');
    }
    if (before !== undefined && !args.has('/f')) return this.#refuse(codes.exists, 'failed');
    let bytes: Buffer;
    try {
      bytes = readFileSync(resolve(cwd, args.value('/xml') ?? ''));
    } catch {
      return this.#refuse(codes.absent, 'not found');
    }
    const judged = acceptTask(bytes, options);
    if (judged.kind === 'accepted') {
      this.#machine.add(name, judged.task, options.sid);
      return this.#success();
    }
    const { code, detail } = judged;
    return this.#refuse(code, code === codes.denied ? 'denied' : 'malformed', detail);
  }

  #query(task: Task, args: Arguments): Answer {
    const { account, host, locale } = this.#machine.options;
    if (args.has('/xml')) return answer(0, encode(exportTask(task.definition, account), this.#xmlOutput));
    const { name, lastRun, lastResult } = task;
    const running = task.process !== undefined;
    return answer(
      0,
      taskRows(task.definition, { account, host, locale, name, lastRun, lastResult, running }),
    );
  }

  #start(task: Task): Answer {
    if (textAt(task.definition, 'Settings', 'Enabled') === 'false')
      return this.#refuse(codes.disabled, 'failed');
    // Running already: IgnoreNew, and exit 0 all the same.
    this.#machine.start(task);
    return this.#success();
  }

  setEnabled(task: Task, enabled: boolean): void {
    const element = (name: string, text: string): Element => ({ name, attributes: {}, children: [], text });
    const { children } = task.definition;
    const settings = children.find(({ name }) => name === 'Settings') ?? element('Settings', '');
    const others = settings.children.filter(({ name }) => name !== 'Enabled');
    settings.children = [element('Enabled', String(enabled)), ...others];
    if (!children.includes(settings)) children.push(settings);
  }

  #say(name: Phrase): Buffer {
    return Buffer.concat([phrase(this.#machine.options.locale, name), Buffer.from('\r\n')]);
  }

  #success(): Answer {
    return answer(results.ok, this.#say('success'));
  }

  #refuse(code: number, name: Phrase, detail = ''): Answer {
    return answer(
      code,
      '',
      Buffer.concat([this.#say(name), Buffer.from(detail === '' ? '' : `${detail}\r\n`)]),
    );
  }
}
