export const COMMAND_ENTRY: string;
export function bundleCommand(root: string, output: string): Promise<void>;
