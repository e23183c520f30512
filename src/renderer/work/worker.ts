/**
 * The worker in which payloads are parsed and formatted: one task at a time, so that ending the worker ends the task.
 * It reads payload bytes by itself and reaches nothing but the app's own host.
 */
import { shapeOf } from "../state/failures.ts";
import { queryTask, treeTask } from "./json-tasks.ts";
import type { TaskName, TaskParams, TaskResult, WorkAnswer, WorkRequest } from "./tasks.ts";
import { tableTask, textTask } from "./text-tasks.ts";

type Handlers = { readonly [N in TaskName]: (params: TaskParams<N>) => Promise<TaskResult<N>> };

const handlers: Handlers = {
  "text.read": textTask,
  "text.table": tableTask,
  "json.tree": treeTask,
  "json.query": queryTask,
  // Formats that are rarer bring their libraries along when they are met.
  decode: async (params) => (await import("./decode-tasks.ts")).decodeTask(params),
  compare: async (params) => (await import("../features/compare/comparison.ts")).compare(params),
  parquet: async (params) => (await import("./parquet-task.ts")).parquetTask(params),
  "zip.list": async (params) => (await import("./zip-tasks.ts")).zipListTask(params),
  "zip.entry": async (params) => (await import("./zip-tasks.ts")).zipEntryTask(params),
};

async function run<N extends TaskName>(name: N, params: TaskParams<N>): Promise<WorkAnswer> {
  try {
    return { ok: true, value: await handlers[name](params) };
  } catch (error) {
    const { code, message } = shapeOf(error);
    return { ok: false, code, message };
  }
}

addEventListener("message", async (event: MessageEvent<WorkRequest>) => {
  // Both ends are built together, so the params fit the name.
  const { name, params } = event.data as { name: "text.read"; params: TaskParams<"text.read"> };
  postMessage(await run(name, params));
});
