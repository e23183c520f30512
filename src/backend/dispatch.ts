/**
 * One call: method name -> checked params -> handler -> envelope. Everything that comes in is checked here, once, and
 * everything that is thrown behind here ends here: a dispatch never rejects.
 */
import { type ErrorShape, type MethodName, methods, type Params, type Result } from "../shared/contract.ts";
import { CANCELLED, type Log, logToStderr, toErrorShape } from "./failure.ts";

export interface CallContext {
  /** Aborts when the caller cancels or goes away. */
  readonly signal: AbortSignal;
}

/** The behaviour of every method of the contract. What a handler throws is turned into an {@link ErrorShape}. */
export type Handlers = {
  readonly [M in MethodName]: (params: Params<M>, context: CallContext) => Promise<Result<M>> | Result<M>;
};

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorShape };

export type Dispatch = (method: string, params: unknown, signal: AbortSignal) => Promise<Outcome>;

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type ParamsSchemas = {
  readonly [M in MethodName]: {
    safeParse(
      params: unknown,
    ):
      | { readonly success: true; readonly data: Params<M> }
      | { readonly success: false; readonly error: { readonly issues: readonly Problem[] } };
  };
};
const schemas: ParamsSchemas = methods;

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/**
 * Makes the dispatcher. Its outcomes carry the codes of DataioError, or `UNKNOWN_METHOD`, `BAD_REQUEST` (params that do
 * not fit; `details.path` says where), `CANCELLED`, `INTERNAL` (a defect; logged).
 */
export function createDispatch(handlers: Handlers, log: Log = logToStderr): Dispatch {
  async function run<M extends MethodName>(method: M, params: unknown, signal: AbortSignal): Promise<Outcome> {
    const parsed = schemas[method].safeParse(params);
    if (!parsed.success) return { ok: false, error: badParams(method, parsed.error.issues) };
    return { ok: true, value: await handlers[method](parsed.data, { signal }) };
  }

  return async (method, params, signal) => {
    if (!isMethod(method)) {
      const named = method.slice(0, 100);
      return { ok: false, error: { code: "UNKNOWN_METHOD", message: `There is no method ${named}.`, details: {} } };
    }
    if (signal.aborted) return { ok: false, error: CANCELLED };
    try {
      return await run(method, params, signal);
    } catch (error) {
      // What is thrown on the way out of an aborted call (premature ends, closed handles) only says that it was aborted.
      return { ok: false, error: signal.aborted ? CANCELLED : toErrorShape(error, method, log) };
    }
  };
}

function badParams(method: MethodName, problems: readonly Problem[]): ErrorShape {
  const [first] = problems;
  const path = first?.path.map(String).join(".") ?? "";
  const where = path === "" ? "params" : path;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return {
    code: "BAD_REQUEST",
    message: `${method} does not accept ${where}: ${first?.message ?? "unreadable"}${more}`,
    details: { method, path },
  };
}
