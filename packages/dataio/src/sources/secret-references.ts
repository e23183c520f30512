/** `${secret:NAME}` in settings: which there are, and their values in their places. */
import { DataioError } from "../errors.ts";

/** Gives the value of a secret; undefined where it is not known. */
export type SecretResolver = (name: string) => string | undefined | Promise<string | undefined>;

const REFERENCE = /\$\{secret:([^}]*)\}/g;

/** Letters, digits and `_ . -`, beginning with a letter or `_`. */
export function isSecretName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/.test(name);
}

/** The variable that holds a secret where there is no keychain: `DATAIO_SECRET_` and the name in capitals. */
export function secretVariable(name: string): string {
  return `DATAIO_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/** Secrets from environment variables; an empty one is not set. */
export function environmentSecrets(
  env: Readonly<Record<string, string | undefined>> = process.env,
): (name: string) => string | undefined {
  return (name) => env[secretVariable(name)] || undefined;
}

/** The names that a value refers to, at any depth, each once, in the order of their first place. */
export function secretNamesIn(value: unknown): string[] {
  const names = new Set<string>();
  const look = (part: unknown) => {
    if (typeof part === "string") for (const [, name = ""] of part.matchAll(REFERENCE)) names.add(name);
    else if (typeof part === "object" && part !== null) for (const member of Object.values(part)) look(member);
  };
  look(value);
  return [...names];
}

/** The values of all secrets that a value refers to. @throws CONFIG_INVALID for one that is not known */
export async function secretsFor(
  value: unknown,
  source: string,
  resolver: SecretResolver,
): Promise<Readonly<Record<string, string>>> {
  const secrets: Record<string, string> = Object.create(null);
  for (const name of secretNamesIn(value)) {
    const secret = await resolver(name);
    if (secret === undefined) {
      throw new DataioError(
        "CONFIG_INVALID",
        `The source "${source}" needs the secret ${name}, which is not set (${secretVariable(name)} in the environment).`,
        { details: { source, secret: name } },
      );
    }
    secrets[name] = secret;
  }
  return secrets;
}

/** The value with secrets in the places of their references. Every name must be among `secrets`. */
export function withSecrets<T>(value: T, secrets: Readonly<Record<string, string>>): T;
export function withSecrets(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return value.replaceAll(REFERENCE, (_, name: string) => secrets[name] ?? "");
  if (Array.isArray(value)) return value.map((member) => withSecrets(member, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withSecrets(member, secrets)]));
}
