// A minimal HTTP server: `node answer.mjs <port>`. Its answer identifies the process.
import { createServer } from 'node:http';

createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(`{"pid":${process.pid}}`);
}).listen(Number(process.argv[2]), '127.0.0.1', 1024);
