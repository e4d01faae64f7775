import { isEventQLError } from "../errors.ts";
import type { Stream } from "../model/stream.ts";
import type { Fault } from "../read-model/dead-letters.ts";
import type { Flowing } from "./flowing.ts";
import type { Output } from "./outputs.ts";
import type { StreamItem } from "./stream-item.ts";

/** An event that a stream has done with. */
export interface Done {
  readonly item: StreamItem;
  readonly outputs: readonly Output[];
  /** What a function is to be given that takes several events at once. */
  readonly events?: readonly Flowing[];
}

/** An event that is set aside. */
export interface SetAside {
  readonly item: StreamItem;
  readonly fault: Fault;
  /** Nothing is wrong with it, but an earlier event of its key is a dead letter. */
  readonly waiting: boolean;
}

/** What became of an event. */
export type Outcome = Done | SetAside;

/** Whether the event was set aside. */
export function isSetAside(outcome: Outcome | Flowing): outcome is SetAside {
  return "fault" in outcome;
}

/** What is set aside of a partition. */
export interface Parking {
  readonly stream: Pick<Stream, "name">;
  /** Keys whose events wait, and behind which offset; those of events that fail are added. */
  readonly parked: Map<string, number>;
  /** Offsets of events that were set aside before. */
  readonly aside: ReadonlySet<number>;
}

/** An event as it enters the stream, or what becomes of it before. */
export function enter(parking: Parking, item: StreamItem): Flowing | Outcome {
  const { record, key } = item;
  if (item.kind === "passed" || parking.aside.has(record.offset)) return { item, outputs: [] };
  const since = key === null ? undefined : parking.parked.get(key);
  // What stands before may be given again: it didn't wait then, and doesn't now.
  if (since !== undefined && since < record.offset) return waitingBehind(parking, item);
  if (item.kind !== "bad") return { event: item.event, key, record };
  return park(parking, item, { code: item.code, reason: item.reason });
}

/** Sets an event aside whose key is parked. */
export function waitingBehind({ stream }: Pick<Parking, "stream">, item: StreamItem): SetAside {
  const reason = `An earlier event of its key is a dead letter of ${stream.name}: settle that one first.`;
  return { item, fault: { code: "KEY_PARKED", reason }, waiting: true };
}

/** Sets an event aside that a step failed on. @throws the error where the event isn't to blame for it. */
export function setAside(parking: Parking, item: StreamItem, error: unknown): SetAside {
  if (!isEventQLError(error) || error.retriable || error.code === "INTERNAL") throw error;
  return park(parking, item, { code: error.code, reason: error.message });
}

function park({ parked }: Parking, item: StreamItem, fault: Fault): SetAside {
  const { offset } = item.record;
  if (item.key !== null) parked.set(item.key, Math.min(offset, parked.get(item.key) ?? offset));
  return { item, fault, waiting: false };
}
