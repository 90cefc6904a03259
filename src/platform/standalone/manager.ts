import { servicePaths } from '../../layout.ts';
import { recordPath } from '../../runtime/launch-record.ts';
import { supervisorPath } from '../../runtime/supervisor-file.ts';
import type { Verb } from '../../service/unit.ts';
import type { CreateBackend } from '../backend.ts';
import { type Site, siteOf } from './site.ts';

const verbs: Readonly<Record<Verb, (site: Site) => Promise<void>>> = {
  async register(site) {
    const [{ putAutostart }, { requireRecord }] = await Promise.all([
      import('./autostart.ts'),
      import('./site.ts'),
    ]);
    await putAutostart(site, await requireRecord(site));
  },
  start: async (site) => (await import('./start.ts')).start(site),
  stop: async (site) => (await import('./stop.ts')).stop(site),
  restart: async (site) => (await import('./start.ts')).restart(site),
  async unregister(site) {
    await (await import('./stop.ts')).stop(site);
    await (await import('./autostart.ts')).removeAutostart(site);
  },
  async settle({ system, paths }) {
    await system.files.remove(supervisorPath(paths));
  },
};

/** Shown to people: there are only our own commands, and signals. */
const commands: Readonly<Record<Verb, (service: string) => string[][]>> = {
  register: () => [
    ['crontab', '-l'],
    ['crontab', '<file>'],
  ],
  start: (service) => [['memoryd', 'host', service, '--supervise']],
  stop: () => [['kill', '-TERM', '<supervisor>']],
  restart: () => [['kill', '-HUP', '<supervisor>']],
  unregister: () => [
    ['kill', '-TERM', '<supervisor>'],
    ['crontab', '<file>'],
  ],
  settle: () => [],
};

/**
 * The backend without a service manager: a detached supervisor of our own, and the autostart that the machine
 * supports.
 */
export const createStandaloneBackend: CreateBackend = (system, roots) => ({
  name: 'standalone',
  guarantee: async () =>
    'restarts on failure without closing its port; starts automatically only where cron or a desktop session can do that; nothing restarts its supervisor if that is killed',
  async available() {
    return system.platform === 'win32'
      ? { kind: 'absent', reason: 'Windows cannot pass a listening socket to another process' }
      : { kind: 'usable' };
  },
  async render(spec) {
    const { renderRecord } = await import('./render.ts');
    return [renderRecord(spec, recordPath({ state: spec.directories.state }))];
  },
  unitPaths: (service) => [recordPath(servicePaths(roots, service))],
  check: async (files) => (await import('./render.ts')).checkRecords(files),
  commands: (verb, service) => commands[verb](service),
  perform: (verb, service) => verbs[verb](siteOf(system, roots, service)),
  observe: async (service) => (await import('./observe.ts')).observe(siteOf(system, roots, service), true),
  observeFiles: async (service) => (await import('./observe.ts')).observeRecordFile(system, roots, service),
});
