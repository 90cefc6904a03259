// The least that answers over HTTP: `node answer.mjs <port>`. What it answers tells which process it was.
import { createServer } from 'node:http';

createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(`{"pid":${process.pid}}`);
}).listen(Number(process.argv[2]), '127.0.0.1', 1024);
