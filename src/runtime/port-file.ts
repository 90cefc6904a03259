import type { ServicePaths } from '../layout.ts';
import { isInteger, isString } from '../service/state-text.ts';
import type { Files } from '../system/files.ts';
import { stateFile, stateText } from './state-file.ts';

/**
 * `port.json`: the settings that led to the port (see service/port.ts), and the port that the service has used since.
 */
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
 * The persisted choice; undefined if there is no usable one. Throws `permission` if the file cannot be read: that must
 * not make the service change its port.
 */
export function readPort(files: Pick<Files, 'read'>, paths: PortFilePaths): Promise<PortChoice | undefined> {
  return portFile.value(files, paths);
}

/** Writes the choice. Rejects if the file cannot be written. */
export function writePort(
  files: Pick<Files, 'write'>,
  paths: PortFilePaths,
  choice: PortChoice,
): Promise<void> {
  return portFile.write(files, paths, choice);
}

/** The text of the file, for a plan that writes it. */
export function portText({ basis, port }: PortChoice): string {
  return stateText({ basis, port });
}
