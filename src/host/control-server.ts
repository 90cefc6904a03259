import { createServer, type Server, type Socket } from 'node:net';
import { crypto } from '../crypto.ts';
import { messageOf } from '../errors.ts';
import type { ControlReply, ControlRequest } from './control-client.ts';
import type { HostReport } from './report.ts';

/** What a control channel can be asked, and by whom. */
export interface ControlHandlers {
  report(): HostReport | Promise<HostReport>;
  /** Called once the reply is on its way. */
  stop(): void;
  /** Told when a connection could not be accepted. */
  refused(error: Error): void;
  /** On Windows the default ACL of a pipe lets others in: they must show the token (W17). Undefined where the file mode does it. */
  token?: () => Promise<string>;
}

const longestRequest = 4096;
const idleMs = 5000;

function isRight(given: unknown, token: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(token)];
  return a.length === b.length && crypto().timingSafeEqual(a, b);
}

async function answer(
  line: string,
  handlers: ControlHandlers,
): Promise<{ reply: ControlReply; stop: boolean }> {
  const refuse = (error: string) => ({ reply: { ok: false, error } as const, stop: false });
  let request: Partial<ControlRequest> | null;
  try {
    request = JSON.parse(line);
  } catch (error) {
    return refuse(messageOf(error));
  }
  const token = await handlers.token?.();
  if (token !== undefined && !isRight(request?.token, token)) return refuse('wrong token');
  if (request?.op !== 'report' && request?.op !== 'stop') return refuse(`unknown operation: ${request?.op}`);
  return { reply: { ok: true, report: await handlers.report() }, stop: request.op === 'stop' };
}

function serve(socket: Socket, handlers: ControlHandlers): void {
  let text = '';
  let answered = false;
  socket.setEncoding('utf8');
  socket.setTimeout(idleMs, () => socket.destroy());
  // A client that goes away in the middle is no matter of ours.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (answered) return;
    if (end < 0) {
      if (text.length > longestRequest) socket.destroy();
      return;
    }
    answered = true;
    void answer(text.slice(0, end), handlers).then(
      ({ reply, stop }) => socket.end(`${JSON.stringify(reply)}\n`, () => stop && handlers.stop()),
      (error) => socket.end(`${JSON.stringify({ ok: false, error: messageOf(error) })}\n`),
    );
  });
}

/** Listens at a unix socket (0600 by the umask of the host) or a named pipe. Throws when it cannot. */
export function listenControl(path: string, handlers: ControlHandlers): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => serve(socket, handlers));
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // Without a listener it would end the process.
      server.on('error', (error) => handlers.refused(error));
      server.unref();
      resolve(server);
    });
  });
}
