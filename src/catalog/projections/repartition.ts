import type { StreamEvent } from "../../model/event-context.ts";
import type { Projection } from "../../model/projection.ts";
import type { Stream } from "../../model/stream.ts";
import type { Aggregate } from "../types.ts";

/**
 * The stream that copies the events of a projection in code to its intermediate topic, under the keys of its documents;
 * undefined where it is folded from a topic as it is. It has the name of that topic: other keys are another stream, which
 * begins anew.
 */
export function repartitionOf({ topic, projected }: Pick<Aggregate, "topic" | "projected">): Stream | undefined {
  if (projected === undefined || !projected.isRekeyed) return undefined;
  const { projection } = projected;
  const stream = streams.get(projection) ?? streamOf(topic, projection);
  streams.set(projection, stream);
  return stream;
}

/** The same object for as long as the projection is the same, whatever catalog it is in. */
const streams = new WeakMap<Projection, Stream>();

function streamOf(topic: string, { from, key, tombstones }: Projection): Stream {
  return {
    kind: "stream",
    name: topic,
    from,
    steps: key === undefined ? [] : [{ kind: "key", keysOf: distinctKeys(key) }],
    sink: { kind: "topics", branches: [{ topic }] },
    guarantee: "exactly-once",
    // What a tombstone deletes is told by its key alone.
    tombstones: key === undefined && tombstones === "delete" ? "pass" : "drop",
    internal: true,
  };
}

/** An event counts once for a document. */
function distinctKeys(key: NonNullable<Projection["key"]>): NonNullable<Projection["key"]> {
  return (event: StreamEvent) => {
    const keys = key(event);
    return Array.isArray(keys) ? [...new Set<string>(keys)] : keys;
  };
}
