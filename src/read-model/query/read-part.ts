import type { Filter, Read, Sort } from "../read-model.ts";
import { isPlainObject } from "./compare.ts";
import { type Lookup, lookupOf } from "./lookup.ts";

/** What a read asks of its collection, as far as that says how many documents it examines. */
export interface ReadPart {
  readonly filter: Filter;
  readonly sort: Sort | undefined;
  /** How many matching documents are enough, those that are left out before the first included; undefined: all. */
  readonly enough: number | undefined;
  /** The joins with other collections, and whether each is made for no more documents than are enough. */
  readonly lookups: readonly (Lookup & { readonly afterLimit: boolean })[];
}

/** Tells what a read asks of its collection. */
export function readPart(read: Read): ReadPart {
  if ("pipeline" in read) return new PipelineReader().read(read.pipeline);
  const { filter, sort, skip = 0, limit } = read.find;
  return { filter, sort, enough: limit === undefined ? undefined : skip + limit, lookups: [] };
}

/** The conditions of a filter that all must hold. */
export function conjuncts(filter: Filter): readonly Filter[] {
  return Object.entries(filter).flatMap(([name, condition]) =>
    name === "$and" && Array.isArray(condition)
      ? condition.filter(isPlainObject).flatMap(conjuncts)
      : [{ [name]: condition }],
  );
}

/** Stages that change documents but not their number. */
const RESHAPING = new Set(["$addFields", "$set", "$project", "$unset"]);

/** Goes through a pipeline up to where its documents aren't those of the collection any more. */
class PipelineReader {
  readonly #conditions: Filter[] = [];
  readonly #lookups: (Lookup & { readonly afterLimit: boolean })[] = [];
  /** Fields that stages before have made. */
  readonly #made = new Set<string>();
  #sort: Sort | undefined;
  #skipped = 0;
  #enough: number | undefined;
  /** Whether a limit further on says nothing of how many documents are read. */
  #isFiltered = false;

  read(pipeline: readonly Filter[]): ReadPart {
    let isOwn = true;
    for (const [name, argument] of pipeline.flatMap((stage) => Object.entries(stage))) {
      const lookup = name === "$lookup" ? lookupOf(argument) : undefined;
      if (lookup !== undefined) this.#lookups.push({ ...lookup, afterLimit: this.#enough !== undefined });
      isOwn &&= this.#goesOn(name, argument);
    }
    const [only, ...others] = this.#conditions;
    const filter = only === undefined ? {} : others.length === 0 ? only : { $and: this.#conditions };
    return { filter, sort: this.#sort, enough: this.#enough, lookups: this.#lookups };
  }

  /** Whether the documents after a stage are still those of the collection. */
  #goesOn(name: string, argument: unknown): boolean {
    if (name === "$match" && isPlainObject(argument)) return this.#match(argument);
    if (name === "$sort" && isPlainObject(argument)) return this.#order(argument);
    if (name === "$skip") return this.#skip(Number(argument));
    if (name === "$limit") return this.#limit(Number(argument));
    if (name === "$lookup" && isPlainObject(argument)) this.#made.add(String(argument["as"]));
    else if (RESHAPING.has(name)) for (const field of fieldsOf(argument)) this.#made.add(field);
    else return false;
    return true;
  }

  #match(filter: Filter): boolean {
    if (this.#enough !== undefined) return false;
    for (const condition of conjuncts(filter)) {
      if (this.#isOfMade(condition)) this.#isFiltered = true;
      else this.#conditions.push(condition);
    }
    return true;
  }

  #order(sort: Filter): boolean {
    if (this.#enough !== undefined || this.#skipped > 0) return false;
    this.#sort = Object.fromEntries(Object.entries(sort).map(([path, direction]) => [path, direction === -1 ? -1 : 1]));
    return true;
  }

  #skip(count: number): boolean {
    this.#skipped += count;
    return this.#enough === undefined;
  }

  #limit(count: number): boolean {
    if (!this.#isFiltered) this.#enough ??= this.#skipped + count;
    return !this.#isFiltered;
  }

  /** Whether a condition is on a field that a stage made, so that the collection can't be asked for it. */
  #isOfMade(value: unknown): boolean {
    if (Array.isArray(value)) return value.some((each) => this.#isOfMade(each));
    if (typeof value === "string") return value.startsWith("$") && this.#isMade(value.slice(1));
    if (!isPlainObject(value)) return false;
    return Object.entries(value).some(([name, inner]) => this.#isMade(name) || this.#isOfMade(inner));
  }

  #isMade(path: string): boolean {
    return this.#made.has(path.split(".")[0] ?? path);
  }
}

/** What a stage makes or removes: the names of an object, or those that `$unset` lists. */
function fieldsOf(argument: unknown): readonly string[] {
  return isPlainObject(argument) ? Object.keys(argument) : [argument].flat().map(String);
}
