import { type Notification, Server } from '@modelcontextprotocol/server';
import { messageOf } from '../errors.ts';
import type { Log } from '../service/log.ts';
import type { Link, ServerFacts } from './link.ts';

/** What concerns one request only, or one connection: it is never told to others. */
const own = ['notifications/progress', 'notifications/cancelled', 'notifications/initialized'];

/**
 * A server to one client that passes everything on to the server behind `link`, and back. Progress and cancellation go
 * with their request; everything else the server says unasked goes to every client.
 */
export function createRelay(link: Link, { info, capabilities, instructions }: ServerFacts, log: Log): Server {
  const server = new Server(info, { capabilities, ...(instructions === undefined ? {} : { instructions }) });
  server.fallbackRequestHandler = ({ method, params }, context) => {
    const token = context.mcpReq._meta?.progressToken;
    return link.request(
      { method, ...(params === undefined ? {} : { params: params as Record<string, unknown> }) },
      {
        signal: context.mcpReq.signal,
        ...(token === undefined
          ? {}
          : {
              onprogress: (progress) =>
                void context.mcpReq.notify({
                  method: 'notifications/progress',
                  params: { ...progress, progressToken: token },
                }),
            }),
      },
    );
  };
  server.fallbackNotificationHandler = (notification) => link.notify(notification);
  const tell = (notification: Notification) => {
    if (own.includes(notification.method) || server.transport === undefined) return;
    server
      .notification(notification as Parameters<Server['notification']>[0])
      .catch((error: unknown) =>
        log('bridge.untold', { method: notification.method, error: messageOf(error) }),
      );
  };
  const silence = link.listen(tell);
  server.onclose = silence;
  return server;
}
