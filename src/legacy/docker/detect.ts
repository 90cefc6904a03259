import { type Candidate, type DetectionContext, recogniseEntry } from '../detection-context.ts';

/** One container, from `docker container ls --all --no-trunc --format '{{json .}}'`. */
export interface ContainerFacts {
  name: string;
  /** `registry/owner/name:tag`. */
  image: string;
  state: string;
  /** `127.0.0.1:3847->3847/tcp, …` */
  ports: string;
  mounts: readonly string[];
}

/** Reads one container from each JSON line. Ignores lines that are not JSON objects. */
export function readContainers(output: string): ContainerFacts[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const { Names, Image, State, Ports, Mounts } = JSON.parse(line) as Record<string, string | undefined>;
    if (Names === undefined) return [];
    return [
      {
        name: Names,
        image: Image ?? '',
        state: State ?? '',
        ports: Ports ?? '',
        mounts: (Mounts ?? '').split(',').filter(Boolean),
      },
    ];
  });
}

const publishedPort = (ports: string): number | undefined => {
  const digits = /:(\d+)->/.exec(ports)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** The last part of an image's name, which usually is the name of the project. */
const imageName = (image: string): string => (image.split('/').at(-1) ?? '').replace(/[:@].*$/, '');

/**
 * Finds containers of memory daemons by their exact names or image names (pure). They are only reported, with commands
 * the user can run.
 */
export function detectContainers(
  containers: readonly ContainerFacts[],
  context: DetectionContext,
): Candidate[] {
  return containers.flatMap(({ name, image, state, ports, mounts }): Candidate[] => {
    const entry = { command: undefined, runsAs: 'docker' };
    const known =
      recogniseEntry('docker', { ...entry, name }, context) ??
      recogniseEntry('docker', { ...entry, name: imageName(image) }, context);
    if (known === undefined) return [];
    const bound = mounts.find((mount) => mount.startsWith('/'));
    return [
      {
        kind: 'docker',
        ...known,
        name,
        port: publishedPort(ports) ?? known.port,
        dataPath: bound,
        run: state === 'running' ? { kind: 'running' } : { kind: 'stopped' },
        starts: 'unknown',
        definedIn: [],
        notes:
          bound === undefined
            ? [`its data is in the container, or in: ${mounts.join(', ') || 'no volume'}`]
            : [],
        needsAdmin: [],
        handling: {
          kind: 'report',
          why: 'a container must be stopped by whoever runs it',
          commands: [
            ['docker', 'stop', name],
            ['docker', 'update', '--restart=no', name],
          ],
        },
      },
    ];
  });
}
