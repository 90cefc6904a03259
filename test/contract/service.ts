import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type ServicePaths, servicePaths } from '../../src/layout.ts';
import { parseReceipt, type Receipt } from '../../src/service/receipt.ts';
import type { ServiceStatus } from '../../src/service/status.ts';
import { type Cli, cliIn } from '../support/cli.ts';
import type { Ran, RunOptions } from '../support/lab.ts';
import { hostsOf, type Seen } from '../support/processes.ts';
import { until } from '../support/until.ts';
import type { Machine, World } from './world.ts';

export type Verb = 'install' | 'uninstall' | 'start' | 'stop' | 'restart' | 'status';

/** Managers may wait ten seconds between two starts, and machines are busy. */
export const patienceMs = 90_000;

/** The service of one machine, driven through the CLI as a person would. */
export class Service {
  readonly world: World;
  readonly machine: Machine;
  readonly name: string;
  readonly paths: ServicePaths;
  readonly #cli: Cli;

  constructor(world: World, machine: Machine) {
    this.world = world;
    this.machine = machine;
    this.name = machine.service;
    this.paths = servicePaths(machine.roots, machine.service);
    this.#cli = cliIn(machine.runner, machine.program);
  }

  /** `memoryd <verb> <name> … --backend <name>`. */
  run(verb: Verb, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
    return this.#cli.run([verb, this.name, '--backend', this.world.backend, ...args], options);
  }

  /** The same; must exit 0. */
  async must(verb: Verb, ...args: string[]): Promise<Ran> {
    const ran = await this.run(verb, args);
    assert.equal(ran.code, 0, `memoryd ${verb} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
    return ran;
  }

  /** Installs, and gives what `--json` says. */
  async install(...args: string[]): Promise<{ port: number; changed: boolean; recovery: string }> {
    return JSON.parse((await this.must('install', '--json', ...args)).stdout);
  }

  /** What `memoryd logs` prints. */
  logs(): Promise<string> {
    return this.#cli.must(['logs', this.name]);
  }

  async status(): Promise<ServiceStatus> {
    const { stdout, stderr } = await this.run('status', ['--json']);
    const [status] = (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
    if (status === undefined) throw new Error(`no status: ${stdout}${stderr}`);
    return status;
  }

  /** Waits until status says what `is` wants to hear. */
  until(what: string, is: (status: ServiceStatus) => boolean): Promise<ServiceStatus> {
    let last: ServiceStatus | undefined;
    const said = async () => {
      last = await this.status();
      return is(last) ? last : undefined;
    };
    return until(what, said, patienceMs).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last)}`);
    });
  }

  /** Waits until it answers; with `other`, by another process than that one. */
  answers(other?: number): Promise<ServiceStatus & { endpoint: NonNullable<ServiceStatus['endpoint']> }> {
    const is = ({ healthy, endpoint }: ServiceStatus) => healthy && endpoint?.pid !== other;
    return this.until('it answers', is) as ReturnType<Service['answers']>;
  }

  /** Everything is as a good install leaves it, and all that is noted matches `noted`. */
  async assertWell(when = 'now', noted: readonly RegExp[] = []): Promise<void> {
    const status = await this.answers();
    assert.equal(status.unit.drift, 'none', when);
    const { notes } = status;
    assert.equal(notes.length, noted.length, `${when}: ${JSON.stringify(notes)}`);
    for (const [index, pattern] of noted.entries()) assert.match(notes[index]?.text ?? '', pattern, when);
    assert.equal(await this.machine.isRegistered(), true, when);
    assert.deepEqual(await this.strangers(), [], when);
    assert.equal((await this.hosts()).length, 1, when);
  }

  /** Its hosts and their supervisors. */
  running(): Promise<Seen[]> {
    return hostsOf(this.name);
  }

  /** Its hosts without their supervisors. */
  async hosts(): Promise<Seen[]> {
    return (await this.running()).filter(({ line }) => !line.includes(' --supervise'));
  }

  /** Those of another build than the installed one. */
  async strangers(): Promise<Seen[]> {
    const { app } = await this.receipt();
    return (await this.running()).filter(({ line }) => !line.includes(app));
  }

  async assertNothingRuns(): Promise<void> {
    await until('nothing of it runs', async () => (await this.running()).length === 0);
  }

  async receipt(): Promise<Receipt> {
    const receipt = parseReceipt(await readFile(this.paths.receipt, 'utf8'));
    if (receipt.kind === 'invalid') throw new Error(`no receipt: ${receipt.reason}`);
    return receipt.value;
  }
}
