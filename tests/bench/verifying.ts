/** Verifying 2 GiB of payloads in 2,000 files, against two `openssl dgst` processes on the same files. */
import { spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { AdapterResult, type Fetcher, Store, verify, withSession } from "@mxm/dataio";
import { alternate, type Bench, inFolder, timed } from "./figures.ts";

const FILES = 2_000;
const MIB = 1024 * 1024;

/** Half of the files each, as `xargs -P 2` would give them. */
async function openssl(paths: readonly string[]): Promise<void> {
  const halves = [paths.slice(0, paths.length / 2), paths.slice(paths.length / 2)];
  await Promise.all(
    halves.map(async (half) => {
      const child = spawn("openssl", ["dgst", "-sha256", "-r", ...half], { stdio: ["ignore", "ignore", "inherit"] });
      const [code] = await once(child, "close");
      if (code !== 0) throw new Error(`openssl ended with ${code}`);
    }),
  );
}

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const files = quick ? 20 : FILES;
    say(`archives ${files} payloads of 1 MiB`);
    const root = join(folder, "archive");
    using store = Store.create(root, { durable: false });
    const adapter: Fetcher = { fetch: async () => new AdapterResult({ data: randomFillSync(Buffer.alloc(MIB)) }) };
    const responses = await withSession({ store, source: "bench", adapter }, (session) =>
      session.fetchAll(
        Array.from({ length: files }, (_, number) => session.request({ kind: "k", params: { number } })),
      ),
    );
    const paths = responses.map((one) => (one.state === "fulfilled" ? (one.response.path ?? "") : ""));
    const rate = (milliseconds: number) => (files / milliseconds) * 1000;
    const ours = async () =>
      rate(
        await timed(async () => {
          const report = await verify(root);
          if (!report.intact) throw new Error("The archive does not verify.");
        }),
      );
    const peer = async () => rate(await timed(() => openssl(paths)));
    await peer();
    say("verifies");
    const figures = await alternate(quick ? 1 : 5, { ours, peer });
    return [
      {
        what: `verify ${files} MiB in ${files} files, all steps`,
        against: "2 x openssl dgst -sha256",
        ...figures,
        unit: "MiB/s",
        target: { at: "least", ratio: 0.8 },
      },
    ];
  });
export default bench;
