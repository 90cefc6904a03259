import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { win32 } from 'node:path';
import test from 'node:test';
import type { Finding } from '../../src/legacy/finding.ts';
import type { MigrationTarget } from '../../src/legacy/target.ts';
import type { ExecResult } from '../../src/system/exec.ts';
import type { Wine } from './wine.ts';

const services = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';
const systemProfile = 'C:\\windows\\system32\\config\\systemprofile';

type Values = Record<string, [type: string, data: string]>;

/** The values that each installer writes. What is under `Parameters` is a key of its own. */
const layouts: Record<string, { values: Values; parameters?: Values }> = {
  // nssm install GraphitiBootstrap C:\py\python.exe -m mcp_server.daemon.bootstrap
  GraphitiBootstrap: {
    values: {
      Type: ['REG_DWORD', '0x10'],
      Start: ['REG_DWORD', '2'],
      ImagePath: ['REG_EXPAND_SZ', 'C:\\Program Files\\nssm\\win64\\nssm.exe'],
      ObjectName: ['REG_SZ', 'LocalSystem'],
    },
    parameters: {
      Application: ['REG_EXPAND_SZ', 'C:\\Users\\José 日本\\venv\\python.exe'],
      AppParameters: ['REG_EXPAND_SZ', '-m mcp_server.daemon.bootstrap --port 8321'],
      AppDirectory: ['REG_EXPAND_SZ', 'C:\\graphiti'],
      AppEnvironmentExtra: ['REG_MULTI_SZ', 'GRAPHITI_CONFIG=C:\\a b\\c.yaml\\0NAME=Zoë'],
    },
  },
  // WinSW: the program has the service's name, and its settings lie beside it
  memories: {
    values: {
      Type: ['REG_DWORD', '0x10'],
      Start: ['REG_DWORD', '3'],
      ImagePath: ['REG_SZ', '"C:\\tools\\memories.exe"'],
    },
  },
  // node-windows: WinSW in a directory `daemon`, around a script of its own
  'mneme.exe': {
    values: {
      Type: ['REG_DWORD', '0x10'],
      Start: ['REG_DWORD', '2'],
      ImagePath: ['REG_SZ', 'C:\\mneme\\daemon\\mneme.exe'],
    },
  },
  // shawl add --name claude-mem --env K=V -- bun worker-service.cjs --daemon
  'claude-mem': {
    values: {
      Type: ['REG_DWORD', '0x10'],
      Start: ['REG_DWORD', '2'],
      ImagePath: [
        'REG_EXPAND_SZ',
        '"C:\\tools\\shawl.exe" run --name claude-mem --cwd C:\\claude --env CLAUDE_MEM_WORKER_PORT=37701 -- bun.exe "C:\\claude mem\\worker-service.cjs" --daemon',
      ],
    },
  },
  // sc create GraphitiMCP binPath= ...
  GraphitiMCP: {
    values: {
      Type: ['REG_DWORD', '0x10'],
      Start: ['REG_DWORD', '4'],
      ImagePath: ['REG_EXPAND_SZ', '%SystemRoot%\\py\\python.exe C:\\g\\graphiti_mcp_server.py --port=8400'],
      ObjectName: ['REG_SZ', '.\\LocalSystem'],
    },
  },
  // Neighbours: another NSSM service, a name that begins alike, a driver, a program of Windows.
  GraphitiBootstrapHelper: {
    values: {
      Type: ['REG_DWORD', '0x10'],
      ImagePath: ['REG_EXPAND_SZ', 'C:\\Program Files\\nssm\\win64\\nssm.exe'],
    },
    parameters: { Application: ['REG_EXPAND_SZ', 'C:\\other\\other.exe'] },
  },
  mnemedrv: { values: { Type: ['REG_DWORD', '0x1'], ImagePath: ['REG_SZ', 'C:\\x\\mneme-server.mjs'] } },
};

const files: Record<string, string> = {
  'C:\\tools\\memories.xml':
    '<service><id>memories</id><executable>%BASE%\\memory-mcp.exe</executable><arguments>serve --bind 127.0.0.1:9090 --repo-path "C:\\my memories"</arguments><env name="RUST_LOG" value="info"/><workingdirectory>C:\\tools</workingdirectory></service>',
  'C:\\mneme\\daemon\\mneme.xml':
    '<service>\r\n\t<id>mneme.exe</id>\r\n\t<executable>C:\\node\\node.exe</executable>\r\n\t<argument>C:\\mneme\\node_modules\\node-windows\\lib\\wrapper.js</argument>\r\n\t<argument>--file</argument>\r\n\t<argument>C:\\mneme\\server\\mneme-server.mjs</argument>\r\n\t<argument>--scriptoptions=</argument>\r\n\t<argument>--log</argument>\r\n\t<argument>mneme wrapper</argument>\r\n\t<workingdirectory>C:\\mneme</workingdirectory>\r\n</service>',
  [`${systemProfile}\\.graphiti\\graph.db`]: 'g'.repeat(1000),
};

