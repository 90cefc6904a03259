import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Definition, isRefusal, readDefinition } from './definition.ts';
import { Job } from './job.ts';
import { strays } from './kill.ts';
import { type Faults, noFaults, type Session, type SimulatorOptions } from './options.ts';
import { type Profile, profiles } from './profile.ts';
import { agentSocket } from './spawn.ts';

export interface Domain {
  name: string;
  /** Which LimitLoadToSessionType may be here. */
  session: 'Aqua' | 'Background' | 'System';
  onDemandOnly: boolean;
  jobs: Map<string, Job>;
}

/** Everything launchd knows: domains with their jobs, and the overrides, which outlive a reboot. */
export class World {
  readonly options: SimulatorOptions;
  readonly profile: Profile;
  readonly domains = new Map<string, Domain>();
  readonly overrides: Map<string, boolean>;
  /** Labels of jobs that everybody on the Mac has. */
  readonly systemLabels = new Set<string>();
  faults: Faults = { ...noFaults };
  readonly #overridesFile: string;

  constructor(options: SimulatorOptions) {
    this.options = options;
    this.profile = profiles[options.profile];
    mkdirSync(join(options.dir, 'tmp'), { recursive: true });
    this.#overridesFile = join(options.dir, `disabled.${options.uid}.json`);
    this.overrides = new Map(
      existsSync(this.#overridesFile) ? JSON.parse(readFileSync(this.#overridesFile, 'utf8')) : [],
    );
    this.begin(options.session);
  }

  get gui(): string {
    return `gui/${this.options.uid}`;
  }

  get user(): string {
    return `user/${this.options.uid}`;
  }

  override(label: string, disabled: boolean): void {
    this.overrides.set(label, disabled);
    writeFileSync(this.#overridesFile, JSON.stringify([...this.overrides]));
  }

  /** Somebody logs in: over SSH the background domain, at the screen the other one too, with all its agents. */
  begin(session: Session): void {
    this.#open('system', 'System', false);
    if (session === 'none') return;
    this.#open(this.user, 'Background', false);
    if (session === 'ssh' || this.domains.has(this.gui)) return;
    const domain = this.#open(this.gui, 'Aqua', session === 'early');
    for (const definition of this.#agents()) this.load(domain, definition);
  }

  /** The login is through: what was pended starts. */
  settle(): void {
    const domain = this.domains.get(this.gui);
    if (domain === undefined) return;
    domain.onDemandOnly = false;
    for (const job of domain.jobs.values()) job.release();
  }

  load(domain: Domain, definition: Definition): void {
    const job = new Job(definition, this.options, this.faults);
    domain.jobs.set(definition.label, job);
    void job.gone.then(() => domain.jobs.delete(definition.label));
    job.load(domain.onDemandOnly);
  }

  /** The screen session ends and its jobs with it; the background domain stays. */
  async logout(): Promise<void> {
    await this.#close(this.gui, (job) => job.bootout());
  }

  /** Everything at once, as a power cut: nobody is asked to stop, nobody is logged in afterwards. */
  async reboot(): Promise<void> {
    for (const name of [this.gui, this.user, 'system']) {
      await this.#close(name, (job) => {
        job.bootout();
        job.kill();
      });
    }
    await this.#sweep();
    this.begin('none');
  }

  #open(name: string, session: Domain['session'], onDemandOnly: boolean): Domain {
    const domain = this.domains.get(name) ?? { name, session, onDemandOnly, jobs: new Map() };
    this.domains.set(name, domain);
    return domain;
  }

  async #close(name: string, end: (job: Job) => void): Promise<void> {
    const jobs = [...(this.domains.get(name)?.jobs.values() ?? [])];
    for (const job of jobs) end(job);
    await Promise.all(jobs.map((job) => job.gone));
    this.domains.delete(name);
  }

  async #sweep(): Promise<void> {
    for (
      let left = strays(agentSocket(this.options));
      left.length > 0;
      left = strays(agentSocket(this.options))
    ) {
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
      }
      await delay(10);
    }
  }

  /** What a login loads: real files only, fit to be loaded, and not switched off. */
  #agents(): Definition[] {
    const folder = join(this.options.home, 'Library', 'LaunchAgents');
    return agentFiles(folder)
      .map((path) => readDefinition(path, this.options.uid))
      .filter((definition): definition is Definition => !isRefusal(definition))
      .filter(({ label, sessionTypes }) => !this.overrides.get(label) && sessionTypes.includes('Aqua'));
  }
}

function agentFiles(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.plist'))
      .map((entry) => join(folder, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
