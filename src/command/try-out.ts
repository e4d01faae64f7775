import type { CommandCodec, DecodedCommand } from "../catalog/codec.ts";
import { EventQLError } from "../errors.ts";
import type { NewEvent } from "../model/decider.ts";
import type { LogRecord } from "../model/event.ts";
import { metaOf } from "../model/meta.ts";
import { newId } from "../model/new-id.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { RuleCommand, Trial } from "./commands.ts";
import { checkedKey, newKey } from "./key.ts";
import type { AskedCommand } from "./processor/asked-command.ts";
import { type Situation, decideCommand } from "./processor/decide-command.ts";
import type { Draft } from "./processor/draft.ts";
import { type Rules, rulesOf } from "./processor/rules.ts";

/** What trying a command out needs. */
export interface TryOutOptions {
  readonly codec: CommandCodec;
  readonly readModel: Pick<ReadModel, "find">;
}

/** Decides on what the read model shows, and appends nothing. @throws EventQLError as `Commands.tryOut` says. */
export async function tryOut(request: RuleCommand, { codec, readModel }: TryOutOptions): Promise<Trial> {
  const { aggregate } = request;
  const rules = rulesOf(aggregate, codec);
  if (rules?.owned.decider === undefined)
    throw new EventQLError("NOT_OWNED", `${aggregate.name} has no decider: there is nothing to try out.`);
  const id = checkedKey(request.id ?? newKey(request.commandId));
  await prepareTypes(request, codec);
  const asked = askedCommand(request, id, codec);
  const [document] = await readModel.find(aggregate.collection, { filter: { _id: id }, limit: 1, causal: true });
  const meta = metaOf(document?.["_meta"]);
  const situation: Situation = {
    documentOf: () => document,
    // Where the command would stand; what matters is that it is the one of the document.
    partitionOf: () => meta?.partition ?? 0,
    nextOf: () => (meta?.offset ?? -1) + 1,
    isParked: () => false,
    now: asked.record.timestamp,
  };
  const placed = { ...asked, record: { ...asked.record, partition: situation.partitionOf(id) } };
  const before = { id, document, version: meta?.offset };
  const decision = decideCommand(rules, situation, placed);
  if ("draft" in decision) {
    const { draft } = decision;
    // Those that would be dropped are told of too, as of a command that was sent: else who tries what the newest event says
    // would find out, hidden fields included.
    const all = rules.owned.deduplicates ? decideCommand(withoutDropping(rules), situation, placed) : decision;
    const events = eventsOf("draft" in all ? all.draft : draft, aggregate.topic, codec);
    return { ...before, decision: events, document: draft.documentOf(id) };
  }
  const { code, message } = decision.rejection;
  if (code === "RULE_FAILED") throw new EventQLError(code, message, { cause: decision.error });
  return { ...before, decision: { rejected: code, message } };
}

function withoutDropping(rules: Rules): Rules {
  return { ...rules, owned: { ...rules.owned, deduplicates: false } };
}

/** What is encoded is decoded at once: all its schemas have to be at hand. */
async function prepareTypes({ aggregate, commandType }: RuleCommand, codec: CommandCodec): Promise<void> {
  const types = [commandType, ...aggregate.eventTypes];
  await Promise.all(types.map(async ({ schemaId }) => await codec.prepare(aggregate.topic, schemaId)));
}

/** The command as the processor would read it: with the defaults of its schema. @throws EventQLError `EVENT_INVALID`. */
function askedCommand(request: RuleCommand, key: string, codec: CommandCodec): AskedCommand {
  const { commandType, payload, ifVersion, commandId = newId() } = request;
  const value = codec.encode(commandType, payload);
  const decoded = readBack(codec, commandType.topic, value, commandType.fullName);
  const record: LogRecord = {
    topic: commandType.topic,
    partition: 0,
    offset: 0,
    timestamp: Date.now(),
    key: Buffer.from(key),
    value,
    headers: {},
  };
  const asked = {
    kind: "command",
    key,
    commandType: decoded.commandType,
    payload: decoded.payload,
    ifVersion,
  } as const;
  return { record, commandId, kind: "command", type: commandType.fullName, id: key, asked };
}

function readBack(codec: CommandCodec, topic: string, value: Uint8Array, type: string): DecodedCommand {
  const decoded = codec.decodeCommand(topic, value);
  if (decoded.status === "decoded") return decoded;
  const reason = decoded.status === "undecodable" ? decoded.reason : "its schema isn't at hand";
  throw new EventQLError("EVENT_INVALID", `The command ${type} can't be read back: ${reason}.`);
}

/** What would be appended; a tombstone is none of a rule's events. */
function eventsOf({ appended }: Draft, topic: string, codec: CommandCodec): readonly NewEvent[] {
  return appended.flatMap(({ value }) => {
    const decoded = value === null ? undefined : codec.decode(topic, value);
    return decoded?.status === "decoded" ? [{ type: decoded.writer.eventType.name, payload: decoded.payload }] : [];
  });
}
