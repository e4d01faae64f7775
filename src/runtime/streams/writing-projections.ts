import type { Config } from "../../config.ts";
import type { Projection } from "../../model/projection.ts";
import type { Stream } from "../../model/stream.ts";

/** What the rules of a projection write, as the stream that it would be: where from and to, and whether events are new. */
function writingOf({ name, from, emits = [], passes }: Projection): Stream {
  return {
    kind: "stream",
    name,
    from,
    steps: passes === true ? [] : [{ kind: "map", map: () => undefined }],
    sink: { kind: "topics", branches: emits.map(({ topic }) => ({ topic })) },
    guarantee: "exactly-once",
    tombstones: "drop",
  };
}

/** What the rules of projections write that the configuration has this process run. */
export function writingProjections({
  projections = [],
  streams = [],
  only,
}: Pick<Config, "projections" | "streams" | "only">): readonly Stream[] {
  const all = [...projections, ...streams.filter((flow) => flow.kind === "projection")];
  const wanted = all.filter(({ name, emits }) => emits !== undefined && (only?.includes(name) ?? true));
  return wanted.map(writingOf);
}
