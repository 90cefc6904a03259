// `npm run bench [-- [--json] <section…>]`: measures what memoryd costs, always in turns with something comparable.
// Absolute numbers depend on the machine and its load; the ratios can be compared.
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Section, Table } from './result.ts';
import { http } from './sections/http.ts';
import { install } from './sections/install.ts';
import { memory } from './sections/memory.ts';
import { recall } from './sections/recall.ts';
import { recovery } from './sections/recovery.ts';
import { refused } from './sections/refused.ts';
import { sessions } from './sections/sessions.ts';
import { status } from './sections/status.ts';
import { store, store1m } from './sections/store.ts';
import { showTable } from './show.ts';

const sections: readonly Section[] = [status, install, recovery, memory, refused, http, sessions, store];
/** Sections that are only run if they are named. */
const onlyByName: readonly Section[] = [store1m, recall];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
});
const all = [...sections, ...onlyByName];
const unknown = positionals.filter((name) => !all.some((section) => section.name === name));

function list(): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, about }) => `${name.padEnd(width)}  ${about}`).join('\n');
}

const load = () => loadavg().map((value) => Number(value.toFixed(2)));

async function bench(chosen: readonly Section[]): Promise<void> {
  const machine = {
    node: process.version,
    system: `${process.platform} ${release()}`,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: load(),
  };
  console.error(
    `${machine.system}, node ${machine.node}, ${machine.cpus}, load ${machine.loadBefore.join(' ')}`,
  );
  const tables: (Table & { section: string })[] = [];
  for (const section of chosen) {
    for (const table of await section.run()) {
      tables.push({ section: section.name, ...table });
      if (!values.json) console.log(`\n${showTable(table)}`);
    }
  }
  if (values.json) {
    console.log(JSON.stringify({ schema: 1, machine: { ...machine, loadAfter: load() }, tables }));
  } else console.error(`\nload ${load().join(' ')}`);
}

if (unknown.length > 0) {
  console.error(`no such section: ${unknown.join(', ')}\n${list()}`);
  process.exitCode = 2;
} else if (values.list) console.log(list());
else {
  await bench(positionals.length === 0 ? sections : all.filter(({ name }) => positionals.includes(name)));
}
