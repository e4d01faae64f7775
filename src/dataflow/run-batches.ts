import { isEventQLError } from "../errors.ts";
import type { StreamEvent } from "../model/event-context.ts";
import type { StreamSink } from "../model/stream.ts";
import { type Outcome, isSetAside, setAside, waitingBehind } from "./outcome.ts";
import { askParty } from "./outside-party.ts";
import type { WorkOptions } from "./work-options.ts";

type BatchSink = Extract<StreamSink, { readonly kind: "batch" }>;

interface BatchWork {
  readonly options: WorkOptions;
  readonly sink: BatchSink;
  /** Keys of events that the function failed on: later ones of them wait. */
  readonly failed: Set<string>;
}

/**
 * Gives the events of a stream to the function at its end that takes several at once, if it has one. Events that it fails
 * on too often are given to it one by one, so that only those are set aside that are to blame. Fewer outcomes than were
 * given: it is being stopped.
 * @throws what no event is to blame for.
 */
export async function runBatches(options: WorkOptions, outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
  const { sink } = options.stream;
  if (sink.kind !== "batch") return outcomes;
  const work: BatchWork = { options, sink, failed: new Set() };
  const settled: Outcome[] = [];
  try {
    for (const part of partsOf(outcomes, sink.maxEvents)) settled.push(...(await runPart(work, part)));
  } catch (error) {
    if (!options.ends.stopping.aborted) throw error;
  }
  return settled;
}

async function runPart(work: BatchWork, part: readonly Outcome[]): Promise<readonly Outcome[]> {
  const { options, failed } = work;
  const now = part.map((outcome) => {
    const { item } = outcome;
    const waits = !isSetAside(outcome) && item.key !== null && failed.has(item.key);
    return waits ? waitingBehind(options, item) : outcome;
  });
  try {
    await give(work, now.flatMap(eventsOf));
    return now;
  } catch (error) {
    if (!isEventQLError(error, "CALL_FAILED")) throw error;
    const [only] = now;
    if (now.length > 1 || only === undefined) return await oneByOne(work, now);
    if (only.item.key !== null) failed.add(only.item.key);
    return [setAside(options, only.item, error)];
  }
}

async function oneByOne(work: BatchWork, part: readonly Outcome[]): Promise<readonly Outcome[]> {
  const settled: Outcome[] = [];
  for (const outcome of part) settled.push(...(await runPart(work, [outcome])));
  return settled;
}

async function give({ options, sink }: BatchWork, events: readonly StreamEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { retry } = sink;
  const what = "The function of forEachBatch";
  await askParty({ run: async (signal) => await sink.run(events, signal), retry, ends: options.ends, what });
}

function eventsOf(outcome: Outcome): readonly StreamEvent[] {
  return isSetAside(outcome) ? [] : (outcome.events ?? []).map(({ event }) => event);
}

/** Outcomes of at most so many events each; of an input that led to more, those alone. */
function partsOf(outcomes: readonly Outcome[], maxEvents: number): readonly (readonly Outcome[])[] {
  const parts: Outcome[][] = [];
  let room = 0;
  for (const outcome of outcomes) {
    const events = eventsOf(outcome).length;
    const last = parts.at(-1);
    if (last !== undefined && events <= room) last.push(outcome);
    else {
      parts.push([outcome]);
      room = maxEvents;
    }
    room -= events;
  }
  return parts;
}
