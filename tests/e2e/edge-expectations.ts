/** What the app has to show for each case of the edge archive (see edge-cases.json), as a person would look for it. */

export interface EdgeExpectation {
  /** Cells of the row by their column's name. */
  readonly cells?: Readonly<Record<string, string>>;
  /** Titles of everything unusual that the preview warns of; none when left out. */
  readonly banners?: readonly string[];
  /** Texts that the preview holds. */
  readonly preview?: readonly string[];
  /** Texts that the metadata hold. */
  readonly metadata?: readonly string[];
  /** Texts that the request's view holds. */
  readonly request?: readonly string[];
}

const VERIFIED = { Integrity: "verified" };
const CORRUPT = "This payload is corrupt: its bytes do not match its checksum";
const UNADDRESSABLE: EdgeExpectation = {
  cells: { Integrity: "no address" },
  banners: ["The payload of this response cannot be addressed"],
  preview: ["No bytes to show"],
};
const INVALID_SIDECAR = "The metadata file is no JSON object";
const DIFFER = "Declared and recognised type differ";

const readable = (name: string): EdgeExpectation => ({ cells: VERIFIED, preview: [`payload of ${name}`] });
const atTime = (name: string, time: string): EdgeExpectation => ({
  cells: { ...VERIFIED, Time: time },
  preview: [`payload of ${name}`],
});

