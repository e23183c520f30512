/** How the process that starts a stand-in says what it wants, through the environment. */

export interface StandInSettings {
  readonly executablePath: string;
  readonly colorScheme: "light" | "dark";
  readonly workArea: { readonly width: number; readonly height: number };
}

const NAME = "ELECTRON_STAND_IN";

export function writeSettings(settings: StandInSettings): NodeJS.ProcessEnv {
  return { [NAME]: JSON.stringify(settings) };
}

export function readSettings(env: NodeJS.ProcessEnv): StandInSettings {
  const text = env[NAME];
  if (text === undefined) throw new Error(`${NAME} is not set: this process was not started as a stand-in`);
  return JSON.parse(text);
}