function additions(): string[][] {
  return Object.entries(layouts).flatMap(([name, { values, parameters = {} }]) => {
    const add = (key: string, [value, [type, data]]: [string, [string, string]]) => [
      'reg',
      'add',
      key,
      '/v',
      value,
      '/t',
      type,
      '/d',
      data,
      '/f',
    ];
    const key = `${services}\\${name}`;
    return [
      ...Object.entries(values).map((pair) => add(key, pair)),
      ...Object.entries(parameters).map((pair) => add(`${key}\\Parameters`, pair)),
    ];
  });
}

export function legacy(wine: () => Wine): void {
  test('services of NSSM, WinSW, node-windows, shawl and none of them are found in a real registry (W09, W20)', async () => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(wine().unix(win32.dirname(path)), { recursive: true });
      writeFileSync(wine().unix(path), text);
    }
    for (const result of await wine().ask<ExecResult[]>('run.ts', additions())) {
      assert.equal(result.kind === 'exited' && result.code, 0, JSON.stringify(result));
    }
    const seen = await wine().ask<{ finding: Finding; target?: MigrationTarget }[]>('legacy.ts', {
      asked: [],
    });
    const by = new Map(seen.map((one) => [one.finding.name, one]));
    assert.deepEqual([...by.keys()].toSorted(), [
      'GraphitiBootstrap',
      'GraphitiMCP',
      'claude-mem',
      'memories',
      'mneme.exe',
    ]);
    const wrappers = seen.map(({ finding }) => [
      finding.name,
      'wrapper' in finding && finding.wrapper,
      finding.daemon,
    ]);
    assert.deepEqual(wrappers.toSorted(), [
      ['GraphitiBootstrap', 'nssm', 'graphiti'],
      ['GraphitiMCP', 'none', 'graphiti'],
      ['claude-mem', 'shawl', 'claude-mem'],
      ['memories', 'winsw', 'memory-mcp'],
      ['mneme.exe', 'node-windows', 'claude-mneme'],
    ]);

    const graphiti = by.get('GraphitiBootstrap');
    assert.deepEqual(graphiti?.finding.command, [
      'C:\\Users\\José 日本\\venv\\python.exe',
      '-m',
      'mcp_server.daemon.bootstrap',
      '--port',
      '8321',
    ]);
    assert.deepEqual(graphiti.finding.environment, { GRAPHITI_CONFIG: 'C:\\a b\\c.yaml', NAME: 'Zoë' });
    assert.equal(graphiti.finding.runsAs, 'SYSTEM');
    assert.equal(graphiti.finding.starts, 'enabled');
    const { data } = graphiti.finding;
    assert.ok(data.kind === 'directory' && data.bytes === 1000, JSON.stringify(data));
    assert.equal(data.path.toLowerCase(), `${systemProfile}\\.graphiti`.toLowerCase());
    assert.equal(graphiti.target?.service, 'graphiti');
    const move = graphiti.target.data;
    assert.ok(
      move.kind === 'copy' && move.to === win32.join(wine().profile, '.graphiti'),
      JSON.stringify(move),
    );
    assert.equal(graphiti.target.changes.port, 8321);

    assert.deepEqual(by.get('memories')?.finding.command?.slice(0, 2), [
      'C:\\tools\\memory-mcp.exe',
      'serve',
    ]);
    assert.equal(by.get('memories')?.finding.port, 9090);
    assert.equal(by.get('memories')?.finding.starts, 'disabled');
    assert.deepEqual(by.get('mneme.exe')?.finding.command, [
      'C:\\node\\node.exe',
      'C:\\mneme\\server\\mneme-server.mjs',
    ]);
    assert.equal(by.get('claude-mem')?.finding.port, 37_701);
    assert.equal(by.get('claude-mem')?.finding.workingDirectory, 'C:\\claude');
    assert.equal(by.get('GraphitiMCP')?.finding.port, 8400);
  });

  test('a batch file, as npm makes pm2.cmd, is started through the one place that spawns', async () => {
    const shim = 'C:\\npm\\pm2.cmd';
    mkdirSync(wine().unix('C:\\npm'), { recursive: true });
    writeFileSync(wine().unix(shim), '@ECHO off\r\nECHO %~1;%~2\r\n');
    const [result] = await wine().ask<ExecResult[]>('run.ts', [[shim, 'delete', '0']]);
    assert.equal(result?.kind === 'exited' && result.stdout.trim(), 'delete;0', JSON.stringify(result));
  });

  test('W20 a service that is named is found whatever it runs, and no other', async () => {
    const asked = ['windows-service:GraphitiBootstrapHelper'];
    const seen = await wine().ask<{ finding: Finding }[]>('legacy.ts', { asked });
    const helper = seen.find(({ finding }) => finding.name === 'GraphitiBootstrapHelper');
    assert.deepEqual(helper?.finding.command, ['C:\\other\\other.exe']);
    assert.equal(helper.finding.daemon, undefined);
    assert.ok(!seen.some(({ finding }) => finding.name === 'mnemedrv'));
  });
}
