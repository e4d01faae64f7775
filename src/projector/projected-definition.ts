import { createHash } from "node:crypto";
import type { Branch, Projection } from "../model/projection.ts";

/** What the documents of a projection in code are made by, each part as a text that a reader can tell from another. */
export interface ProjectedDefinition {
  readonly from: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly initial: string;
  /** By event types. */
  readonly evolve: Readonly<Record<string, string>>;
  readonly tombstones: string;
  readonly partitions: string;
  readonly emits: string;
  readonly madeOf: string;
  readonly version: string;
}

/** The definition of a projection in code: of rules their text, without how it is laid out. */
export function projectedDefinition(projection: Projection): ProjectedDefinition {
  const { from, key, columns, initial, evolve, otherwise, tombstones, partitions, emits = [] } = projection;
  return {
    from: from.toSorted().join(", "),
    key: textOf(key),
    columns: sorted(columns, (type) => JSON.stringify(type)),
    initial: valueText(initial),
    evolve: sorted({ ...evolve, ...(otherwise && { "*": otherwise }) }, textOf),
    tombstones,
    partitions: String(partitions ?? ""),
    emits: emits.map(branchText).join(", "),
    madeOf: projection.madeOf ?? "",
    version: String(projection.version),
  };
}

/** Tells definitions apart by a short text. */
export function definitionHash(definition: ProjectedDefinition): string {
  return createHash("sha256").update(JSON.stringify(definition)).digest("hex").slice(0, 8);
}

/** What of a stored definition another one changes, in words; none where they are the same. */
export function definitionChanges(stored: ProjectedDefinition, next: ProjectedDefinition): readonly string[] {
  return [
    ...changed("from", stored.from, next.from),
    ...changed("key", stored.key, next.key, TEXT),
    ...changedEntries("columns", stored.columns, next.columns),
    ...changed("initial", stored.initial, next.initial),
    ...changedEntries("evolve", stored.evolve, next.evolve, TEXT),
    ...changed("tombstones", stored.tombstones, next.tombstones),
    ...changed("partitions", stored.partitions, next.partitions),
    ...changed("the topics that it writes to", stored.emits, next.emits),
    ...changed("what its rules are made of", stored.madeOf, next.madeOf, TEXT),
    ...changed("version", stored.version, next.version),
  ];
}

/** Nobody reads two functions in one line. */
const TEXT = "is another text";

function changed(what: string, before: string, after: string, told?: string): readonly string[] {
  if (before === after) return [];
  return [`${what} ${told ?? `was ${before || "absent"}, and is ${after || "absent"}`}`];
}

type Texts = Readonly<Record<string, string>>;

function changedEntries(what: string, before: Texts, after: Texts, told?: string): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const [old = "", now = ""] = [before[name], after[name]];
    return changed(`${what}.${name}`, old, now, old === "" || now === "" ? presence(old) : told);
  });
}

function presence(before: string): string {
  return before === "" ? "is new" : "is gone";
}

function sorted<T>(entries: Readonly<Record<string, T>>, textOfEach: (value: T) => string): Texts {
  const names = Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map(([name, value]) => [name, textOfEach(value)]));
}

function textOf(rule: { toString(): string } | undefined): string {
  return rule === undefined ? "" : rule.toString().replaceAll(/\s+/g, " ");
}

function branchText({ topic, test }: Branch): string {
  return test === undefined ? topic : `${topic} if ${textOf(test)}`;
}

/** Of values that JSON has no text for, their own. */
function valueText(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}
