import pMap from "p-map";
import type { Stream } from "../model/stream.ts";
import type { Flowing } from "./flowing.ts";
import { type Outcome, enter, setAside } from "./outcome.ts";
import { outputsOf } from "./outputs.ts";
import { askParty } from "./outside-party.ts";
import { runBatches } from "./run-batches.ts";
import { type AskParty, isPure, runPureSteps, runSteps } from "./run-steps.ts";
import type { StreamItem } from "./stream-item.ts";
import type { WorkOptions } from "./work-options.ts";

/** How many keys of a partition outside parties are asked for at a time. */
const CONCURRENCY = 16;

/** Whether a stream waits for nobody but the log. */
export function isImmediate(stream: Stream): boolean {
  return isPure(stream) && stream.sink.kind === "topics";
}

/**
 * Works on events of a partition: what became of each, in their order. Fewer than were given: it is being stopped, and the
 * others were not worked on, or not to their end.
 * @throws what no event is to blame for.
 */
export async function workOn(options: WorkOptions, items: readonly StreamItem[]): Promise<readonly Outcome[]> {
  if (isImmediate(options.stream)) return items.map((item) => immediately(options, item));
  const outcomes = await byKey(options, items);
  return await runBatches(options, outcomes);
}

function immediately(options: WorkOptions, item: StreamItem): Outcome {
  const first = enter(options, item);
  if ("item" in first) return first;
  try {
    const events = item.kind === "raw" ? [first] : runPureSteps(options.stream, first);
    return { item, outputs: outputsOf(options, item.record, events) };
  } catch (error) {
    return setAside(options, item, error);
  }
}

/** Events of different keys side by side, those of a key one after another. */
async function byKey(options: WorkOptions, items: readonly StreamItem[]): Promise<readonly Outcome[]> {
  const found: (Outcome | undefined)[] = items.map(() => undefined);
  const lanes = Map.groupBy(items.entries(), ([index, { key }]) => key ?? index);
  const workOnLane = async (lane: readonly [number, StreamItem][]): Promise<void> => {
    for (const [index, item] of lane) {
      const outcome = await unlessStopped(options, item);
      if (outcome === undefined) return;
      found[index] = outcome;
    }
  };
  await pMap(lanes.values(), workOnLane, { concurrency: options.stream.concurrency ?? CONCURRENCY });
  const end = found.indexOf(undefined);
  return found.slice(0, end < 0 ? found.length : end).filter((outcome) => outcome !== undefined);
}

async function unlessStopped(options: WorkOptions, item: StreamItem): Promise<Outcome | undefined> {
  const { stopping } = options.ends;
  if (stopping.aborted) return undefined;
  try {
    return await inTime(options, item);
  } catch (error) {
    if (stopping.aborted) return undefined;
    throw error;
  }
}

async function inTime(options: WorkOptions, item: StreamItem): Promise<Outcome> {
  const first = enter(options, item);
  if ("item" in first) return first;
  try {
    const events = item.kind === "raw" ? [first] : await runSteps(options.stream, first, askerOf(options));
    await runEach(options, events);
    return { item, outputs: outputsOf(options, item.record, events), events };
  } catch (error) {
    return setAside(options, item, error);
  }
}

function askerOf({ ends }: WorkOptions): AskParty {
  return async (step, { event }, what) =>
    await askParty({ run: async (signal) => await step.call(event, signal), retry: step.retry, ends, what });
}

async function runEach({ stream: { sink }, ends }: WorkOptions, events: readonly Flowing[]): Promise<void> {
  if (sink.kind !== "each") return;
  const { retry } = sink;
  const what = "The function of forEach";
  for (const { event } of events)
    await askParty({ run: async (signal) => await sink.run(event, signal), retry, ends, what });
}
