/** Runs electron-builder as this project has it configured. */
import { Arch, build, Platform } from "electron-builder";

/**
 * Packs the built app with an Electron: the folder that all installers are made of. It has the layout of this system's
 * unless `platform` says otherwise.
 * @param electronDist folder of an unpacked Electron
 * @param output folder; electron-builder makes one of its own in it
 */
export async function packApp({ root, electronDist, output, platform = Platform.current() }) {
  await run(root, { electronDist, directories: { output } }, platform.createTarget("dir", hostArch()));
}

/** Makes one kind of installer of a packed app; gives its files. */
export function makeInstaller({ root, packed, target, output }) {
  const config = { directories: { output } };
  return run(root, config, Platform.current().createTarget(target, hostArch()), { prepackaged: packed });
}

/** The kinds of installers for this system. */
export async function installerTargets() {
  const { configuration } = await import("../electron-builder.config.ts");
  return configuration[Platform.current().buildConfigurationKey].target;
}

/** What electron-builder calls the folder of a packed app, within its output. */
export function packedFolder(platform = Platform.current(), arch = process.arch) {
  const suffix = arch === "x64" ? "" : `-${arch}`;
  const name = platform.buildConfigurationKey;
  return platform === Platform.MAC ? `${name}${suffix}` : `${name}${suffix}-unpacked`;
}

async function run(root, own, targets, options = {}) {
  const { configuration } = await import("../electron-builder.config.ts");
  const config = { ...configuration, ...own, directories: { ...configuration.directories, ...own.directories } };
  return build({ projectDir: root, config, targets, publish: "never", ...options });
}

function hostArch() {
  return Arch[process.arch];
}
