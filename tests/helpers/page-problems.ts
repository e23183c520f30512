/** What went wrong in a page that the driver has watched from its start. */
import type { Page } from "playwright";

/** Errors that the page logged, and errors that nobody caught; over all documents that it has shown. */
export async function pageProblems(page: Page): Promise<readonly string[]> {
  const messages = await page.consoleMessages({ filter: "all" });
  const logged = messages.filter((message) => message.type() === "error");
  const uncaught = await page.pageErrors({ filter: "all" });
  return [
    ...logged.map((message) => `console: ${message.text()} (${message.location().url})`),
    ...uncaught.map((error) => `uncaught: ${error.stack ?? error.message}`),
  ];
}
