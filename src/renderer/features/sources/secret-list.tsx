import { type FormEvent, useCallback, useEffect, useId, useState } from "react";
import type { SecretName, SecretNames } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { shapeOf } from "../../state/failures.ts";

/** Secrets by name. A value goes to the host when it is set, and never comes back. */
export function SecretList({ onChanged }: { readonly onChanged: () => void }) {
  const { client } = useApp();
  const ids = { name: useId(), value: useId(), fault: useId() };
  const archiveId = useArchives((state) => state.archive?.id ?? null);
  const [known, setKnown] = useState<SecretNames | null>(null);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const load = useCallback(
    (signal: AbortSignal) => client.call("secrets.list", { archiveId }, { signal }),
    [client, archiveId],
  );
  const loaded = useLoaded(load);
  useEffect(() => {
    if (loaded.status === "ready") setKnown(loaded.value);
  }, [loaded]);

  const run = async (change: () => Promise<SecretNames>) => {
    setFault(null);
    try {
      setKnown(await change());
      setName("");
      setValue("");
      onChanged();
    } catch (error) {
      setFault(shapeOf(error).message);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "" && value !== "") {
      void run(() => client.call("secrets.set", { archiveId, name: name.trim(), value }));
    }
  };
  return (
    <section className="secrets" aria-label="Secrets">
      <h3>Secrets</h3>
      <p className="muted">
        {known?.kept === true
          ? "Kept by the keychain of this system. Mappings name them; archives, logs and exports never hold them."
          : "Kept in memory until the app ends; to keep one longer, set the environment variable DATAIO_SECRET_ and its name. Mappings name them; archives, logs and exports never hold them."}
      </p>
      <ul className="source-list">
        {(known?.secrets ?? []).map((secret) => (
          <li key={secret.name} className="source-line" data-testid="secret">
            <ArchivedText text={secret.name} className="mono source-name" />
            <span className={`source-answer ${secret.place === null ? "tone-bad" : "muted"}`}>
              {spokenPlace(secret)}
            </span>
            {(secret.place === "keychain" || secret.place === "memory") && (
              <Button
                aria-label={`Remove ${secret.name}`}
                onClick={() => void run(() => client.call("secrets.remove", { archiveId, name: secret.name }))}
              >
                Remove
              </Button>
            )}
            <Button aria-label={`Set ${secret.name}`} onClick={() => setName(secret.name)}>
              Set…
            </Button>
          </li>
        ))}
      </ul>
      <form className="secret-form" onSubmit={onSubmit}>
        <div className="field">
          <label className="field-label" htmlFor={ids.name}>
            Name
          </label>
          <input
            id={ids.name}
            className="input"
            spellCheck={false}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <div className="field">
          <label className="field-label" htmlFor={ids.value}>
            Value
          </label>
          <input
            id={ids.value}
            className="input"
            type="password"
            autoComplete="new-password"
            aria-describedby={fault === null ? undefined : ids.fault}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        </div>
        <button type="submit" className="button button-plain">
          Set the secret
        </button>
      </form>
      {fault !== null && (
        <p className="field-fault" id={ids.fault} role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}

function spokenPlace({ place, variable }: SecretName): string {
  switch (place) {
    case "keychain":
      return "in the keychain";
    case "memory":
      return "in memory until the app ends";
    case "environment":
      return `from ${variable}`;
    case null:
      return `not set; here, or as ${variable}`;
  }
}
