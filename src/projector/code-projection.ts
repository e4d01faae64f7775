import type { Writer } from "../catalog/codec.ts";
import type { Aggregate } from "../catalog/types.ts";
import type { Emit } from "../fold/emit.ts";
import { projectedTarget } from "../fold/fold-target.ts";
import { projectedDefinition } from "./projected-definition.ts";
import type { ProjectionTarget, TopicProjection } from "./projection.ts";

/** What a projection in code is run with. */
export interface CodeProjectionOptions {
  /** Of the catalog that it is of. */
  readonly generation: number;
  /** Makes what rules write ready to be appended. Default: rules write nothing. */
  readonly emit?: Emit | undefined;
}

/** A projection in code as the projector applies it, from its topic or the intermediate one; undefined: it is none. */
export function codeProjection(
  aggregate: Aggregate,
  { generation, emit }: CodeProjectionOptions,
): TopicProjection | undefined {
  const { projected, projection: name, topic, collection, columns } = aggregate;
  if (projected === undefined) return undefined;
  const { projection, sources } = projected;
  const own = new Set([...sources.values()].flat().map(({ fullName }) => fullName));
  const types = [...sources].map(([source, each]) => [source, ...each.map((type) => [type.fullName, type.name])]);
  const stored = columns.map((column) => [column.name, column.type.nullable]);
  const targets = new WeakMap<Writer, { readonly target: ProjectionTarget | undefined }>();
  return {
    name,
    topic,
    aggregates: [aggregate],
    collections: [collection],
    generation,
    definition: JSON.stringify([collection, projectedDefinition(projection), types, stored]),
    journaled: new Set(),
    hashed: new Set(),
    ignoresTombstones: projection.tombstones === "ignore",
    commit: projection.commit,
    ...(projection.emits && { writes: projection.name }),
    targetOf(writer) {
      const known = targets.get(writer);
      if (known !== undefined) return known.target;
      const fold = own.has(writer.eventType.fullName) ? projectedTarget(aggregate, writer, emit) : undefined;
      const target = fold && { ...fold, collection };
      targets.set(writer, { target });
      return target;
    },
    keptBy: () => undefined,
  };
}
