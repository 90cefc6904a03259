import { type Notification, type Result, Server, type ServerContext } from '@modelcontextprotocol/server';
import { messageOf } from '../errors.ts';
import type { Log } from '../service/log.ts';
import { anything, endless, type Link, type ServerFacts } from './link.ts';
import type { WaitingClient } from './waiting-clients.ts';

/** Notifications for a single request or connection. They are not sent to other clients. */
const own = ['notifications/progress', 'notifications/cancelled', 'notifications/initialized'];

/** The client of a request. `undefined` for version 2026-07-28, in which a server cannot send requests. */
function waitingClient(server: Server, { mcpReq }: ServerContext): WaitingClient | undefined {
  const capabilities = server.getClientCapabilities();
  if (mcpReq.envelope !== undefined || capabilities === undefined) return undefined;
  return {
    client: server,
    capabilities,
    ask: (request) => mcpReq.send(request, anything, { timeout: endless }) as Promise<Result>,
  };
}

/**
 * Creates a server for one client that passes all messages to the server behind `link`, and back. Progress and
 * cancellation belong to their request; requests of the server go to the client that waits; all other notifications of
 * the server go to every client.
 */
export function createRelay(link: Link, { info, capabilities, instructions }: ServerFacts, log: Log): Server {
  const server = new Server(info, { capabilities, ...(instructions === undefined ? {} : { instructions }) });
  server.fallbackRequestHandler = ({ method, params }, context) => {
    const token = context.mcpReq._meta?.progressToken;
    return link.request(
      { method, ...(params === undefined ? {} : { params: params as Record<string, unknown> }) },
      {
        signal: context.mcpReq.signal,
        waiting: waitingClient(server, context),
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
