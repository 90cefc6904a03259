import { after, before, describe } from 'node:test';
import { files } from './files.ts';
import { host } from './host.ts';
import { legacy } from './legacy.ts';
import { lifecycle } from './lifecycle.ts';
import { lookup } from './lookup.ts';
import { program } from './program.ts';
import { quoting } from './quoting.ts';
import { registry } from './registry.ts';
import { removal } from './removal.ts';
import { startup } from './startup.ts';
import { taskScheduler } from './task-scheduler.ts';
import { needsWine, Wine } from './wine.ts';

describe('Windows, as far as Wine is one', { skip: needsWine }, () => {
  let machine: Wine;
  const wine = () => machine;
  before(async () => {
    machine = new Wine();
    await machine.boot();
  });
  after(() => machine.remove());

  quoting(wine);
  lookup(wine);
  taskScheduler(wine);
  registry(wine);
  files(wine);
  host(wine);
  removal(wine);
  program(wine);
  lifecycle(wine);
  startup(wine);
  legacy(wine);
});
