export type Choice =
  | { readonly host: "desktop"; readonly download: boolean }
  | { readonly host: "web"; readonly reason: string };
export type Surroundings = { readonly display: boolean; readonly unsafe?: string | null } & (
  | { readonly electron: "present" | "downloadable" }
  | { readonly electron: "absent"; readonly problem: string }
);
export interface SandboxFacts {
  readonly isRoot: boolean;
  readonly hasNamespaces: boolean;
  readonly hasHelper: boolean;
}
export function sandboxProblem(platform: string, facts: SandboxFacts): string | null;
export function hasDisplay(platform: string, env: Readonly<Record<string, string | undefined>>): boolean;
export function chooseHost(surroundings: Surroundings): Choice;
