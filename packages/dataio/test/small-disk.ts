/** Small file systems of their own, to see what happens when a disk is full. */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./archives.ts";

/** Whether this machine lets a test mount one. */
export const mounts = process.getuid?.() === 0 && process.platform === "linux" && mayMount();

function mayMount(): boolean {
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status === 0;
  if (mounted) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
}

/** A file system of `size`, mounted until the test ends. */
export function smallDisk(size: string): string {
  const folder = temporaryFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
  onTestFinished(() => {
    execFileSync("umount", ["-l", folder]);
  });
  return folder;
}
