import { runBare } from "./bare.ts";
import { runOurs } from "./ours.ts";
import type { Run } from "./projection.ts";

const run: Run = JSON.parse(process.argv[2] ?? "");
const { topic, database, workload, history } = run;
const options = { ...run.servers, topic, database, workload, history };
const elapsed = run.side === "ours" ? await runOurs(options) : await runBare({ ...options, maxBytes: run.maxBytes });
process.stdout.write(`${elapsed}\n`);
process.exit(0);
