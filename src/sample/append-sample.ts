import type { Aggregate, Catalog, EventType } from "../catalog/types.ts";
import type { Appended, Appender } from "../command/appender.ts";
import type { ProjectionWaiter } from "../command/projection-waiter.ts";
import { isEventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { SAMPLE_TOPIC, sampleEvents } from "./appuser.ts";

/** What appending the sample needs. */
export interface SampleTarget {
  readonly log: Pick<EventLog, "offsets">;
  readonly catalog: Catalog;
  readonly appender: Appender;
  readonly waiter: Pick<ProjectionWaiter, "wait">;
}

/** How long to wait for queries to show the sample, in ms. */
const WAIT_MS = 5_000;

/**
 * Appends the example events if their topic has never had an event and the catalog knows their types, and gives
 * queries a while to show them.
 * @returns how many were appended
 */
export async function appendSample({ log, catalog, appender, waiter }: SampleTarget): Promise<number> {
  const aggregate = catalog.aggregates.find(({ topic }) => topic === SAMPLE_TOPIC);
  const eventTypes = new Map(aggregate?.eventTypes.map((eventType) => [eventType.fullName, eventType]));
  const isKnown = sampleEvents.every(({ eventType }) => eventType === undefined || eventTypes.has(eventType));
  if (aggregate === undefined || !isKnown || !(await isUntouched(log))) return 0;
  const appended = await Promise.all(appendAll(appender, aggregate, eventTypes));
  // No harm where nobody projects here, or not yet: the events are stored.
  await Promise.allSettled(appended.map(async ({ position }) => await waiter.wait(position, WAIT_MS)));
  return appended.length;
}

/** All at once: the log keeps the order of a key's appends. */
function appendAll(
  appender: Appender,
  aggregate: Aggregate,
  eventTypes: ReadonlyMap<string, EventType>,
): readonly Promise<Appended>[] {
  return sampleEvents.map(async ({ id, eventType: name, payload }) => {
    const eventType = name === undefined ? undefined : eventTypes.get(name);
    if (eventType === undefined || payload === undefined) return await appender.appendTombstone(aggregate, id);
    return await appender.append({ eventType, id, payload });
  });
}

async function isUntouched(log: SampleTarget["log"]): Promise<boolean> {
  try {
    return (await log.offsets(SAMPLE_TOPIC)).every(({ high }) => high === 0);
  } catch (error) {
    if (isEventQLError(error, "TOPIC_NOT_FOUND")) return false;
    throw error;
  }
}
