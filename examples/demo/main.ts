import { once } from "node:events";
import { parseArgs } from "node:util";
import { Stage } from "./stage.ts";
import { tellStory } from "./story.ts";
import { Workshop } from "./workshop.ts";

/** Exit codes: a step didn't show what it should; ended by Ctrl-C. */
const FAILED = 1;
const INTERRUPTED = 130;

const { values } = parseArgs({ options: { slow: { type: "boolean", default: false } } });
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort());
process.stdout.on("error", () => interruption.abort());
const { signal } = interruption;
const interrupted = once(signal, "abort");

const stage = new Stage(process.stdout, values.slow, signal);
let workshop: Workshop | undefined;
let exitCode = 0;
try {
  workshop = await Workshop.open(signal);
  await Promise.race([tellStory(stage, workshop), interrupted]);
} catch (error) {
  exitCode = FAILED;
  // What the interruption itself made fail needs no telling.
  if (!signal.aborted) stage.failed(error);
}
await workshop?.close();
process.exit(signal.aborted ? INTERRUPTED : exitCode);
