/** Folders and files of the host's machine, for choosing them where no native dialog exists. Lists names; reads no file. */
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fromSystemError } from "@mxm/dataio";
import type { FolderListing } from "../../shared/contract.ts";
import type { Handlers } from "../dispatch.ts";

const MAX_FOLDERS = 2_000;

export function folderHandlers(): Pick<Handlers, "folders.list"> {
  return { "folders.list": ({ path, endings = [] }) => listFolders(resolve(path ?? homedir()), endings) };
}

/** @throws NOT_FOUND, ACCESS_DENIED */
async function listFolders(path: string, endings: readonly string[]): Promise<FolderListing> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const shown = entries.filter((entry) => !entry.name.startsWith("."));
    const names = inOrder(shown.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()));
    const files = inOrder(
      shown
        .filter(({ name }) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
        .filter((e) => e.isFile()),
    );
    const listed = await Promise.all(names.slice(0, MAX_FOLDERS).map((name) => describeFolder(join(path, name), name)));
    const parent = dirname(path);
    return {
      path,
      parent: parent === path ? null : parent,
      isArchive: await isFile(join(path, "dataio.sqlite")),
      folders: listed.filter((folder) => folder !== null),
      files: files.slice(0, MAX_FOLDERS).map((name) => ({ name, path: join(path, name) })),
      truncated: names.length > MAX_FOLDERS || files.length > MAX_FOLDERS,
    };
  } catch (error) {
    throw fromSystemError(error, `Cannot list ${path}`);
  }
}

function inOrder(entries: readonly Dirent[]): string[] {
  return entries.map((entry) => entry.name).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

async function describeFolder(path: string, name: string): Promise<FolderListing["folders"][number] | null> {
  // A link may lead nowhere, or to a file; then it is no folder to open.
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() !== true) return null;
  return { name, path, isArchive: await isFile(join(path, "dataio.sqlite")) };
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true;
}
