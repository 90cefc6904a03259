import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapIn, readPlist, stringsIn } from '../../../src/legacy/launchd/parse-plist.ts';

const header =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';

test('a property list is read with its types, blanks and entities', () => {
  const plist = readPlist(`${header}<plist version="1.0"><dict>
    <key>Label</key><string>com.graphiti.bootstrap</string>
    <key>ProgramArguments</key><array><string>/usr/bin/python3</string><string> a &amp; b </string><string/></array>
    <key>RunAtLoad</key><true/><key>Nice</key><integer>5</integer>
    <key>EnvironmentVariables</key><dict><key>A</key><string>1</string><key>B</key><integer>2</integer></dict>
  </dict></plist>`);
  assert.deepEqual(stringsIn(plist?.ProgramArguments), ['/usr/bin/python3', ' a & b ', '']);
  assert.equal(plist?.RunAtLoad, true);
  assert.equal(plist?.Nice, 5);
  assert.deepEqual(mapIn(plist?.EnvironmentVariables), { A: '1' });
});

test('what is no property list is nothing', () => {
  for (const text of ['', 'bplist00', '<plist><string>x</string></plist>', '<plist><dict>', '<dict/>']) {
    assert.equal(readPlist(text), undefined, text);
  }
});
