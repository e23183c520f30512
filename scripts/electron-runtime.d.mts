import type { SandboxFacts } from "./choose-host.mjs";

export function sandboxFacts(root: string): SandboxFacts;
export function findElectron(root: string): string | null;
export function downloadElectron(root: string): Promise<string | null>;
export function reasonOf(output: string): string;
