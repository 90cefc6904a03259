import type { ServicePaths } from '../layout.ts';
import { isInteger, isString } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';
import { stateFile, stateText } from './state-file.ts';

/** `port.json`: what decided on the port (see service/port.ts), and the one that the service has since. */
export interface PortChoice {
  basis: string;
  port: number;
}

type PortFilePaths = Pick<ServicePaths, 'port'>;

const portFile = stateFile<PortFilePaths, PortChoice>(({ port }) => port, {
  basis: isString,
  port: isInteger,
});

/**
 * The persisted choice, if there is a usable one.
 * Throws `permission` when the file cannot be read: the service must not move to another port for that.
 */
export function readPort(files: Pick<Files, 'read'>, paths: PortFilePaths): Promise<PortChoice | undefined> {
  return portFile.value(files, paths);
}

export function writePort(
  files: Pick<Files, 'write'>,
  paths: PortFilePaths,
  choice: PortChoice,
): Promise<void> {
  return portFile.write(files, paths, choice);
}

/** The file's text, for a plan that writes it. */
export function portText({ basis, port }: PortChoice): string {
  return stateText({ basis, port });
}
