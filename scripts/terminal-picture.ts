// Draws the output of a command as an SVG: `memoryd status | node scripts/run.mjs scripts/terminal-picture.ts 'memoryd
// status'`. It created the picture in the README from a real run. Names of users and homes are replaced with sed
// before.
import { readFileSync } from 'node:fs';
import { xmlText } from '../src/platform/xml.ts';

const fontSize = 14;
const lineHeight = 20;
/** The width of a character in the monospaced fonts named below. */
const characterWidth = fontSize * 0.602;
const margin = 16;

const [command = ''] = process.argv.slice(2);
const output = readFileSync(0, 'utf8').trimEnd().split('\n');
const lines = [`$ ${command}`, ...output];
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * characterWidth) + 2 * margin;
const height = lines.length * lineHeight + 2 * margin;

/** The prompt is grey, the dot of a running service green. */
function drawn(line: string, index: number): string {
  const text = xmlText(line).replace(/^● /, '<tspan fill="#3fb950">●</tspan> ');
  const fill = index === 0 ? ' fill="#8b949e"' : '';
  return `<text x="${margin}" y="${margin + (index + 1) * lineHeight - 6}"${fill}>${text}</text>`;
}

console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img">
<title>${xmlText(command)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${fontSize}" fill="#e6edf3" style="white-space: pre" xml:space="preserve">
${lines.map(drawn).join('\n')}
</g>
</svg>`);
