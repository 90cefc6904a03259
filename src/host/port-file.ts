import type { ServicePaths } from '../layout.ts';
import type { Files } from '../system/files.ts';

/** `port.json`: what the name hashes to (or the definition fixes), and what the service really has. */
export interface PortChoice {
  preferred: number;
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
    const { preferred, port } = JSON.parse(seen.text) as Partial<PortChoice>;
    const usable = Number.isInteger(preferred) && Number.isInteger(port);
    return usable ? ({ preferred, port } as PortChoice) : undefined;
  } catch {
    return undefined;
  }
}

export async function writePort(
  files: Pick<Files, 'write'>,
  { port: path }: Pick<ServicePaths, 'port'>,
  choice: PortChoice,
): Promise<void> {
  await files.write(path, `${JSON.stringify(choice)}\n`, 0o600);
}
