// Starts the real bundle of the main process under a test vehicle that is older than the Electron that ships:
// supplies protocol.handle (Electron 25) and Response (Node 18) where they are missing, and holds back until the driver is
// attached. The bundle to start is named by LINESIDE_TEST_MAIN.
const { app, protocol } = require('electron');

if (process.env.LINESIDE_TEST_DRIVEN === '1') {
  // Playwright calls __playwright_run when it is attached. A window that opens while it attaches can leave it waiting forever.
  const ready = app.whenReady();
  const driven = new Promise((resolve) => {
    globalThis.__playwright_run = resolve;
  });
  app.whenReady = () => Promise.all([ready, driven]);
}

if (globalThis.Response === undefined) {
  globalThis.Response = class Response {
    constructor(body, { status = 200, headers = {} } = {}) {
      this.body = Buffer.from(body);
      this.status = status;
      this.headers = headers;
    }
  };
}

if (protocol.handle === undefined) {
  protocol.handle = (scheme, handler) => {
    protocol.registerBufferProtocol(scheme, ({ url, method }, callback) => {
      Promise.resolve(handler({ url, method })).then(
        ({ body, status, headers }) =>
          callback({ statusCode: status, headers, mimeType: headers['Content-Type']?.split(';')[0], data: body }),
        (error) => {
          console.error(error);
          callback({ error: -2 });
        },
      );
    });
  };
}

require(process.env.LINESIDE_TEST_MAIN);
