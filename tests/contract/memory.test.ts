import { connect } from "../../src/backend/connection.ts";
import { createMemoryPair } from "../../src/shared/memory-transport.ts";
import { contractSuite } from "./contract-suite.ts";

contractSuite("memory", async (backend) => {
  const pair = createMemoryPair();
  const disconnectHost = connect(pair.host, backend, () => undefined);
  function disconnect(): void {
    pair.disconnect();
    disconnectHost();
  }
  return {
    client: pair.client,
    outlivesHost: true,
    sendRaw: pair.sendRaw,
    disconnect,
    close: async () => disconnect(),
  };
});
