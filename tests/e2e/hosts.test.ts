/** Both hosts come up, look as they are asked to, and go down in order. */
import { expect, it } from "vitest";
import { describeOnHosts } from "../helpers/hosts.ts";

describeOnHosts("a host", (launch, kind) => {
  it("shows the app without a complaint, in the system's theme and the size asked for", async () => {
    const app = await launch({ colorScheme: "dark", viewport: { width: 1000, height: 640 } });
    expect(app.kind).toBe(kind);
    await app.page.getByRole("heading", { name: "MXM DataIO Browser" }).waitFor();
    await expect.poll(() => app.page.evaluate("[innerWidth, innerHeight]")).toEqual([1000, 640]);
    expect(await app.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
    expect(await app.problems()).toEqual([]);
  });

  it("lets a click put text on the clipboard", async () => {
    const { page } = await launch();
    await page.evaluate(`addEventListener("click", () => {
      window.copying = navigator.clipboard.writeText("copied").then(() => "copied", (error) => error.message);
    })`);
    await page.mouse.click(5, 5);
    expect(await page.evaluate("window.copying")).toBe("copied");
  });

  it("tells of errors in the page", async () => {
    const { page, problems } = await launch();
    await page.evaluate('console.error("logged"); setTimeout(() => { throw new Error("thrown"); })');
    await expect.poll(async () => (await problems()).length).toBe(2);
    const told = (await problems()).map((problem) => problem.split("\n", 1)[0]);
    expect(told).toEqual([expect.stringContaining("console: logged"), "uncaught: Error: thrown"]);
  });
});
