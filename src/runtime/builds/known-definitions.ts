import { createCodec } from "../../catalog/codec/create-codec.ts";
import type { CommandCodec } from "../../catalog/codec.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { SchemaStanding } from "../../catalog/schema-standing.ts";
import type { Catalog } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import { createRefold } from "../../history/create-refold.ts";
import type { Build, Builds } from "../../model/builds.ts";
import { type CatalogDefinition, definitionsOf } from "../../projector/builds/definitions-of.ts";
import type { BuildServices } from "../../projector/builds/beside.ts";
import { type DefinitionInCatalog, aggregatesOf } from "../../projector/builds/in-use.ts";
import { makes } from "../../projector/builds/settle-definition.ts";
import { codeProjection } from "../../projector/code-projection.ts";
import { type TopicProjection, topicProjections } from "../../projector/projection.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import type { SchemaRegistry } from "../../schema-registry/schema-registry.ts";

/** What definitions are read and folded with. */
export interface KnownDefinitionsOptions {
  readonly registry: SchemaRegistry;
  readonly log: EventLog;
  readonly readModel: ReadModel;
}

/** A definition that this process has, and what reads events by it. */
export interface Known extends DefinitionInCatalog {
  readonly codec: CommandCodec;
  /** Where the codec finds the catalog. */
  readonly newest: { catalog: Catalog };
}

/** What the newest catalog has besides definitions. */
export type NewestCatalog = Pick<LiveCatalog, "current" | "standingOf" | "refresh">;

/**
 * The definitions that this process has of each projection: those of the newest catalog, and those before, for as long as a
 * build is theirs.
 */
export class KnownDefinitions {
  readonly #options: KnownDefinitionsOptions;
  #known: ReadonlyMap<string, readonly Known[]> = new Map();

  constructor(options: KnownDefinitionsOptions) {
    this.#options = options;
  }

  /** The definitions of a projection, its newest one first. */
  of(id: string): readonly Known[] {
    return this.#known.get(id) ?? [];
  }

  /** The catalog is the newest. Those before are kept that a build is theirs of. */
  offer(catalog: Catalog, builds: ReadonlyMap<string, Builds>): void {
    const known = new Map<string, readonly Known[]>();
    for (const [id, of] of definitionsOf(catalog)) {
      const before = this.of(id);
      const newest = this.#renewed(before[0], of, catalog);
      const older = before.filter((each) => each.of.definition !== of.definition);
      known.set(id, [newest, ...useful([newest, ...older], builds.get(id)).slice(1)]);
    }
    this.#known = known;
  }

  /** What a build is made with, by a definition that makes it. */
  servicesOf(id: string, build: Build, catalog: NewestCatalog): BuildServices {
    const { log, readModel } = this.#options;
    const maker = (): Known => {
      const found = this.of(id).find(({ of }) => makes(of, build));
      if (found === undefined) throw new EventQLError("NOT_READY", `Nobody here knows how build ${build.id} is made.`);
      return found;
    };
    const codec: CommandCodec = {
      decode: (topic, value) => maker().codec.decode(topic, value),
      decodeCommand: (topic, value) => maker().codec.decodeCommand(topic, value),
      encode: (type, payload) => maker().codec.encode(type, payload),
      prepare: async (topic, schemaId) => await maker().codec.prepare(topic, schemaId),
    };
    const isNewest = (): boolean => this.of(id)[0] === maker();
    return {
      codec,
      refold: createRefold({ log, readModel, codec }),
      catalog: {
        refresh: async (atLeast) => await catalog.refresh(atLeast),
        standingOf: (topic, schemaId) => standingFor(isNewest(), catalog.standingOf(topic, schemaId)),
      },
      projection: projectionsOf(
        () => maker().of,
        build,
        () => catalog.current().generation,
        !log.findsKeys,
      ),
    };
  }

  #renewed(before: Known | undefined, of: CatalogDefinition, catalog: Catalog): Known {
    if (before?.of.definition === of.definition) {
      before.newest.catalog = catalog;
      return { ...before, of, catalog };
    }
    const newest = { catalog };
    return { of, catalog, newest, codec: createCodec(this.#options.registry, () => newest.catalog) };
  }
}

/** What the newest catalog has taken over is yet to come to an older definition. */
function standingFor(isNewest: boolean, standing: SchemaStanding): SchemaStanding {
  if (isNewest) return standing === "pending" ? "taken" : standing;
  return standing === "taken" ? "pending" : standing;
}

/** The projection that makes a build, computed once for each definition and generation. */
function projectionsOf(
  definition: () => CatalogDefinition,
  build: Build,
  generation: () => number,
  journals: boolean,
): () => TopicProjection {
  let of: CatalogDefinition | undefined;
  let projection: TopicProjection | undefined;
  return () => {
    const newest = definition();
    if (of !== newest || projection?.generation !== generation()) {
      of = newest;
      projection = projectionOf(newest, build, generation(), journals);
    }
    if (projection === undefined) throw new EventQLError("NOT_READY", `There is no projection of ${newest.name}.`);
    return projection;
  };
}

function projectionOf(
  definition: CatalogDefinition,
  build: Build,
  generation: number,
  journals: boolean,
): TopicProjection | undefined {
  const aggregates = aggregatesOf(definition.aggregates, build);
  const [first] = aggregates;
  // Rules write events of the live build alone.
  if (first?.projected !== undefined) return codeProjection(first, { generation });
  const [projection] = topicProjections({ aggregates, generation }, { journals }).values();
  return projection;
}

/** Those that make a build which no newer one makes. */
function useful(known: readonly Known[], builds: Builds | undefined): readonly Known[] {
  const made =
    builds === undefined ? [] : [builds.live, builds.next, builds.previous].filter((build) => build !== undefined);
  return known.filter(
    ({ of }, index) =>
      index === 0 ||
      made.some((build) => makes(of, build) && !known.slice(0, index).some((newer) => makes(newer.of, build))),
  );
}
