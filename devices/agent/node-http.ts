// The one door to node:http. A plain ESM import of it reads all its exports, and one of them (WebSocket) loads a whole client
// library: 81 modules and 6.3 MB of private memory against 18 modules and 0.7 MB this way (Node 24.21).
const http = process.getBuiltinModule('node:http');

export const { createServer, request } = http;
