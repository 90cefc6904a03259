// Serves the sync API of the directory in argv until it is killed; prints its URL.
import { startServer } from './server.ts';

const { url } = await startServer(String(process.argv[2]), { lockTtlMs: 60_000 });
console.log(url);
