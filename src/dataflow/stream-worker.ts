import type { EventType } from "../catalog/types.ts";
import type { Catalog } from "../catalog/types.ts";
import type { Stream } from "../model/stream.ts";
import { type Outcome, isSetAside } from "./outcome.ts";
import type { PartyEnds } from "./outside-party.ts";
import type { StreamItem } from "./stream-item.ts";
import type { StreamServices } from "./stream-services.ts";
import type { StreamSession } from "./stream-session.ts";
import { workOn } from "./work-on.ts";

/** What working on a partition's events needs. */
export interface WorkerOptions {
  readonly services: Pick<StreamServices, "codec" | "catalog" | "source">;
  readonly stream: Stream;
  readonly ends: PartyEnds;
}

/** Works on a partition's events by the newest catalog, as {@link workOn} does. */
export async function workByCatalog(
  { services, stream, ends }: WorkerOptions,
  { parked, aside }: Pick<StreamSession, "parked" | "aside">,
  items: readonly StreamItem[],
): Promise<readonly Outcome[]> {
  const { codec, catalog, source } = services;
  const before = new Map(parked);
  for (let isFresh = false; ; isFresh = true) {
    const current = catalog.current();
    const typesOf = (topic: string): readonly EventType[] => typesOn(current, topic);
    const outcomes = await workOn({ stream, codec, typesOf, source, parked, aside, ends }, items);
    if (isFresh || !outcomes.some(madeUnknownType)) return outcomes;
    await catalog.refresh();
    if (catalog.current() === current) return outcomes;
    parked.clear();
    for (const [key, since] of before) parked.set(key, since);
  }
}

/** Somebody may have registered the type since the registry was read. */
function madeUnknownType(outcome: Outcome): boolean {
  return isSetAside(outcome) && outcome.item.kind === "event" && outcome.fault.code === "EVENT_TYPE_UNKNOWN";
}

const known = new WeakMap<Catalog, ReadonlyMap<string, readonly EventType[]>>();

/** The event types that a topic has. */
function typesOn(catalog: Catalog, topic: string): readonly EventType[] {
  const types =
    known.get(catalog) ??
    Map.groupBy(
      catalog.aggregates.flatMap(({ eventTypes }) => eventTypes),
      (type) => type.topic,
    );
  known.set(catalog, types);
  return types.get(topic) ?? [];
}
