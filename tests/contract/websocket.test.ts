import { startWebServer } from "../../src/web/server.ts";
import { contractSuite } from "./contract-suite.ts";
import { clientTransport, openSocket } from "./websocket-client.ts";

contractSuite("a WebSocket", async (backend) => {
  const server = await startWebServer({
    backend: {
      dispatch: backend.dispatch,
      onEvent: (listener) => backend.onEvent(listener),
      assets: async () => new Response(null, { status: 404 }),
    },
    port: 0,
    log: () => undefined,
  });
  const socket = await openSocket(server);
  return {
    client: clientTransport(socket),
    outlivesHost: true,
    sendRaw: (message) => socket.send(JSON.stringify(message)),
    disconnect: () => socket.terminate(),
    async close() {
      socket.terminate();
      await server.close();
    },
  };
});
