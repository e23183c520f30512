/** What our HARs and WARCs say of the row that an exchange was (see `rowRecord` of the export), read as any other text: checked. */
import { z } from "zod";

const ID = z.string().min(1);
const SESSION = z.object({
  id: ID,
  source: z.string(),
  mode: z.string(),
  asOf: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
});
const REQUEST = z.object({
  id: ID,
  kind: z.string(),
  method: z.string(),
  paramsJson: z.string().nullable(),
  bodyJson: z.string().nullable(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .catch(null),
  createdAt: z.string(),
});
/** Without it the answer is still what it was. */
const ASK = z
  .object({
    id: ID,
    kind: z.enum(["acquired", "failed"]),
    startedAt: z.string().min(1),
    endedAt: z.string().min(1),
    policyJson: z.string().nullable(),
    errorJson: z.string().nullable(),
  })
  .nullable()
  .catch(null);
const RECORD = z.object({
  // Rows of another type stand for an ask, not for an answer.
  row: z.literal("response"),
  response: ID,
  status: z.string().min(1),
  sequence: z.number().int().nullable(),
  time: z.string().min(1),
  checksum: z.string().nullable(),
  session: SESSION.nullable(),
  request: REQUEST.nullable(),
  requestInferred: z.boolean(),
  redacted: z.boolean().default(false),
  metadataOf: z.enum(["response", "sidecar", "none"]),
  metadata: z.string().nullable(),
  ask: ASK,
});

/** One response of an archive, with what it belonged to. */
export type OwnRecord = z.infer<typeof RECORD>;

/** The row that it was; null for what says nothing of one, or not as we write it. */
export function ownRecord(value: unknown): OwnRecord | null {
  const parsed = RECORD.safeParse(value);
  return parsed.success ? parsed.data : null;
}
