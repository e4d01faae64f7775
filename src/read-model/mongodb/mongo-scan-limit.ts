import { type Db, MongoServerError } from "mongodb";
import { isPlainObject } from "../query/compare.ts";
import { keyLookup } from "../query/key-lookup.ts";
import type { Lookup } from "../query/lookup.ts";
import { type ReadPart, conjuncts, readPart } from "../query/read-part.ts";
import { shapeOf } from "../query/read-shape.ts";
import type { Filter, Read } from "../read-model.ts";
import { tooExpensive } from "../scan-errors.ts";
import { CollectionFacts } from "./collection-facts.ts";
import { Kept } from "./kept.ts";
import { plansOf } from "./mongo-explain.ts";
import { toDriverForm } from "./mongo-values.ts";
import type { PlanSource, QueryPlan } from "./query-plan.ts";

/** How long, in ms, a plan and a count are taken to hold, and a plan for which a read was refused. */
const PLAN_MS = 60_000;
const COUNT_MS = 10_000;
const REFUSED_PLAN_MS = 2_000;

/** MongoDB's error code of a hint that names no index. */
const BAD_VALUE = 2;

/** A read, and what it may cost. */
interface Bounds {
  readonly maxExamined: number;
  readonly timeoutMs: number;
}

/**
 * Refuses reads that would examine too many documents. Keys and small collections cost nothing but a look at what is known;
 * of larger ones the server's plan decides, which is asked for once a shape of filter and order.
 */
export class MongoScanLimit {
  readonly #db: Db;
  readonly #facts: CollectionFacts;
  readonly #plans = new Kept<readonly QueryPlan[]>(PLAN_MS);
  /** Those that were asked for just now: an index may have been built meanwhile. */
  readonly #newPlans = new Kept<readonly QueryPlan[]>(REFUSED_PLAN_MS);
  readonly #counts = new Kept<number>(COUNT_MS);

  constructor(db: Db) {
    this.#db = db;
    this.#facts = new CollectionFacts(db);
  }

  /** @throws EventQLError `QUERY_TOO_EXPENSIVE`. */
  async check(collection: string, read: Read, bounds: Bounds): Promise<void> {
    const part = readPart(read);
    const keys = keyLookup(part.filter)?.keys.length;
    if (keys !== undefined && part.lookups.length === 0) return;
    const atMost = keys ?? (await this.#facts.size(collection));
    const weights = await Promise.all(part.lookups.map(async (lookup) => this.#weight(lookup)));
    const cost = (examined: number): number =>
      part.lookups.reduce(
        (sum, { afterLimit }, i) => sum + inputs(examined, afterLimit ? part.enough : undefined) * (weights[i] ?? 1),
        examined,
      );
    if (cost(atMost) <= bounds.maxExamined) return;
    const examined = cost(keys ?? (await this.#examined(collection, part, atMost, bounds)));
    if (examined > bounds.maxExamined) throw tooExpensive(collection, examined, bounds.maxExamined);
  }

  /** How many documents one lookup examines. */
  async #weight({ collection, field, inner }: Lookup): Promise<number> {
    const size = (await this.#facts.hasIndex(collection, field)) ? 1 : await this.#facts.size(collection);
    const further = await Promise.all(inner.map(async (lookup) => this.#weight(lookup)));
    return further.reduce((sum, each) => sum + each, size);
  }

  async #examined(collection: string, part: ReadPart, size: number, bounds: Bounds): Promise<number> {
    const { filter, sort, enough } = part;
    const shape = `${collection} ${shapeOf(filter)} ${JSON.stringify(sort)} ${enough !== undefined}`;
    const find = { filter, sort, ...(enough !== undefined && { limit: Math.max(1, enough) }) };
    const ask = async (): Promise<readonly QueryPlan[]> => plansOf(this.#db, collection, find, bounds.timeoutMs);
    const plans = await this.#plans.get(shape, async () => this.#newPlans.get(shape, ask));
    const stopsEarly = plans.some((plan) => plan.stopsEarly);
    const atMost = Math.min(size, stopsEarly && enough !== undefined ? enough : size);
    if (atMost <= bounds.maxExamined) return atMost;
    const least = Math.min(atMost, await this.#least(collection, filter, plans, bounds));
    if (least > bounds.maxExamined) this.#plans.forget(shape);
    return least;
  }

  /** What the best of several plans examines, as far as it matters. */
  async #least(collection: string, filter: Filter, plans: readonly QueryPlan[], bounds: Bounds): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (const { sources } of plans) {
      if (sources.some(({ narrowedBy }) => narrowedBy.length === 0)) continue;
      const counted = await this.#counted(collection, filter, sources, bounds).catch((error: unknown) => {
        if (isBadHint(error)) return Number.POSITIVE_INFINITY;
        throw error;
      });
      least = Math.min(least, counted);
      if (least <= bounds.maxExamined) break;
    }
    return least;
  }

  /** Counts what lies within an index's bounds, as far as it matters. */
  async #counted(
    collection: string,
    filter: Filter,
    sources: readonly PlanSource[],
    { maxExamined, timeoutMs }: Bounds,
  ): Promise<number> {
    const [source, ...others] = sources;
    if (source === undefined) return 0;
    const isOne = others.length === 0;
    const narrowing = isOne ? onFields(filter, source.narrowedBy) : filter;
    const pipeline = [{ $match: toDriverForm(narrowing) }, { $limit: maxExamined + 1 }, { $count: "documents" }];
    const hint = isOne && source.index !== undefined ? { hint: source.index } : {};
    const text = `${collection} ${maxExamined} ${JSON.stringify([narrowing, hint], plainValue)}`;
    return this.#counts.get(text, async () => {
      const options = { ...hint, maxTimeMS: timeoutMs };
      const [found] = await this.#db.collection(collection).aggregate(pipeline, options).toArray();
      return Number(found?.["documents"] ?? 0);
    });
  }
}

/** Whether a plan that is kept names an index that was dropped since: it is forgotten, as it lets nothing run. */
function isBadHint(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === BAD_VALUE;
}

function inputs(examined: number, enough: number | undefined): number {
  return Math.min(examined, enough ?? examined);
}

/** The part of a filter that is on some fields: what an index on them finds. */
function onFields(filter: Filter, fields: readonly string[]): Filter {
  const own = conjuncts(filter).filter((each) => isOn(each, fields));
  return own.length === 0 ? {} : { $and: own };
}

/** Whether every condition of a filter is on the fields, in alternatives too. */
function isOn(filter: Filter, fields: readonly string[]): boolean {
  return Object.entries(filter).every(([path, condition]) =>
    path === "$or" && Array.isArray(condition)
      ? condition.every((each) => isPlainObject(each) && isOn(each, fields))
      : fields.includes(path),
  );
}

function plainValue(_name: string, value: unknown): unknown {
  if (value instanceof RegExp) return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return `number ${value}`;
  return typeof value === "bigint" ? `${value}n` : value;
}
