/**
 * Secrets by their names. A desktop keeps them encrypted by the system's keychain, in a file of the app's data folder;
 * where there is none they are held for as long as this host runs. The environment is asked for what was not set here.
 * Values go to adapters alone: nothing gives them to a window.
 */
import { join } from "node:path";
import { environmentSecrets, isSecretName, Redactor, SHORTEST_SECRET, secretVariable } from "@mxm/dataio";
import { z } from "zod";
import type { SecretName, SecretNames } from "../shared/contract.ts";
import { coded } from "./coded-error.ts";
import type { Log } from "./failure.ts";
import type { Keychain } from "./host.ts";
import { JsonFile } from "./json-file.ts";

/** Base64 of what the keychain made of the value, by name. */
const schema = z.record(z.string(), z.base64());
type Encrypted = z.infer<typeof schema>;

export class Secrets {
  readonly #keychain: Keychain | null;
  readonly #file: JsonFile<Encrypted>;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #encrypted: Encrypted;
  readonly #held = new Map<string, string>();
  /** Whatever was given to an adapter, or set, in this host's life: it may turn up in a log. */
  readonly #known = new Map<string, string>();
  #usable: Promise<boolean> | null = null;

  private constructor(
    keychain: Keychain | null,
    file: JsonFile<Encrypted>,
    env: Readonly<Record<string, string | undefined>>,
    encrypted: Encrypted,
  ) {
    this.#keychain = keychain;
    this.#file = file;
    this.#env = env;
    this.#encrypted = encrypted;
  }

  static async load(
    dataDirectory: string,
    keychain: Keychain | null,
    env: Readonly<Record<string, string | undefined>> = process.env,
  ): Promise<Secrets> {
    const file = new JsonFile(join(dataDirectory, "secrets.json"), schema);
    return new Secrets(keychain, file, env, keychain === null ? {} : ((await file.read()) ?? {}));
  }

  /** The names of all that are set; `also` are names that someone refers to, which the environment may have. */
  async list(also: readonly string[] = []): Promise<SecretNames> {
    const stored = Object.keys(this.#encrypted);
    const names = new Set([...stored, ...this.#held.keys(), ...also]);
    const secrets = [...names]
      .sort()
      .map((name) => ({ name, place: this.placeOf(name), variable: secretVariable(name) }));
    return { kept: await this.#isUsable(), secrets };
  }

  /** Where the value of a secret is; null where it is set nowhere. */
  placeOf(name: string): SecretName["place"] {
    if (this.#held.has(name)) return "memory";
    if (Object.hasOwn(this.#encrypted, name)) return "keychain";
    return this.#fromEnvironment(name) === undefined ? null : "environment";
  }

  /** @throws PARAMS_INVALID for a name or value that cannot be; INTERNAL when the keychain fails */
  async set(name: string, value: string): Promise<void> {
    if (!isSecretName(name)) {
      throw coded(
        "PARAMS_INVALID",
        "The name of a secret begins with a letter, and has letters, digits and _ . - only.",
      );
    }
    if (value.length < SHORTEST_SECRET) {
      const least = `A secret has at least ${SHORTEST_SECRET} characters`;
      throw coded("PARAMS_INVALID", `${least}: a shorter one could not be told from other texts.`);
    }
    if (this.#keychain === null || !(await this.#isUsable())) this.#held.set(name, value);
    else {
      const encrypted = Buffer.from(await this.#keychain.encrypt(value)).toString("base64");
      this.#encrypted = { ...this.#encrypted, [name]: encrypted };
      this.#held.delete(name);
      await this.#file.write(this.#encrypted);
    }
    this.#known.set(name, value);
  }

  async remove(name: string): Promise<void> {
    this.#held.delete(name);
    if (!Object.hasOwn(this.#encrypted, name)) return;
    const { [name]: _, ...others } = this.#encrypted;
    this.#encrypted = others;
    await this.#file.write(others);
  }

  /** The value, for an adapter; undefined where it is set nowhere. @throws when the keychain does not give it away */
  async value(name: string): Promise<string | undefined> {
    const value = this.#held.get(name) ?? (await this.#fromKeychain(name)) ?? this.#fromEnvironment(name);
    if (value !== undefined) this.#known.set(name, value);
    return value;
  }

  /** A log to which no secret gets that this host has used. */
  cleaned(log: Log): Log {
    return (message, cause) => {
      const secrets = Object.fromEntries([...this.#known].filter(([, value]) => value.length >= SHORTEST_SECRET));
      const redactor = new Redactor({ secrets });
      const text =
        cause instanceof Error ? `${cause.stack ?? cause.message} ${String(cause.cause ?? "")}` : String(cause);
      log(redactor.text(message), redactor.secretIn(text) === undefined ? cause : redactor.text(text));
    };
  }

  async #fromKeychain(name: string): Promise<string | undefined> {
    const encrypted = Object.hasOwn(this.#encrypted, name) ? this.#encrypted[name] : undefined;
    if (encrypted === undefined || this.#keychain === null) return undefined;
    return await this.#keychain.decrypt(Buffer.from(encrypted, "base64"));
  }

  #fromEnvironment(name: string): string | undefined {
    return environmentSecrets(this.#env)(name);
  }

  /** Asked when it is needed: it may ask the person in turn. */
  #isUsable(): Promise<boolean> {
    this.#usable ??= this.#keychain === null ? Promise.resolve(false) : this.#keychain.isUsable();
    return this.#usable;
  }
}
