import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFixture } from 'fs-fixture';
import { type ExecOptions, systemExec } from '../../src/system/exec.ts';
import { ran } from '../support/lab.ts';
import { missingTools } from '../support/machine-needs.ts';

const entry = join(import.meta.dirname, 'secret-values-entry.ts');
const argv = (...args: string[]) =>
  [process.execPath, '--disable-warning=ExperimentalWarning', entry, ...args] as const;
const hashed = (value: string) => createHash('sha256').update(value).digest('hex');

async function secrets(names: string[], options: ExecOptions = {}) {
  const command = argv('words', ...names);
  return ran(command, await systemExec.run(command, options));
}

/** Runs argv on a terminal of its own, types what stands behind each prompt, prints all that the screen showed. */
const terminal = `
import os, pty, sys, json
argv, dialogue = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, fd = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
seen = b''
def until(text):
    global seen
    while text is None or text not in seen:
        try:
            chunk = os.read(fd, 4096)
        except OSError:
            chunk = b''
        if not chunk:
            return
        seen += chunk
for prompt, answer in dialogue:
    until(prompt.encode())
    os.write(fd, answer.encode())
until(None)
_, status = os.waitpid(pid, 0)
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(status))
`;

async function typed(names: string[], dialogue: [string, string][]) {
  const command = [
    'python3',
    '-c',
    terminal,
    JSON.stringify(argv('words', ...names)),
    JSON.stringify(dialogue),
  ] as const;
  return ran(command, await systemExec.run(command, { timeoutMs: 20_000 }));
}

describe('secrets that are nowhere else', () => {
  it('are read from standard input, whole for one and a line each for several', async () => {
    const lines = 'first line\nsecond line';
    const one = await secrets(['A'], { input: `${lines}\n` });
    assert.deepEqual(JSON.parse(one.stdout).hashes, { A: hashed(lines) });
    assert.equal(one.stderr, 'reading A from standard input\n');
    const two = await secrets(['A', 'B', 'C', 'A'], { input: 'a\nc\n', env: { B: 'b' } });
    assert.deepEqual(JSON.parse(two.stdout).hashes, { A: hashed('a'), B: hashed('b'), C: hashed('c') });
  });

  it('are refused when there is nothing, or more than was asked for', async () => {
    const table: [string[], string, RegExp][] = [
      [['A'], '', /^memoryd: --secret A: not set in your environment and not on standard input$/m],
      [['A', 'B'], 'a\n', /^memoryd: --secret B: not set in your/m],
      [['A', 'B'], 'a\nb\nc\n', /^memoryd: --secret: standard input has 3 lines for 2 secrets$/m],
    ];
    for (const [names, input, message] of table) {
      const { code, stderr } = await secrets(names, { input });
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });

  it('are not asked for when the environment or the file has them', async () => {
    await using fixture = await createFixture({ env: 'B="from a file"\nA=overridden\n' });
    const env = { A: 'from the shell', TEST_ENV_FILE: fixture.getPath('env') };
    const { stdout, stderr } = await secrets(['A'], { env, input: 'never read' });
    assert.deepEqual(JSON.parse(stdout).hashes, { A: hashed('from the shell'), B: hashed('from a file') });
    assert.equal(stderr, '');
    const absent = await secrets([], { env: { TEST_ENV_FILE: fixture.getPath('none') } });
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /^memoryd: --env-file: cannot read .*: there is no such file/);
  });

  it('N36: are read from a file that begins with a UTF-8 mark, and a line that sets no variable blames the file', async () => {
    await using fixture = await createFixture({ marked: '\ufeffA=first\n', wrong: 'A-B=hunter22\n' });
    const marked = await secrets([], { env: { TEST_ENV_FILE: fixture.getPath('marked') } });
    assert.deepEqual(JSON.parse(marked.stdout).hashes, { A: hashed('first') });
    const path = fixture.getPath('wrong');
    const { code, stderr } = await secrets([], { env: { TEST_ENV_FILE: path } });
    assert.equal(stderr, `memoryd: --env-file: ${path} sets "A-B", which is not a variable name\n`);
    assert.equal(code, 2);
  });

  it('are not repeated when somebody puts the value where the name belongs (X01)', async () => {
    const { code, stdout, stderr } = await secrets(['KEY=s3cret'], { input: 'x\n' });
    assert.equal(code, 2);
    assert.equal(stderr, 'memoryd: --secret: must be the name of a variable, never its value\n');
    assert.equal(stdout, '');
  });
});

describe('secrets on a terminal', { skip: missingTools(['python3']) }, () => {
  it('are asked for one after another, and never shown (X01)', async () => {
    const { code, stdout } = await typed(
      ['KEY', 'OTHER'],
      [
        ['KEY: ', 'qwertz-correctedx\x7f\r'],
        ['OTHER: ', 'äöü geheim\r'],
      ],
    );
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, /qwertz|corrected|geheim/);
    assert.match(stdout, /^KEY: \r\nOTHER: \r\n\{/);
    assert.match(stdout, new RegExp(`"KEY":"${hashed('qwertz-corrected')}"`));
    assert.match(stdout, new RegExp(`"OTHER":"${hashed('äöü geheim')}"`));
  });

  for (const [what, key, exitCode, message] of [
    ['an empty line', '\r', 2, 'no value was typed'],
    ['the end of input', '\x04', 2, 'no value was typed'],
    ['Ctrl-C', '\x03', 1, 'interrupted'],
  ] as const) {
    it(`${what} is no answer`, async () => {
      const { code, stdout } = await typed(['KEY'], [['KEY: ', key]]);
      assert.equal(code, exitCode, stdout);
      assert.ok(stdout.includes(message), stdout);
    });
  }
});
