import { resolve } from "node:path";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Aggregate } from "../catalog/types.ts";
import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { Stack } from "../compose.ts";
import { EventQLError, isEventQLError, messageOf } from "../errors.ts";
import { counted } from "./counted.ts";
import { openLines } from "./line-source.ts";
import { createProgress } from "./progress.ts";
import { configOf, withStack } from "./session.ts";
import { type Difference, compareSorted, compareUnsorted } from "./surface/compare-surfaces.ts";
import { formatDifference, formatEntry } from "./surface/format.ts";
import { isSorted, readSorted, readUnsorted } from "./surface/other-surface.ts";
import { readSurface } from "./surface/read-surface.ts";
import { SurfaceLines } from "./surface/surface-lines.ts";
import type { Terminal } from "./terminal.ts";

/** Exit codes of a comparison. */
const SAME = 0;
const DIFFERENT = 1;
const UNKNOWN = 2;

/**
 * Prints the newest event of every key of an owned topic, or how a file differs from that. Returns the process's exit code:
 * of a comparison 0 for the same, 1 for different, 2 where that can't be told.
 */
export async function surface(topic: string, { diff, json, ...shared }: Flags, terminal: Terminal): Promise<number> {
  const asJson = json === true || terminal.stdout.isTTY !== true;
  if (typeof diff !== "string") {
    await onTopic(topic, shared, terminal, async ({ readModel }, aggregate) => {
      for await (const entry of readSurface(readModel, aggregate)) terminal.stdout.write(formatEntry(entry, asJson));
    });
    return SAME;
  }
  try {
    return await onTopic(topic, shared, terminal, async (stack, aggregate) =>
      compare(resolve(terminal.cwd, diff), stack, aggregate, terminal, asJson),
    );
  } catch (error) {
    const code = isEventQLError(error) ? error.code : "INTERNAL";
    terminal.stderr.write(`${code}: ${messageOf(error)}\n`);
    return UNKNOWN;
  }
}

async function onTopic<T>(
  topic: string,
  flags: Flags,
  terminal: Terminal,
  use: (stack: Stack, aggregate: Aggregate) => Promise<T>,
): Promise<T> {
  const config = await configOf(flags, terminal);
  return await withStack(
    config,
    terminal,
    async (stack) => await use(stack, await ownedAggregate(topic, stack, config)),
  );
}

async function ownedAggregate(topic: string, { registry }: Stack, config: Config): Promise<Aggregate> {
  const { gatherForTopics } = await import("./gather-catalog.ts");
  const { aggregates } = await gatherForTopics(registry, config, [topic]);
  const own = topicAggregates(aggregates).find((aggregate) => aggregate.topic === topic);
  if (own?.owned !== undefined) return own;
  if (own !== undefined) {
    const remedy = 'give an event type of it the hint "owned": true';
    throw new EventQLError(
      "NOT_OWNED",
      `Topic ${topic} is open: no hash of its keys' newest events is kept; ${remedy}.`,
    );
  }
  const owned = aggregates.filter((aggregate) => aggregate.owned !== undefined).map((aggregate) => aggregate.topic);
  const known = owned.length === 0 ? "No topic is owned." : `Those that are owned are ${owned.join(", ")}.`;
  throw new EventQLError("TOPIC_NOT_FOUND", `No schema is registered for topic ${topic}. ${known}`);
}

async function compare(
  file: string,
  { readModel, registry }: Stack,
  aggregate: Aggregate,
  { stdin, stdout, stderr }: Terminal,
  asJson: boolean,
): Promise<number> {
  const { createCodec } = await import("../catalog/codec/create-codec.ts");
  const catalog = { aggregates: [aggregate], commands: [], skipped: [], generation: 0 };
  const reader = new SurfaceLines(
    aggregate.eventTypes,
    createCodec(registry, () => catalog),
  );
  const sorted = await isSorted(file, stdin);
  const source = await openLines(file, stdin);
  const progress = createProgress(source.bytes, stderr, "keys");
  const counts = { "missing here": 0, "missing there": 0, differs: 0, unknown: 0 };
  let compared = 0;
  const here = counting(readSurface(readModel, aggregate), () => {
    compared += 1;
    progress.update(source.bytesRead(), compared);
  });
  try {
    const differences = sorted
      ? compareSorted(here, readSorted(source, reader))
      : compareUnsorted(here, await readUnsorted(source, reader));
    for await (const difference of differences) {
      counts[difference.kind] += 1;
      stdout.write(formatDifference(difference, asJson));
    }
  } finally {
    progress.end();
  }
  stderr.write(`${summaryOf(counts, compared)}\n`);
  if (counts.differs + counts["missing here"] + counts["missing there"] > 0) return DIFFERENT;
  return counts.unknown > 0 ? UNKNOWN : SAME;
}

async function* counting<T>(items: AsyncIterable<T>, onItem: () => void): AsyncGenerator<T, void> {
  for await (const item of items) {
    onItem();
    yield item;
  }
}

function summaryOf(counts: Readonly<Record<Difference["kind"], number>>, compared: number): string {
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  const told = found.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return `${counted(compared, "key")} here: ${told === "" ? "the file has the same" : told}`;
}
