import { didYouMean } from "../../catalog/problems.ts";
import type { Catalog } from "../../catalog/types.ts";
import { targetsOf } from "../../dataflow/streams.ts";
import { EventQLError } from "../../errors.ts";
import { isIntermediate } from "../../model/origin.ts";
import type { Stream } from "../../model/stream.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** What is wrong with a stream by a catalog: what it is, and what to do. */
export interface StreamProblem {
  readonly stream: string;
  readonly problem: string;
}

/** Everything that is wrong with streams by a catalog. */
export function streamProblems(streams: readonly Stream[], catalog: Catalog): readonly StreamProblem[] {
  const names = streams.map(({ name }) => name);
  return streams.flatMap((stream, index) => {
    const again = names.indexOf(stream.name) < index;
    const twice = again ? [`two streams are called ${stream.name}: give one another name, by the option name`] : [];
    return [...twice, ...topicProblems(stream, catalog)].map((problem) => ({ stream: stream.name, problem }));
  });
}

/** @throws EventQLError `CATALOG_INVALID` naming everything that is wrong. */
export function checkStreams(streams: readonly Stream[], catalog: Catalog, logger: Logger): void {
  const problems = streamProblems(streams, catalog);
  for (const { name, topics } of cyclesOf(streams))
    logger.warn({ stream: name, topics }, "streams go round in a circle: an event that none of them drops never ends");
  for (const { name, topic, remedy } of unknownSources(streams, catalog))
    logger.warn({ stream: name, topic, remedy }, "a stream reads a topic that has no event types");
  if (problems.length === 0) return;
  const list = problems.map(({ stream, problem }) => `\n- stream ${stream}: ${problem}.`).join("");
  const count = problems.length === 1 ? "a stream is wrong" : `${problems.length} things are wrong with streams`;
  throw new EventQLError("CATALOG_INVALID", `The streams can't be run: ${count}.${list}`, { details: { problems } });
}

/** Streams from whose targets others lead back to where they begin, with the topics that they go through. */
export function cyclesOf(
  streams: readonly Stream[],
): readonly { readonly name: string; readonly topics: readonly string[] }[] {
  return streams.flatMap((begin) => {
    const reached = new Set<string>();
    const next = [...targetsOf(begin)];
    for (let topic = next.pop(); topic !== undefined; topic = next.pop()) {
      if (reached.has(topic)) continue;
      reached.add(topic);
      for (const stream of streams) if (stream.from.includes(topic)) next.push(...targetsOf(stream));
    }
    return begin.from.some((topic) => reached.has(topic)) ? [{ name: begin.name, topics: [...reached] }] : [];
  });
}

/** Their events can't be told by functions until there are schemas. Records as they are need none. */
function unknownSources(
  streams: readonly Stream[],
  { aggregates }: Catalog,
): readonly { readonly name: string; readonly topic: string; readonly remedy: string }[] {
  const known = aggregates.filter(({ eventTypes }) => eventTypes.length > 0).map(({ topic }) => topic);
  return streams.filter(readsEvents).flatMap(({ name, from }) => {
    const unknown = from.filter((topic) => !known.includes(topic) && !isIntermediate(topic));
    return unknown.map((topic) => ({ name, topic, remedy: didYouMean(topic, known) }));
  });
}

function readsEvents({ steps, sink }: Stream): boolean {
  return (
    steps.length > 0 || sink.kind !== "topics" || sink.branches.some((branch) => typeof branch.test === "function")
  );
}

function topicProblems(stream: Stream, { aggregates }: Catalog): readonly string[] {
  const makesEvents = stream.steps.some(({ kind }) => kind === "map" || kind === "call");
  return targetsOf(stream).flatMap((topic) => {
    const own = aggregates.filter((aggregate) => aggregate.topic === topic);
    if (stream.from.includes(topic)) return [`it reads and writes topic ${topic}: write to another one`];
    if (own.some(({ owned }) => owned !== undefined)) {
      return [
        `it writes to topic ${topic}, which is owned: its events are decided by commands alone. Send those by .call(…), ` +
          "or write to another topic",
      ];
    }
    if (!makesEvents || own.some(({ eventTypes }) => eventTypes.length > 0)) return [];
    return [`it writes new events to topic ${topic}, which has no schema: register one under ${topic}-<its full name>`];
  });
}
