import { EventQLError, messageOf } from "../../errors.ts";
import type { State, TypedMessage } from "../decider.ts";
import type { StreamEventOf } from "../define-projection.ts";
import type { StreamEvent } from "../event-context.ts";
import type { AvroType, Projection } from "../projection.ts";
import type { Value } from "../value.ts";
import { type WindowAt, type WindowLength, windowsOf } from "./calendar.ts";
import { type CompiledMeasure, compileMeasure, takes } from "./compile-measure.ts";
import type { AnyMessage, Measure, Of } from "./measures.ts";
import { ORDERED, definedOnce, kindOf } from "./avro-kind.ts";
import { checkRules } from "./check-rules.ts";
import { textOf, valueAs } from "./values.ts";

/** What events are told apart by: a text that is taken of them, or a value of another type. */
export type Group<Event extends TypedMessage> = Of<Event> | { readonly of: Of<Event>; readonly type: AvroType };

/** What windows may be told besides what they measure. */
type WindowSettings = Pick<Projection, "name" | "from"> &
  Partial<Pick<Projection, "plural" | "doc" | "indexes" | "previous" | "version" | "partitions" | "commit">>;

/** Windows as people write them, by the types that `eventql codegen` makes of the schemas. */
export interface WindowRules<Event extends TypedMessage> extends WindowSettings {
  /** How long they are. Weeks begin on Monday. */
  readonly by: WindowLength;
  /** Where days begin at midnight, by a name of the IANA database: `Europe/Berlin`. Default: `UTC`. */
  readonly timeZone?: string;
  /**
   * A document for each group and window: columns by their names, or the names of fields. An event without one of them, or
   * with null, doesn't count. Default: no groups.
   */
  readonly groupBy?: Readonly<Record<string, Group<Event>>> | readonly string[];
  /** By the names of their columns. */
  readonly measures: Readonly<Record<string, Measure<Event>>>;
  /** Which events count. Default: all. */
  readonly where?: (event: StreamEventOf<Event>) => boolean;
}

const TIMESTAMP: AvroType = { type: "long", logicalType: "timestamp-millis" };

/**
 * Makes statistics by the hour, day, week or month, for `projections` of `eventql.config.ts`: a document for each group and
 * window, that tells what the events which happened in it measure together. They count where they belong, in whichever
 * order and however late they come.
 * @throws EventQLError `CONFIG_INVALID` where a time zone isn't known, columns collide, or a type has no order.
 */
export function windows<Event extends TypedMessage = AnyMessage>(rules: WindowRules<Event>): Projection;
export function windows(rules: WindowRules<AnyMessage>): Projection {
  const { by, timeZone = "UTC", groupBy = {}, measures, where, ...settings } = rules;
  try {
    checkRules({ from: rules.from, by, timeZone, measures, where });
    const groups = Object.entries(byColumn(groupBy)).map(([name, group]) => groupOf(name, group));
    const measured = Object.entries(measures).map(([name, measure]) => compileMeasure(name, measure));
    const place = placeOf(groups, windowsOf(by, timeZone), where);
    return {
      indexes: [],
      previous: false,
      version: 1,
      commit: "batch",
      ...settings,
      kind: "projection",
      key: (event) => place(event)?.id,
      columns: columnsOf(groups, measured),
      hidden: measured.flatMap(({ columns }) => Object.keys(columns).slice(1)),
      initial: Object.assign({}, ...measured.map((measure) => measure.initial)),
      evolve: {},
      otherwise: foldOf(place, measured),
      fields: fieldsOf(Object.values(byColumn(groupBy)), Object.values(measures)),
      tombstones: "ignore",
      madeOf: definitionText({ by, timeZone, groupBy, measures, where }),
      keyMadeOf: definitionText({ by, timeZone, groupBy, where }),
    };
  } catch (error) {
    throw new EventQLError("CONFIG_INVALID", `windows of ${rules.name}: ${messageOf(error)}.`, { cause: error });
  }
}

