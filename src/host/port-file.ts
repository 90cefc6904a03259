import type { ServicePaths } from '../layout.ts';
import type { Files } from '../system/files.ts';

/** `port.json`: what decided on the port (see service/port.ts), and the one that the service has since. */
export interface PortChoice {
  basis: string;
  port: number;
}

/** The persisted choice, if there is a usable one. */
export async function readPort(
  { read }: Pick<Files, 'read'>,
  { port: path }: Pick<ServicePaths, 'port'>,
): Promise<PortChoice | undefined> {
  const seen = await read(path);
  if (seen.kind !== 'content') return undefined;
  try {
    const { basis, port } = JSON.parse(seen.text) as Partial<PortChoice>;
    const usable = typeof basis === 'string' && Number.isInteger(port);
    return usable ? ({ basis, port } as PortChoice) : undefined;
  } catch {
    return undefined;
  }
}

export async function writePort(
  files: Pick<Files, 'write'>,
  { port: path }: Pick<ServicePaths, 'port'>,
  choice: PortChoice,
): Promise<void> {
  await files.write(path, portText(choice), 0o600);
}

export function portText({ basis, port }: PortChoice): string {
  return `${JSON.stringify({ basis, port })}\n`;
}
