import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../errors.ts';
import type { ControlReply, ControlRequest } from '../runtime/control-client.ts';
import { isProof, proofOf } from '../runtime/proof.ts';
import type { HostReport } from '../runtime/report.ts';

/** The HTTP server of the host. It takes over connections from the control channel. */
export interface PrivateHttp {
  /** False during a stop. A client that is refused early can try the next host. */
  isOpen(): boolean;
  take(socket: Socket): void;
}

/** The handlers of control requests. */
export interface ControlHandlers {
  report(): HostReport | Promise<HostReport>;
  /** Called once the reply is being sent. */
  stop(): void;
  /** Called if a connection could not be accepted. */
  refused(error: Error): void;
  /** Undefined if the daemon listens by itself. */
  http?: PrivateHttp;
  token(): Promise<string>;
  /** Whether every request needs a proof: the default ACL of a Windows pipe lets other users connect (W17). */
  mustProve: boolean;
}

const longestRequest = 4096;
const idleMs = 5000;
const newline = 0x0a;

interface Answer {
  reply: ControlReply;
  /** What to do once the reply is being sent. */
  next?: 'stop' | 'http';
}

function parseRequest(line: string): Partial<ControlRequest> {
  return (JSON.parse(line) as Partial<ControlRequest> | null) ?? {};
}

async function answer(line: string, control: string, handlers: ControlHandlers): Promise<Answer> {
  const refuse = (error: string) => ({ reply: { ok: false, error } as const });
  let request: Partial<ControlRequest>;
  try {
    request = parseRequest(line);
  } catch (error) {
    return refuse(messageOf(error));
  }
  const { op, challenge } = request;
  if (op === 'http' && handlers.http === undefined) return refuse('the daemon listens by itself');
  if (op === 'http' && handlers.http?.isOpen() === false) return refuse('it is stopping');
  const proves = handlers.mustProve || op === 'http';
  const subject = { control, op: String(op), challenge: String(challenge) };
  const token = proves ? await handlers.token() : '';
  if (proves && !isProof(request.proof, token, 'client', subject)) return refuse('wrong proof');
  const proof = proves ? { proof: proofOf(token, 'server', subject) } : {};
  switch (op) {
    case 'report':
      return { reply: { ok: true, ...proof, report: await handlers.report() } };
    case 'stop':
      return { reply: { ok: true, ...proof, report: await handlers.report() }, next: 'stop' };
    case 'http':
      return { reply: { ok: true, ...proof }, next: 'http' };
    default:
      return refuse(`unknown operation: ${op}`);
  }
}

function carryOut({ reply, next }: Answer, socket: Socket, handlers: ControlHandlers): void {
  const line = `${JSON.stringify(reply)}\n`;
  if (next !== 'http') {
    socket.end(line, () => next === 'stop' && handlers.stop());
    return;
  }
  // From now on the server only receives HTTP on this connection.
  socket.removeAllListeners('data').removeAllListeners('timeout').setTimeout(0);
  socket.write(line);
  handlers.http?.take(socket);
}

function serve(socket: Socket, control: string, handlers: ControlHandlers): void {
  let bytes: Buffer = Buffer.alloc(0);
  let answered = false;
  socket.setTimeout(idleMs, () => socket.destroy());
  // A client that disconnects early is not an error.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    // A client must wait for the reply before it sends anything else.
    if (answered) return socket.destroy();
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(newline);
    if (end < 0) {
      if (bytes.length > longestRequest) socket.destroy();
      return;
    }
    answered = true;
    void answer(bytes.toString('utf8', 0, end), control, handlers).then(
      (done) => carryOut(done, socket, handlers),
      (error) => socket.end(`${JSON.stringify({ ok: false, error: messageOf(error) })}\n`),
    );
  });
}

/** Listens on a unix socket (0600 by the umask of the host) or a named pipe. Rejects if that fails. */
export function listenControl(path: string, handlers: ControlHandlers): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => serve(socket, path, handlers));
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // Without a listener, the error would end the process.
      server.on('error', (error) => handlers.refused(error));
      server.unref();
      resolve(server);
    });
  });
}
