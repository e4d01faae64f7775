import type { EnumType, RecordType, TypeRef, UnionType, ValueType } from "../catalog/types.ts";
import { Decimal, describeDecimal, isStoredAsDecimal } from "../model/decimal.ts";

/** What is wrong with a value that is to be stored under a path, in words; undefined: nothing. */
export type Check = (value: unknown, path: string) => string | undefined;

/** Compiles what a type's values have to be in the stored form: see `Value`. */
export function checkOf(ref: TypeRef): Check {
  return new Checks().ref(ref);
}

class Checks {
  readonly #records = new Map<RecordType, { check: Check | undefined }>();

  ref({ type, nullable }: TypeRef): Check {
    const check = this.#type(type);
    return (value, path) => (value === null && nullable ? undefined : check(value, path));
  }

  #type(type: ValueType): Check {
    switch (type.kind) {
      case "array":
        return this.#list(this.ref(type.items));
      case "map":
        return this.#list(this.#entry(this.ref(type.values)));
      case "record":
        return this.#record(type);
      case "union":
        return this.#union(type);
      default:
        return plain(type);
    }
  }

  #list(item: Check): Check {
    return (value, path) => {
      if (!isList(value)) return mismatch(path, "a list", value);
      for (const [index, each] of value.entries()) {
        const wrong = item(each, `${path}[${index}]`);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    };
  }

  #entry(check: Check): Check {
    return (entry, path) => {
      if (!isPlainObject(entry) || typeof entry["key"] !== "string")
        return mismatch(path, "an entry of a map, { key, value }", entry);
      return check(entry["value"], `${path}.value`);
    };
  }

  /** A record may stand in itself. */
  #record(type: RecordType): Check {
    const known = this.#records.get(type);
    if (known !== undefined) return (value, path) => known.check?.(value, path);
    const slot: { check: Check | undefined } = { check: undefined };
    this.#records.set(type, slot);
    const fields = type.fields.map((field) => ({
      name: field.name,
      check: optional(field.type, this.ref(field.type)),
    }));
    const names = new Set(fields.map(({ name }) => name));
    slot.check = (value, path) => {
      if (!isPlainObject(value)) return mismatch(path, type.fullName, value);
      const unknown = Object.keys(value).find((name) => !names.has(name));
      if (unknown !== undefined) return `${path}.${unknown}: ${type.fullName} has no such field`;
      for (const { name, check } of fields) {
        const wrong = check(Object.hasOwn(value, name) ? value[name] : undefined, `${path}.${name}`);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    };
    return slot.check;
  }

  #union({ branches }: UnionType): Check {
    const checks = new Map(branches.map(({ tag, type }) => [tag, this.#type(type)]));
    return (value, path) => {
      const tag = isPlainObject(value) ? value["_type"] : undefined;
      const check = typeof tag === "string" ? checks.get(tag) : undefined;
      if (check === undefined || !isPlainObject(value)) {
        return mismatch(path, `{ _type, value } with _type one of ${[...checks.keys()].join(", ")}`, value);
      }
      return check(value["value"], `${path}.value`);
    };
  }
}

function optional({ nullable }: TypeRef, check: Check): Check {
  return (value, path) => (value === undefined && nullable ? undefined : check(value, path));
}

type PlainType = Exclude<ValueType, { readonly kind: "array" | "map" | "record" | "union" }>;

function plain(type: PlainType): Check {
  const form = formOf(type);
  return (value, path) => (form.is(value) ? undefined : mismatch(path, form.words, value));
}

interface Form {
  is(value: unknown): boolean;
  readonly words: string;
}

function formOf(type: PlainType): Form {
  switch (type.kind) {
    case "null":
      return { is: (value) => value === null, words: "null" };
    case "boolean":
      return { is: (value) => typeof value === "boolean", words: "a boolean" };
    case "string":
    case "uuid":
      return { is: isText, words: "a string" };
    case "enum":
      return symbolForm(type);
    case "int":
    case "time-millis":
      return { is: (value) => typeof value === "number" && (value | 0) === value, words: "an integer of 32 bits" };
    case "float":
    case "double":
      return { is: (value) => typeof value === "number", words: "a number" };
    case "long":
    case "time-micros":
    case "timestamp-micros":
    case "local-timestamp-micros":
      return { is: isLong, words: "a bigint of 64 bits" };
    case "bytes":
      return { is: (value) => value instanceof Uint8Array, words: "bytes" };
    case "fixed":
      return { is: (value) => value instanceof Uint8Array && value.length === type.size, words: `${type.size} bytes` };
    case "date":
    case "timestamp-millis":
    case "local-timestamp-millis":
      return { is: (value) => value instanceof Date && !Number.isNaN(value.getTime()), words: "a date" };
    case "decimal":
      return decimalForm(type);
  }
}

function symbolForm({ symbols }: EnumType): Form {
  const known = new Set(symbols);
  return { is: (value) => typeof value === "string" && known.has(value), words: `one of ${symbols.join(", ")}` };
}

function decimalForm({ precision, scale }: Extract<ValueType, { readonly kind: "decimal" }>): Form {
  const exact = isStoredAsDecimal(precision);
  const pattern = scale === 0 ? /^-?\d+$/ : new RegExp(String.raw`^-?\d+\.\d{${scale}}$`);
  const is = (value: unknown): boolean => {
    const text = exact && value instanceof Decimal ? value.text : exact ? undefined : value;
    if (typeof text !== "string" || !pattern.test(text)) return false;
    return text.replaceAll(/[-.]/g, "").replace(/^0+/, "").length <= precision;
  };
  return { is, words: `a decimal(${precision}, ${scale})${exact ? "" : " as text"}` };
}

/** Half of a surrogate pair could not be stored. */
function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

function isLong(value: unknown): boolean {
  return typeof value === "bigint" && BigInt.asIntN(64, value) === value;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Whether a value is an object of fields, not a date, a list or of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function mismatch(path: string, expected: string, value: unknown): string {
  return `${path}: expected ${expected}, got ${kindOf(value)}`;
}

/** A kind of value, in words: never the value itself, which may be a secret. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (value instanceof Decimal) return describeDecimal(value);
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Promise) return "a promise";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
