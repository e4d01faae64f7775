import { INVALIDATION_TYPE } from "../../catalog/invalidation-event.ts";
import { EventQLError } from "../../errors.ts";
import type { CommandRejection } from "../../model/command.ts";
import type { NewEvent } from "../../model/decider.ts";
import { metaOf } from "../../model/meta.ts";
import { encodeDecided } from "../decided-events.ts";
import { versionConflict } from "../expected-version.ts";
import { ruleFailed, runRule } from "../run-rule.ts";
import type { Asked, AskedCommand, AskedEvent } from "./asked-command.ts";
import { Draft, type DraftEvent, type Ground } from "./draft.ts";
import { type Rules, stateOf } from "./rules.ts";

/** What a command is decided on, besides its rules. */
export interface Situation extends Ground {
  /** Whether events of the key wait behind one that can't be applied. */
  isParked(key: string): boolean;
  /** ms since 1970-01-01 UTC. */
  readonly now: number;
}

/** An invalidation's event: where it goes, its bytes, and the keys that are folded anew. */
export interface Correction {
  readonly partition: number;
  readonly value: Uint8Array;
  readonly keys: readonly string[];
}

/** Those of an invalidation, one for each partition. */
export type Corrections = readonly Correction[];

/** How a command is decided. `error`: of a rule with a bug, for the log alone. */
export type Decision = { readonly draft: Draft } | { readonly rejection: CommandRejection; readonly error?: unknown };

/** What one kind of command asks for. */
type AskedFor<K extends Asked["kind"]> = Extract<Asked, { readonly kind: K }>;

/**
 * Decides on a command: pure, and never throws but for a fault of ours.
 * @param corrections what an invalidation leads to, which has to be looked up before; or why it is refused
 */
export function decideCommand(
  rules: Rules,
  situation: Situation,
  command: AskedCommand,
  corrections?: Corrections | CommandRejection,
): Decision {
  const { asked } = command;
  switch (asked.kind) {
    case "refused":
      return { rejection: asked.rejection };
    case "command":
      return refusalOfKey(rules, situation, command, asked) ?? decideByRule(rules, situation, command, asked);
    case "event":
      return notOffered(rules) ?? refusalOfKey(rules, situation, command, asked) ?? append(rules, situation, [asked]);
    case "tombstone": {
      const tombstone = { key: asked.key, writer: undefined, payload: {}, value: null };
      return (
        notOffered(rules) ?? refusalOfKey(rules, situation, command, asked) ?? append(rules, situation, [tombstone])
      );
    }
    case "transaction":
      return decideTransaction(rules, situation, command, asked);
    case "invalidation":
      return decideInvalidation(rules, situation, corrections ?? []);
  }
}

function decideByRule(
  rules: Rules,
  situation: Situation,
  { commandId, record }: AskedCommand,
  { key, commandType, payload }: AskedFor<"command">,
): Decision {
  const { decider } = rules.owned;
  if (decider === undefined)
    return refused("EVENT_INVALID", `${rules.aggregate.name} has no rules, so nobody decides on ${commandType.name}.`);
  const draft = new Draft(situation, rules, situation.now);
  const context = { id: key, version: draft.versionOf(key), commandId, now: new Date(record.timestamp) };
  const ruling = runRule(decider, commandType, { state: stateOf(draft.documentOf(key)), payload, context });
  if ("rejection" in ruling) return ruling;
  try {
    for (const event of draftEvents(rules, key, ruling.events)) {
      const rejection = draft.add(event);
      if (rejection !== undefined) throw draft.failure ?? new EventQLError("RULE_FAILED", rejection.message);
    }
  } catch (error) {
    return ruleFailed(rules.aggregate.name, commandType.name, error);
  }
  return { draft };
}

/** What a rule decided on, as the projector will read it. @throws EventQLError `RULE_FAILED` where it doesn't fit. */
function draftEvents({ codec, aggregate }: Rules, key: string, said: readonly NewEvent[]): readonly DraftEvent[] {
  return encodeDecided(codec, aggregate, said).map(({ eventType, value }) => {
    const decoded = codec.decode(aggregate.topic, value);
    if (decoded.status === "decoded") return { key, value, writer: decoded.writer, payload: decoded.payload };
    throw new EventQLError("INTERNAL", `${eventType.fullName} can't be read back: it is ${decoded.status}.`);
  });
}

function decideTransaction(
  rules: Rules,
  situation: Situation,
  command: AskedCommand,
  { events }: AskedFor<"transaction">,
): Decision {
  if (!rules.owned.transactions)
    return refused("OPERATION_NOT_ALLOWED", `${rules.aggregate.name} has no transactions.`);
  const refusal = notOffered(rules);
  if (refusal !== undefined) return refusal;
  for (const event of events) {
    const rejection = refusalOfKey(rules, situation, command, event);
    if (rejection !== undefined) return rejection;
  }
  return append(rules, situation, events);
}

function decideInvalidation(rules: Rules, situation: Situation, corrections: Corrections | CommandRejection): Decision {
  if ("code" in corrections) return { rejection: corrections };
  const draft = new Draft(situation, rules, situation.now);
  for (const { partition, value } of corrections) draft.addKeyless(INVALIDATION_TYPE, partition, value);
  return { draft };
}

function append(rules: Rules, situation: Situation, events: readonly DraftEvent[]): Decision {
  const draft = new Draft(situation, rules, situation.now);
  for (const event of events) {
    const rejection = draft.add(event);
    if (rejection !== undefined) return { rejection, error: draft.failure };
  }
  return { draft };
}

/** Why nothing can be appended to the key now. Of a transaction's events, each meets what was there before all of them. */
function refusalOfKey(
  { owned }: Rules,
  situation: Situation,
  { record }: AskedCommand,
  { key, ifVersion }: Pick<AskedEvent, "key" | "ifVersion">,
): Decision | undefined {
  if (!owned.transactions && situation.partitionOf(key) !== record.partition)
    return refused("EVENT_INVALID", `The command is on partition ${record.partition}, where its key does not belong.`);
  if (situation.isParked(key))
    return refused("KEY_PARKED", "An earlier event of this key is a dead letter: settle that one first.");
  const rejection = versionConflict(ifVersion, metaOf(situation.documentOf(key)?.["_meta"])?.offset);
  return rejection && { rejection };
}

/** An aggregate with rules is changed by them alone, unless they say otherwise. */
function notOffered({ owned, aggregate }: Rules): Decision | undefined {
  if (owned.decider === undefined || owned.decider.eventMutations) return undefined;
  return refused("OPERATION_NOT_ALLOWED", `${aggregate.name} is changed by its commands alone: send one of them.`);
}

function refused(code: string, message: string): Decision {
  return { rejection: { code, message } };
}
