import type { JSONRPCRequest, JSONRPCResultResponse } from '@modelcontextprotocol/server';

/** The methods that only read. */
const reads = [
  'ping',
  'completion/complete',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'server/discover',
  'tools/list',
];

interface ListedTool {
  name?: unknown;
  annotations?: { readOnlyHint?: unknown; idempotentHint?: unknown };
}

/** Tells which requests may be sent again although an earlier daemon may have carried them out. */
export interface RepeatableRequests {
  /** Learns the annotations of the tools, if `message` answers `tools/list`. */
  learn(request: JSONRPCRequest, message: JSONRPCResultResponse): void;
  includes(request: JSONRPCRequest): boolean;
}

/** Makes an empty list: no tool is repeatable before the daemon says so in its list of tools. */
export function createRepeatableRequests(): RepeatableRequests {
  const tools = new Set<string>();
  return {
    learn({ method }, { result }) {
      if (method !== 'tools/list') return;
      const { tools: listed } = result as { tools?: unknown };
      for (const { name, annotations } of Array.isArray(listed) ? (listed as ListedTool[]) : []) {
        if (typeof name !== 'string') continue;
        if (annotations?.readOnlyHint === true || annotations?.idempotentHint === true) tools.add(name);
        else tools.delete(name);
      }
    },
    includes({ method, params }) {
      if (method !== 'tools/call') return reads.includes(method);
      const { name } = (params ?? {}) as { name?: unknown };
      return typeof name === 'string' && tools.has(name);
    },
  };
}
