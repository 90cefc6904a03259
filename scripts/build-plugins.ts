// Plugins of esbuild for the build.
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import Handlebars from 'handlebars';
import { templateOptions } from '../src/platform/compile-template.ts';

const root = join(import.meta.dirname, '..');

/** Compiles the templates during the build, so that an install loads neither them nor the compiler of Handlebars. */
export const compiledTemplates: Plugin = {
  name: 'compiled-templates',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]platform[\\/]compile-template\.ts$/ }, () => {
      const specs = globSync('*.hbs', { cwd: join(root, 'templates') }).map((file) => {
        const source = readFileSync(join(root, 'templates', file), 'utf8');
        return `${JSON.stringify(basename(file, '.hbs'))}: ${Handlebars.precompile(source, templateOptions)}`;
      });
      const contents = `
        import Handlebars from 'handlebars/runtime.js';
        const specs = { ${specs.join(',\n')} };
        export function compileTemplate(name) {
          const handlebars = Handlebars.create();
          return { handlebars, fill: handlebars.template(specs[name]) };
        }`;
      return { contents, loader: 'js', resolveDir: root };
    });
  },
};

/** Leaves out modules that are imported lazily. Importing one fails; the whole program has them. */
export const leaveOutLazy: Plugin = {
  name: 'leave-out-lazy',
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

const exported = /^export (?:async )?(?:function|const|class) (\w+)/gm;

/** The source of a module that exports everything of several modules. Throws if two export the same name. */
function gatheredModule(modules: readonly string[]): string {
  const paths = modules.map((module) => join(root, 'src', `${module}.ts`));
  const names = paths.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(exported)].map(([, name]) => name),
  );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${modules.join(', ')}: two of them export ${twice}`);
  return paths.map((path) => `export * from ${JSON.stringify(path)};`).join('\n');
}

/** Bundles groups of lazily imported modules into one file each: importing one of them loads the whole group. */
export function gatherLazy(groups: Readonly<Record<string, readonly string[]>>): Plugin {
  const groupOf = new Map(
    Object.entries(groups).flatMap(([group, modules]) =>
      modules.map((module) => [join(root, 'src', `${module}.ts`), group] as const),
    ),
  );
  return {
    name: 'gather-lazy',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ kind, path, importer }) => {
        const group = kind === 'dynamic-import' ? groupOf.get(resolve(dirname(importer), path)) : undefined;
        return group === undefined ? undefined : { path: group, namespace: 'gathered' };
      });
      onLoad({ filter: /.*/, namespace: 'gathered' }, ({ path }) => ({
        contents: gatheredModule(groups[path] ?? []),
        resolveDir: root,
      }));
    },
  };
}
