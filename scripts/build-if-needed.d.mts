export function isBuildStale(root: string): boolean;
export function buildIfNeeded(root: string): boolean;