export const EDGE_EXPECTATIONS: Readonly<Record<string, EdgeExpectation>> = {
  healthy: { cells: { ...VERIFIED, Type: "text/plain", Size: "16 B" }, preview: ["healthy payload"] },
  payload_missing: {
    cells: { Integrity: "missing" },
    banners: ["The payload is missing: there is no file with this checksum"],
    preview: ["ce43efcca96f8289c01971e3b1fe50291c8e6f4592232fb11493919e95c84583", "No bytes to show"],
    metadata: ["text/plain"],
  },
  payload_corrupt: {
    cells: { Integrity: "corrupt" },
    banners: [CORRUPT],
    preview: ["3e75fb680c226d24a6e292f52357f2b94bd9447cd5ce5c0f7adbc0fc6825fd1f"],
  },
  payload_truncated: {
    cells: { Integrity: "corrupt" },
    banners: [CORRUPT],
    preview: ["fab6d25d512442fc25ce3b1304a014240c059c6a5f619201fe97681c235a8bbf", "500 bytes recorded"],
  },
  payload_empty_ok: { cells: { ...VERIFIED, Size: "0 B" }, preview: ["The payload is empty"] },
  sidecar_missing: { cells: VERIFIED, preview: ["sidecar", '"deleted"'], metadata: ["No metadata"] },
  sidecar_never: { cells: VERIFIED, preview: ["adapter gave no metadata"], metadata: ["No metadata"] },
  sidecar_invalid_json: { ...readable("sidecar_invalid_json"), metadata: [INVALID_SIDECAR] },
  sidecar_empty_file: { ...readable("sidecar_empty_file"), metadata: [INVALID_SIDECAR] },
  sidecar_array: { ...readable("sidecar_array"), metadata: [INVALID_SIDECAR, '["text/html"]'] },
  sidecar_nan: { ...readable("sidecar_nan"), metadata: [INVALID_SIDECAR, "NaN"] },
  sidecar_wrong_types: { ...readable("sidecar_wrong_types"), metadata: ["42", "1.5"] },
  sidecar_list_header: { ...readable("sidecar_list_header"), metadata: ["a=1", "b=2"] },
  dup_checksum: {
    cells: VERIFIED,
    banners: [DIFFER],
    preview: ["<same>payload</same>"],
    metadata: ["https://a.example/1"],
  },
  path_other_machine: readable("path_other_machine"),
  path_windows: { ...readable("path_windows"), request: ["C:\\mxm-data\\dev\\responses\\", "never opened"] },
  path_relative: readable("path_relative"),
  path_null: readable("path_null"),
  path_traversal: { ...readable("path_traversal"), request: ["../../../../etc/hostname", "never opened"] },
  path_cache_marker: { ...readable("path_cache_marker"), request: ["<cache>"] },
  checksum_null: UNADDRESSABLE,
  checksum_traversal: { ...UNADDRESSABLE, preview: ["../dataio.sqlite"] },
  checksum_short: { ...UNADDRESSABLE, preview: ["abc"] },
  checksum_empty: UNADDRESSABLE,
  // The file has the last word, not the row's column.
  size_null: { ...readable("size_null"), cells: { ...VERIFIED, Size: "20 B" } },
  size_wrong: { ...readable("size_wrong"), cells: { ...VERIFIED, Size: "21 B" }, request: ["999,999 bytes"] },
  ts_no_micro: atTime("ts_no_micro", "2025-10-22 10:00:00.000"),
  ts_z: atTime("ts_z", "2025-10-22 10:00:00.000"),
  ts_naive: atTime("ts_naive", "2025-10-22 10:00:00.000"),
  ts_millis: atTime("ts_millis", "2025-10-22 10:00:00.123"),
  ts_space: atTime("ts_space", "2025-10-22 10:00:00.000"),
  ts_date_only: atTime("ts_date_only", "2025-10-22 00:00:00.000"),
  ts_garbage: atTime("ts_garbage", "yesterday"),
  real_whole_second: { cells: { ...VERIFIED, Time: "2025-10-22 08:00:02.000", Source: "edge_whole_second" } },
  all_status: { cells: { ...VERIFIED, Kind: "all_status", Method: "COMMAND" } },
  unknown_method: { cells: { ...VERIFIED, Method: "PATCH" }, request: ["PATCH"] },
  unknown_status: { cells: { ...VERIFIED, Status: "teapot" } },
  params_null: { cells: VERIFIED, request: ["none", "matches the request"] },
  params_empty: { cells: VERIFIED, request: ["{}", "matches the request"] },
  params_invalid_json: { cells: VERIFIED, request: ['{"a":', "not valid JSON", "cannot be checked"] },
  params_array: { cells: VERIFIED, request: ["does not match the request"] },
  params_nan: { cells: VERIFIED, request: ["NaN", "-Infinity", "does not match the request"] },
  params_bigint: { cells: VERIFIED, request: ["9007199254740993", "1e-07", "does not match the request"] },
  params_empty_string: { cells: VERIFIED, request: ["not valid JSON", "cannot be checked"] },
  params_deep: { cells: VERIFIED, request: ["does not match the request"] },
  hash_null_1: { cells: VERIFIED, request: ["none in the row", "Expected"] },
  hash_null_2: { cells: VERIFIED, request: ["none in the row", "Expected"] },
  hash_wrong: { cells: VERIFIED, request: ["does not match the request", "Expected"] },
  hash_030_nobucket: { cells: VERIFIED, request: ["as mxm-dataio 0.3 computes it)"] },
  hash_030_bucket: { cells: VERIFIED, request: ["as mxm-dataio 0.3 computes it with bucket 2025-10-22)"] },
  hash_020_py310: { cells: VERIFIED, request: ["under Python 3.10)"] },
  hostile_html: {
    cells: {
      ...VERIFIED,
      Source: '<img src=x onerror="alert(1)">',
      Kind: '"><script>alert(document.domain)</script>',
      Type: "text/html",
    },
    preview: ['<script>fetch("file:///etc/passwd")</script>', '<iframe src="file:///"></iframe>'],
    metadata: ["javascript:alert(1)", "X-<i>", "<script>1</script>"],
  },
  hostile_svg: { cells: { ...VERIFIED, Type: "image/svg+xml" }, preview: [" px"] },
  content_type_lies: { cells: { ...VERIFIED, Type: "text/plain" }, banners: [DIFFER], preview: ["this is not a png"] },
  json_payload_invalid: {
    cells: VERIFIED,
    banners: ["Declared and recognised type differ", "Not valid JSON, shown as text"],
    preview: ['{"unterminated":'],
  },
  json_payload_nan: { cells: VERIFIED, preview: ["NaN", "12345678901234567890", "1.10"] },
  text_invalid_utf8: { cells: VERIFIED, banners: ["Not valid UTF-8"], preview: ["abc ", " def"] },
  long_line: { cells: { ...VERIFIED, Size: "1.9 MiB" }, banners: ["First 1 MiB of 1.9 MiB shown"], request: ["long"] },
  content_encoding_header_but_plain: {
    cells: { ...VERIFIED, Type: "text/html" },
    preview: ["<html>already decoded</html>"],
    metadata: ["Content-Encoding", "gzip"],
  },
  stream_0_9: { cells: { ...VERIFIED, Method: "SUBSCRIBE", Kind: "trades" }, request: ["Sequence", "not ended"] },
  orphan_response: {
    cells: { Integrity: "verified orphan inferred", Kind: "–", Source: "edge_stream" },
    request: ["The request row of this response is not in the archive", "inferred from the time window"],
  },
  orphan_request: { cells: { Integrity: "verified inferred", Kind: "orphan_request" } },
};

/** Cases without a response of their own; each has a test of its own in edge-cases.test.ts. */
export const EDGE_ELSEWHERE: ReadonlySet<string> = new Set(["no_response", "empty_session", "stray_files"]);
