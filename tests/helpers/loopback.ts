import { createServer, type RequestListener } from "node:http";
import { onTestFinished } from "vitest";

/** Serves on loopback until the test ends. Gives the origin, without a slash at its end. */
export async function serveLoopback(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}
