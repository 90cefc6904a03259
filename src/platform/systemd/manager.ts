import type { CreateBackend } from '../backend.ts';
import { availability } from './available.ts';
import { callsOf } from './commands.ts';
import { observe, observeUnitFiles, unitPathsOf } from './observe.ts';

/** `systemd --user`: a socket unit that holds the port, and a service unit. */
export const createSystemdBackend: CreateBackend = (system, roots) => ({
  name: 'systemd',
  guarantee: async () =>
    'starts at login; restarts on failure without closing its port; stops at logout unless lingering is enabled',
  available: () => availability(system),
  async render(spec) {
    const { renderUnits } = await import('./render.ts');
    return renderUnits(spec, [roots.config, roots.data, roots.state, roots.logs, spec.directories.logs]);
  },
  unitPaths: (service) => unitPathsOf(system, service),
  check: async (files) => (await import('./check.ts')).check(system, files),
  commands: (verb, service) => callsOf(verb, service).map(({ argv }) => [...argv]),
  perform: async (verb, service) => (await import('./perform.ts')).perform(system, roots, verb, service),
  observe: (service) => observe(system, roots, service),
  observeFiles: (service) => observeUnitFiles(system, roots, service),
});
