/** The Chromium that tests run in: the driver's own, else one of the system, else one that is installed now. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { chromium } from "playwright";

/**
 * What no test needs of Chromium. First the menus below its address field: two pages of its own, which it loads for each
 * window at the cost of another page of the app. Only the last of such switches counts, so the driver's own list follows.
 */
const FEATURES_OFF = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
];

/** How every test starts Chromium. `--no-sandbox` because tests run as root in containers. */
export const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  `--disable-features=${FEATURES_OFF.join(",")}`,
];

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const PLACES = [
  "/usr/lib/chromium/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

const INSTALL_DEADLINE_MS = 10 * 60_000;

/**
 * The executable of a Chromium. Installs one when there is none, which takes a network and minutes.
 * @throws Error that says what to do when none can be had.
 */
export async function findChromium(): Promise<string> {
  const found = installedChromium();
  if (found !== null) return found;
  console.log("No Chromium here: installing one for the tests…");
  const attempts = [installByDriver(), installBySystem()];
  for (const attempt of attempts) {
    attempt();
    const installed = installedChromium();
    if (installed !== null) return installed;
  }
  throw new Error(
    "The tests need Chromium, and none was found or could be installed. " +
      "Run `npx playwright install chromium`, or put `chromium` or `google-chrome` on the PATH.",
  );
}

function installedChromium(): string | null {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name + suffix)));
  return [chromium.executablePath(), ...onPath, ...PLACES].find((path) => existsSync(path)) ?? null;
}

/** Playwright's own installer, whichever folder the package is in. */
function installByDriver(): () => void {
  const cli = join(dirname(createRequire(import.meta.url).resolve("playwright/package.json")), "cli.js");
  return () => run(process.execPath, [cli, "install", "chromium"]);
}

/** The system's package, where it can be installed without a password. */
function installBySystem(): () => void {
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  return () => {
    // A bare image has no package lists yet.
    for (const step of [["update"], ["install", "-y", "chromium"]]) {
      const [command = "apt-get", ...args] = [...asRoot, "apt-get", ...step];
      run(command, args);
    }
  };
}

/** Runs an installer to its end. Whether it worked is seen by what is there afterwards. */
function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", timeout: INSTALL_DEADLINE_MS });
  if (status !== 0)
    console.log(`${command} ${args.join(" ")} did not work (${error?.message ?? `exit code ${status}`}).`);
}
