import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { xmlText } from '../../src/platform/xml.ts';
import { readPlist } from '../simulators/launchd/plist.ts';
import { parseXml } from '../simulators/windows/xml.ts';
import { hostileValues, seed, spellable } from '../support/hostile.ts';
import { missingTools } from '../support/machine-needs.ts';

const unspeakable = ['\0', '\u0001', '\u000b', '\u001b[31m', '\ufffe', '\uffff', '\ud800', 'a\udc00b'];

test('every value that XML can hold is spelled, and no other', (t) => {
  t.diagnostic(`MEMORYD_SEED=${seed}`);
  const values = [...hostileValues(4000), ...unspeakable];
  const isSpeakable = (value: string) =>
    value.isWellFormed() &&
    [...value].every((one) => /[\t\n\r]/.test(one) || (one >= ' ' && !/[\ufffe\uffff]/.test(one)));
  const spelled = spellable(values, xmlText);
  assert.ok(spelled.length > 1500, `${spelled.length}`);
  assert.deepEqual(spelled, values.filter(isSpeakable));
});

test('what cannot be spelled is named, as bad configuration', () => {
  assert.throws(() => xmlText('a\u0007b'), { kind: 'configuration', message: /U\+0007: "a\\u0007b"/ });
  assert.throws(() => xmlText('\ud800'), { kind: 'configuration', message: /U\+D800/ });
  for (const value of unspeakable) assert.throws(() => xmlText(value), { kind: 'configuration' });
});

test('hostile values come back from two strict parsers, white space at the ends too', () => {
  for (const value of [...spellable(hostileValues(4000), xmlText), ' a ', '\ta\n', '\r\n', ' ']) {
    assert.equal(parseXml(`<r>${xmlText(value)}</r>`).text, value);
    assert.equal(readPlist(`<plist><string>${xmlText(value)}</string></plist>`), value);
  }
});

test('hostile values come back from libxml2', { skip: missingTools(['xmllint']) }, () => {
  const values = spellable(hostileValues(4000), xmlText);
  const source = `<r>${values.map((value) => `<v>${xmlText(value)}</v>`).join('')}</r>`;
  const result = spawnSync('xmllint', ['--huge', '--c14n', '-'], { input: source, maxBuffer: 1e8 });
  assert.equal(result.status, 0, result.stderr.toString());
  // Canonical XML writes texts in one way only. https://www.w3.org/TR/xml-c14n#ProcessingModel
  const canonical = (value: string) =>
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
  const expected = `<r>${values.map((value) => `<v>${canonical(value)}</v>`).join('')}</r>`;
  assert.equal(result.stdout.toString().trimEnd(), expected);
});
