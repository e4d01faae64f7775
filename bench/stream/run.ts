import { runOurs } from "../projection/ours.ts";
import { runState, streamOf, tableOf } from "./sides.ts";
import type { Run } from "./stream.ts";

const run: Run = JSON.parse(process.argv[2] ?? "");
const { side, topic, target, database, workload } = run;
const options = { ...run.servers, topic, target, database, workload };

async function elapsed(): Promise<number> {
  if (side === "projector") return await runOurs({ ...options, history: false });
  return await runState(options, side === "stream" ? streamOf(topic, target) : tableOf(topic));
}

process.stdout.write(`${await elapsed()}\n`);
process.exit(0);