interface GroupColumn {
  readonly name: string;
  readonly type: AvroType;
  readonly take: (event: StreamEvent) => Value | undefined;
}

function byColumn(
  groupBy: NonNullable<WindowRules<AnyMessage>["groupBy"]>,
): Readonly<Record<string, Group<AnyMessage>>> {
  return isNames(groupBy) ? Object.fromEntries(groupBy.map((name) => [name, name])) : groupBy;
}

function isNames(groupBy: NonNullable<WindowRules<AnyMessage>["groupBy"]>): groupBy is readonly string[] {
  return Array.isArray(groupBy);
}

function groupOf(name: string, group: Group<AnyMessage>): GroupColumn {
  const { of, type } = typeof group === "object" ? group : { of: group, type: "string" };
  const kind = kindOf(type);
  if (kind === undefined) throw new TypeError(`group ${name} can't be of ${JSON.stringify(type)}: ${ORDERED}`);
  const take = takes(of);
  return {
    name,
    type,
    take: (event) => {
      const value = take(event);
      return value === undefined ? undefined : valueAs(kind, value, `group ${name}`);
    },
  };
}

/** Where an event counts. */
interface Place {
  /** The id of the document: the groups and the window, the same in a record's key. */
  readonly id: string;
  /** The columns that tell it. */
  readonly columns: State;
}

type PlaceOf = (event: StreamEvent) => Place | undefined;

/** Undefined: it doesn't count. */
function placeOf(groups: readonly GroupColumn[], windowAt: WindowAt, where: WindowRules<AnyMessage>["where"]): PlaceOf {
  return (event) => {
    if (where?.(event) === false) return undefined;
    const columns: Record<string, Value> = {};
    const parts: string[] = [];
    for (const { name, take } of groups) {
      const value = take(event);
      if (value === undefined) return undefined;
      columns[name] = value;
      parts.push(escaped(textOf(value)));
    }
    const { start, end, name } = windowAt(event.time.getTime());
    columns["windowStart"] = new Date(start);
    columns["windowEnd"] = new Date(end);
    return { id: [...parts, name].join("/"), columns };
  };
}

/** So that two groups never have one id. */
function escaped(text: string): string {
  return text.replaceAll(/[%/]/g, encodeURIComponent);
}

/** The columns that tell a document's place stay as its first event has them. */
function foldOf(place: PlaceOf, measured: readonly CompiledMeasure[]): NonNullable<Projection["otherwise"]> {
  return (state, event) => {
    const next: Record<string, Value> = { ...(state["windowStart"] === undefined && place(event)?.columns), ...state };
    for (const measure of measured) Object.assign(next, measure.fold(state, event));
    return next;
  };
}

function columnsOf(groups: readonly GroupColumn[], measured: readonly CompiledMeasure[]): Projection["columns"] {
  const columns: Record<string, AvroType> = {};
  const defined = new Set<string>();
  const all = [
    ...groups.map(({ name, type }) => [name, type] as const),
    ...Object.entries({ windowStart: TIMESTAMP, windowEnd: TIMESTAMP }),
    ...measured.flatMap((measure) => Object.entries(measure.columns)),
  ];
  for (const [name, type] of all) {
    if (Object.hasOwn(columns, name))
      throw new TypeError(`two columns are called ${name}: rename a group or a measure`);
    columns[name] = definedOnce(type, defined);
  }
  return columns;
}

/** Those that are named, rather than taken by a function. */
function fieldsOf(groups: readonly Group<AnyMessage>[], measures: readonly Measure[]): readonly string[] {
  const taken = [...groups, ...measures].map((each) => (typeof each === "object" && "of" in each ? each.of : each));
  return [...new Set(taken.filter((of) => typeof of === "string"))];
}

/** The rules as text: what they are made of, functions included. */
function definitionText(rules: object): string {
  return JSON.stringify(rules, (_name, value: unknown) =>
    typeof value === "function" ? value.toString().replaceAll(/\s+/g, " ") : value,
  );
}
