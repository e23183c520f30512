/** The shape of a filter as params of a call; the type is the library's. */
import type { RowFilter } from "@mxm/dataio";
import { z } from "zod";

const not = z.boolean();
const value = z.string().max(10_000);
/** `YYYY` to `YYYY-MM-DDThh:mm:ss.ffffff`. */
const moment = z
  .string()
  .regex(/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?)?)?$/)
  .nullable();

/** Up to 200 terms; see RowFilter for what they mean. */
export const rowFilter: z.ZodType<RowFilter> = z
  .array(
    z.discriminatedUnion("key", [
      z.object({
        key: z.enum(["source", "kind", "method", "status", "type", "session", "request", "text", "payload"]),
        value,
        not,
      }),
      z.object({ key: z.literal("checksum"), value: z.string().regex(/^[0-9a-f]{1,64}$/), not }),
      z.object({
        key: z.enum(["size", "duration"]),
        comparison: z.enum(["<", "<=", "=", ">=", ">"]),
        value: z.number().nonnegative().max(Number.MAX_SAFE_INTEGER),
        not,
      }),
      z.object({ key: z.literal("time"), from: moment, to: moment, not }),
      z.object({ key: z.literal("changed"), value: z.enum(["yes", "no", "new"]), not }),
      z.object({
        key: z.literal("integrity"),
        value: z.enum(["pending", "none", "ok", "unchecked", "missing", "corrupt", "unaddressable"]),
        not,
      }),
      z.object({ key: z.literal("is"), value: z.enum(["orphan", "inferred", "failed", "unanswered", "reused"]), not }),
    ]),
  )
  .max(200);
