import { buildCatalog } from "../catalog/build.ts";
import { createCodec } from "../catalog/codec/create-codec.ts";
import type { CommandCodec } from "../catalog/codec.ts";
import { gatherSubjects } from "../catalog/gather.ts";
import type { CatalogHints } from "../catalog/hints.ts";
import { didYouMean } from "../catalog/problems.ts";
import type { Aggregate, CommandType } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import { type FoldDocument, documentFold, newestWriter } from "../fold/document-fold.ts";
import { stateOf } from "../fold/evolve.ts";
import type { Decider, NewEvent } from "../model/decider.ts";
import type { Payload } from "../model/value.ts";
import { registerFolder } from "../schema-registry/register-folder.ts";
import { openTrialRegistry } from "../schema-registry/trial-registry.ts";
import type { Reached, World } from "./scenario.ts";

interface Documented extends Reached {
  readonly document: FoldDocument | undefined;
}

const KEY = "id";

/**
 * A world of the schemas in a folder: payloads are what Avro makes of them, and documents what the projector would store.
 * @throws EventQLError `CONFIG_INVALID`, `SCHEMA_INVALID`, `CATALOG_INVALID` where the schemas, or the decider, can't be used.
 */
export async function rulesBySchemas(
  decider: Decider,
  { schemas, hints = {} }: { readonly schemas: string; readonly hints?: CatalogHints },
): Promise<World<Documented>> {
  const registry = await openTrialRegistry();
  await registerFolder(registry, schemas);
  const options = { hints, deciders: [decider], topics: [decider.topic] };
  const catalog = buildCatalog(await gatherSubjects(registry), options);
  const codec = createCodec(registry, () => catalog);
  const aggregate = catalog.aggregates.find(({ owned }) => owned?.decider === decider);
  if (aggregate === undefined) throw new EventQLError("INTERNAL", `${decider.aggregate} is not in the catalog.`);
  const commands = catalog.commands.filter(({ topic }) => topic === decider.topic);
  for (const { schemaId } of [...aggregate.eventTypes, ...commands]) await codec.prepare(decider.topic, schemaId);
  return new SchemaWorld(codec, aggregate, commands);
}

class SchemaWorld implements World<Documented> {
  readonly #codec: CommandCodec;
  readonly #aggregate: Aggregate;
  readonly #commands: readonly CommandType[];

  constructor(codec: CommandCodec, aggregate: Aggregate, commands: readonly CommandType[]) {
    this.#codec = codec;
    this.#aggregate = aggregate;
    this.#commands = commands;
  }

  at(state: Payload | undefined): Documented {
    return this.#reached(state && { ...state, _id: KEY });
  }

  fold({ document }: Documented, event: NewEvent): Documented {
    const eventType = named(this.#aggregate.eventTypes, event.type, "event");
    const value = this.#codec.encode(eventType, event.payload);
    const { payload } = this.stored(event);
    const place = { key: KEY, partition: 0, offset: 0, timestamp: 0 };
    const record = { ...place, writer: newestWriter(eventType), payload, value };
    return this.#reached(documentFold(this.#aggregate).apply(document, record));
  }

  stored({ type, payload }: NewEvent): NewEvent {
    const eventType = named(this.#aggregate.eventTypes, type, "event");
    const decoded = this.#codec.decode(this.#aggregate.topic, this.#codec.encode(eventType, payload));
    return { type, payload: payloadOf(decoded) };
  }

  command(type: string, payload: Payload): Payload {
    const commandType = named(this.#commands, type, "command");
    return payloadOf(this.#codec.decodeCommand(commandType.topic, this.#codec.encode(commandType, payload)));
  }

  #reached(document: FoldDocument | undefined): Documented {
    return { document, state: document && stateOf(this.#aggregate)(document) };
  }
}

type Decoded = ReturnType<CommandCodec["decode"]> | ReturnType<CommandCodec["decodeCommand"]>;

function payloadOf(decoded: Decoded): Payload {
  if (decoded.status === "decoded") return decoded.payload;
  throw new EventQLError("INTERNAL", `What was encoded can't be decoded: ${decoded.status}.`);
}

function named<Type extends { readonly name: string }>(types: readonly Type[], name: string, what: string): Type {
  const type = types.find((each) => each.name === name);
  if (type !== undefined) return type;
  const known = types.map((each) => each.name);
  throw new EventQLError("EVENT_INVALID", `There is no ${what} type ${name}. ${didYouMean(name, known)}`);
}
