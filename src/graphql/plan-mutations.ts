import type { Aggregate, CommandType, EventType, RecordField, RecordType } from "../catalog/types.ts";
import { type Names, capitalized, namesBeside } from "./names.ts";
import { type NAME_KINDS, type PlanNames, owners } from "./plan-names.ts";

/** A mutation with the names of what it takes and returns. */
export interface MutationPlan {
  readonly mutation: string;
  readonly payloadName: string;
}

/** The mutation of an event type. */
export interface EventPlan extends MutationPlan {
  readonly eventType: EventType;
  readonly inputName: string;
  /** The fields of the input. */
  readonly fields: readonly RecordField[];
  /** The fields that hold the aggregate's id, which aren't in the input. */
  readonly keyFields: readonly RecordField[];
  /** The field of the payload with the document. */
  readonly documentField: string;
  /** The input of such an event in a transaction; undefined: there are none. */
  readonly transactionName: string | undefined;
}

/** The mutation of a command type. */
export interface CommandPlan extends MutationPlan {
  readonly commandType: CommandType;
  readonly inputName: string;
  /** The field of the payload with the document. */
  readonly documentField: string;
}

/** The names of an owner, of all kinds. */
export type OwnNames = { readonly [kind in (typeof NAME_KINDS)[number]]: Names };

/** What the names of an aggregate's mutations are made of. */
interface Named {
  readonly aggregate: Aggregate;
  readonly singular: string;
}

const FIELDS_OF_A_PAYLOAD = ["id", "receipt", "status"];
const FIELDS_OF_AN_OWNED_PAYLOAD = [...FIELDS_OF_A_PAYLOAD, "commandId", "version", "rejection"];
const FIELDS_OF_A_COMMAND_PAYLOAD = [...FIELDS_OF_AN_OWNED_PAYLOAD, "events"];

/** The names that an owner is given. */
export function namesFor({ types, queries, mutations, subscriptions }: PlanNames, owner: string): OwnNames {
  return {
    types: types.of(owner),
    queries: queries.of(owner),
    mutations: mutations.of(owner),
    subscriptions: subscriptions.of(owner),
  };
}

/** Whether clients may append an aggregate's events themselves: not where its rules alone change it, or a projection. */
function offersEvents({ owned, projected }: Pick<Aggregate, "owned" | "projected">): boolean {
  return projected === undefined && owned?.decider?.eventMutations !== false;
}

/** Names the mutations of an aggregate's event types; there are none where its rules alone change it. */
export function planEvents(
  { aggregate, singular }: Named,
  names: PlanNames,
  inputs: Map<RecordType, string>,
): readonly EventPlan[] {
  if (!offersEvents(aggregate)) return [];
  const ofPayload = aggregate.owned === undefined ? FIELDS_OF_A_PAYLOAD : FIELDS_OF_AN_OWNED_PAYLOAD;
  return aggregate.eventTypes.map((eventType) => {
    const own = namesFor(names, owners.type(eventType.name));
    const keys = new Set(eventType.fields.filter(({ key }) => key).map(({ field }) => field.name));
    const { record } = eventType;
    const inputName = own.types.take(`${eventType.name}Input`);
    if (keys.size === 0 && !inputs.has(record)) inputs.set(record, inputName);
    return {
      eventType,
      ...planMutation([eventType.mutation, `append${capitalized(eventType.mutation)}`], own),
      inputName,
      fields: record.fields.filter(({ name }) => !keys.has(name)),
      keyFields: record.fields.filter(({ name }) => keys.has(name)),
      documentField: namesBeside(ofPayload).take(singular, `${singular}Document`),
      transactionName:
        aggregate.owned?.transactions === true ? own.types.take(`${eventType.name}InTransaction`) : undefined,
    };
  });
}

/** Names the tombstone of an aggregate; there is none where its rules alone change it. */
export function planTombstone(aggregate: Aggregate, typeName: string, own: OwnNames): MutationPlan | undefined {
  return offersEvents(aggregate) ? planMutation([`delete${typeName}`, `tombstone${typeName}`], own) : undefined;
}

/** Names the mutations of an aggregate's command types: after everything else, so that they rename nothing. */
export function planCommands(
  { aggregate, singular }: Named,
  names: PlanNames,
  inputs: Map<RecordType, string>,
): readonly CommandPlan[] {
  return (aggregate.owned?.commands ?? []).map((commandType) => {
    const own = namesFor(names, owners.type(commandType.name));
    const inputName = own.types.take(`${commandType.name}Input`);
    if (!inputs.has(commandType.record)) inputs.set(commandType.record, inputName);
    return {
      commandType,
      ...planMutation([commandType.mutation, `send${capitalized(commandType.mutation)}`], own),
      inputName,
      documentField: namesBeside(FIELDS_OF_A_COMMAND_PAYLOAD).take(singular, `${singular}Document`),
    };
  });
}

function planMutation(wanted: readonly [string, ...string[]], { types, mutations }: OwnNames): MutationPlan {
  const mutation = mutations.take(...wanted);
  return { mutation, payloadName: types.take(`${capitalized(mutation)}Payload`) };
}
