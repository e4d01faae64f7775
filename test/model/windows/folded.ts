import type { State } from "../../../src/model/decider.ts";
import type { StreamEvent } from "../../../src/model/event-context.ts";
import { type Projection, Transition } from "../../../src/model/projection.ts";
import type { Payload } from "../../../src/model/value.ts";

/** An event as its key rule and its rule are given it. */
export function happened(
  time: string | number,
  payload: Payload,
  { offset = 0, ...others }: Partial<StreamEvent> = {},
): StreamEvent {
  const place = { topic: "orders", partition: 0, offset };
  const id = `orders/0/${offset}`;
  return { type: "Ordered", key: "k", id, ...place, headers: {}, time: new Date(time), payload, ...others };
}

/** The documents that a projection makes of events, by id, with their hidden columns. */
export function folded(projection: Projection, events: readonly StreamEvent[]): ReadonlyMap<string, State> {
  const documents = new Map<string, State>();
  for (const event of events) {
    const key = projection.key?.(event);
    if (typeof key !== "string") continue;
    const after = projection.otherwise?.(documents.get(key) ?? projection.initial, event);
    if (after === undefined || after instanceof Transition) throw new TypeError("it has no state");
    documents.set(key, after);
  }
  return documents;
}

/** The same, without the columns that are hidden. */
export function shown(projection: Projection, events: readonly StreamEvent[]): Readonly<Record<string, State>> {
  const documents = [...folded(projection, events)].map(([id, document]) => {
    const columns = Object.entries(document).filter(([name]) => !projection.hidden.includes(name));
    return [id, Object.fromEntries(columns)] as const;
  });
  return Object.fromEntries(documents);
}
