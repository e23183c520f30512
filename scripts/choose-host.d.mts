export type Choice =
  | { readonly host: "desktop"; readonly download: boolean }
  | { readonly host: "web"; readonly reason: string };
export type Surroundings =
  | { readonly electron: "present" | "downloadable"; readonly display: boolean }
  | { readonly electron: "absent"; readonly problem: string; readonly display: boolean };
export function hasDisplay(platform: string, env: Readonly<Record<string, string | undefined>>): boolean;
export function chooseHost(surroundings: Surroundings): Choice;
