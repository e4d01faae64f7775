import type { Decider } from "../model/decider.ts";
import type { AggregatePlan } from "./aggregate-plans.ts";
import { deciderProblems, unknownDeciders } from "./decider-problems.ts";
import type { RecordHints } from "./hints.ts";
import { ownOf } from "./own-of.ts";
import type { CatalogProblem } from "./problems.ts";
import type { Aggregate, CommandType, Ownership, SkippedSubject } from "./types.ts";

/** What decides which aggregates are owned. */
export interface OwnershipSources {
  readonly plans: readonly AggregatePlan[];
  readonly commands: readonly CommandType[];
  readonly deciders: readonly Decider[];
}

/** Aggregates with their ownership. */
export interface OwnedAggregates {
  readonly aggregates: readonly Aggregate[];
  /** The subjects of commands that nobody decides. */
  readonly skipped: readonly SkippedSubject[];
  readonly problems: readonly CatalogProblem[];
}

/** The decider of an aggregate. */
export function deciderOf(deciders: readonly Decider[], topic: string, aggregate: string): Decider | undefined {
  return deciders.find((decider) => decider.topic === topic && decider.aggregate === aggregate);
}

/** Adds to aggregates how appends to them are decided, where a hint or a decider asks for it. */
export function ownAggregates(
  aggregates: readonly Aggregate[],
  { plans, commands, deciders }: OwnershipSources,
): OwnedAggregates {
  const byTopic = Map.groupBy(plans, ({ topic }) => topic);
  const problems: CatalogProblem[] = [...unknownDeciders(deciders, aggregates)];
  const owned = aggregates.map((aggregate): Aggregate => {
    const { name, topic } = aggregate;
    const decider = deciderOf(deciders, topic, name);
    const ofTopic = byTopic.get(topic) ?? [];
    const own = commands.filter((command) => command.topic === topic);
    const ownership = ownershipOf(ofTopic, own, decider);
    if (ownership === undefined) return aggregate;
    problems.push(...sharedTopic(aggregate, aggregates, ofTopic), ...disowned(ofTopic, ownership));
    if (decider !== undefined) problems.push(...deciderProblems(decider, aggregate, own));
    return { ...aggregate, owned: ownership };
  });
  return { aggregates: owned, skipped: undecided(commands, owned), problems };
}

function ownershipOf(
  plans: readonly AggregatePlan[],
  commands: readonly CommandType[],
  decider: Decider | undefined,
): Ownership | undefined {
  const says = (hint: "owned" | "transactions" | "deduplicate"): boolean =>
    plans.some(({ records }) => records.some(({ hints }) => hints[hint] === true));
  const transactions = says("transactions");
  const deduplicates = says("deduplicate");
  if (!transactions && !deduplicates && !says("owned") && decider === undefined) return undefined;
  const decided = commands.filter(({ name }) => ownOf(decider?.decide ?? {}, name) !== undefined);
  return { transactions, deduplicates, decider, commands: decided };
}

/** One writer decides for one aggregate: two on its topic would have each other's versions. */
function sharedTopic(
  { name, topic }: Aggregate,
  aggregates: readonly Aggregate[],
  plans: readonly AggregatePlan[],
): readonly CatalogProblem[] {
  const others = aggregates.filter((other) => other.topic === topic && other.name !== name).map((other) => other.name);
  // Said once for the topic.
  if (others.length === 0 || others.some((other) => other < name)) return [];
  const subject = plans.flatMap(({ records }) => records).find(({ hints }) => isOwning(hints))?.subject;
  return [
    {
      subject: subject ?? plans[0]?.records[0]?.subject ?? "",
      topic,
      field: undefined,
      problem: `topic ${topic} is owned, and has several aggregates, ${[name, ...others].toSorted().join(" and ")}`,
      remedy: "Give each aggregate a topic of its own",
    },
  ];
}

function isOwning({ owned, transactions, deduplicate }: RecordHints): boolean {
  return owned === true || transactions === true || deduplicate === true;
}

/** That a topic isn't owned can't be said where something needs it to be. */
function disowned(
  plans: readonly AggregatePlan[],
  { transactions, deduplicates, decider }: Ownership,
): CatalogProblem[] {
  const reasons = [
    ...(transactions ? ["the hint transactions"] : []),
    ...(deduplicates ? ["the hint deduplicate"] : []),
    ...(decider === undefined ? [] : ["a decider"]),
    "another event type",
  ];
  return plans
    .flatMap(({ records }) => records)
    .filter(({ hints }) => hints.owned === false)
    .map(({ subject, topic }) => ({
      subject,
      topic,
      field: undefined,
      problem: `the hint owned is false, and ${reasons[0] ?? ""} makes the topic an owned one`,
      remedy: "Remove one of the two",
    }));
}

function undecided(commands: readonly CommandType[], aggregates: readonly Aggregate[]): readonly SkippedSubject[] {
  const decided = new Set(aggregates.flatMap(({ owned }) => owned?.commands ?? []));
  return commands
    .filter((command) => !decided.has(command))
    .map(({ name, topic, subject }) => {
      const decider = aggregates.find((aggregate) => aggregate.topic === topic)?.owned?.decider;
      const reason =
        decider === undefined
          ? `nobody decides command ${name}: topic ${topic} has no decider, add one to aggregates of eventql.config.ts`
          : `nobody decides command ${name}: add decide.${name} to the decider of ${decider.aggregate}`;
      return { subject, reason };
    });
}
