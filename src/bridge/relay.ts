import { type Notification, Server } from '@modelcontextprotocol/server';
import { messageOf } from '../errors.ts';
import type { Log } from '../service/log.ts';
import type { Link, ServerFacts } from './link.ts';

/** Notifications for a single request or connection. They are not sent to other clients. */
const own = ['notifications/progress', 'notifications/cancelled', 'notifications/initialized'];

/**
 * Creates a server for one client that passes all messages to the server behind `link`, and back. Progress and
 * cancellation belong to their request; all other notifications of the server go to every client.
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
  const forward = (notification: Notification) => {
    if (own.includes(notification.method) || server.transport === undefined) return;
    server
      .notification(notification as Parameters<Server['notification']>[0])
      .catch((error: unknown) =>
        log('bridge.untold', { method: notification.method, error: messageOf(error) }),
      );
  };
  const unsubscribe = link.listen(forward);
  server.onclose = unsubscribe;
  return server;
}
