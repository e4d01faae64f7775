import { Decimal } from "../../model/decimal.ts";
import type { Value } from "../../model/value.ts";
import { storedDefault } from "../avro/default.ts";
import {
  type ArrayNode,
  type AvroNode,
  type EnumNode,
  type FieldNode,
  type MapNode,
  type RecordNode,
  type UnionNode,
  branchName,
  unwrapNullable,
  valueBranches,
} from "../avro/node.ts";
import { RECURSION_DEPTH } from "./cursor.ts";
import { describeType, describeValue } from "./describe.ts";
import type { Sink } from "./sink.ts";
import { type TryWrite, fixedWriter, primitiveWriter } from "./write-scalar.ts";

/** Writes a value in the stored form; what doesn't fit is added to the sink's problems under its path. */
export type Write = (sink: Sink, value: Value | undefined, path: string) => void;

/** Compiles the writer of a type. */
export function compileWriter(node: AvroNode): Write {
  return new WriterCompiler().compile(node);
}

class WriterCompiler {
  readonly #records = new Map<RecordNode, { write: Write | undefined }>();

  compile(node: AvroNode): Write {
    switch (node.type) {
      case "record":
        return this.#record(node);
      case "array":
        return this.#array(node);
      case "map":
        return this.#map(node);
      case "union":
        return valueBranches(node).length < 2 ? this.#nullable(node) : this.#union(node);
      case "enum":
        return scalar(node, enumWriter(node));
      case "fixed":
        return scalar(node, fixedWriter(node));
      default:
        return scalar(node, primitiveWriter(node));
    }
  }

  #record(node: RecordNode): Write {
    const known = this.#records.get(node);
    if (known !== undefined) return known.write ?? ((sink, value, path) => guarded(sink, known.write, value, path));
    const slot: { write: Write | undefined } = { write: undefined };
    this.#records.set(node, slot);
    const fields = node.fields.map((field) => ({ name: field.name, write: this.#field(field) }));
    const names = new Set(node.fields.map(({ name }) => name));
    slot.write = (sink, value, path) => {
      if (!isRecord(value)) return mismatch(sink, node, value, path);
      const prefix = path === "" ? "" : `${path}.`;
      for (const { name, write } of fields)
        write(sink, Object.hasOwn(value, name) ? value[name] : undefined, prefix + name);
      for (const name of Object.keys(value))
        if (!names.has(name)) sink.problems.push(`${prefix}${name}: ${node.name} has no such field`);
    };
    return slot.write;
  }

  #field({ type, default: json }: FieldNode): Write {
    const write = this.compile(type);
    const fallback = storedDefault(type, json) ?? (unwrapNullable(type).nullable ? null : undefined);
    return (sink, value, path) => write(sink, value === undefined ? fallback : value, path);
  }

  #array(node: ArrayNode): Write {
    const write = this.compile(node.items);
    return (sink, value, path) => {
      if (!isList(value)) return mismatch(sink, node, value, path);
      if (value.length > 0) sink.long(value.length);
      for (const [index, item] of value.entries()) write(sink, item, `${path}[${index}]`);
      sink.byte(0);
    };
  }

  #map(node: MapNode): Write {
    const key = this.compile({ type: "string", logical: undefined });
    const write = this.compile(node.values);
    return (sink, value, path) => {
      if (!isList(value)) return mismatch(sink, node, value, path);
      if (value.length > 0) sink.long(value.length);
      for (const [index, entry] of value.entries()) {
        const pair = isRecord(entry) ? entry : {};
        key(sink, pair["key"], `${path}[${index}].key`);
        write(sink, pair["value"], `${path}[${index}].value`);
      }
      sink.byte(0);
    };
  }

  #nullable(node: UnionNode): Write {
    const writes = node.branches.map((branch) => this.compile(branch));
    const nullIndex = node.branches.findIndex(({ type }) => type === "null");
    const valueIndex = node.branches.findIndex(({ type }) => type !== "null");
    return (sink, value, path) => {
      const index = value === null ? nullIndex : valueIndex;
      const write = writes[index];
      if (write === undefined || value === undefined) return mismatch(sink, node, value, path);
      sink.long(index);
      write(sink, value, path);
    };
  }

  #union(node: UnionNode): Write {
    const branches = new Map(
      node.branches.map((branch, index) => [branchName(branch), { index, write: this.compile(branch) }]),
    );
    return (sink, value, path) => {
      const tagged = isRecord(value) ? value : undefined;
      const tag = value === null ? "null" : tagged?.["_type"];
      const branch = typeof tag === "string" ? branches.get(tag) : undefined;
      if (branch === undefined) return mismatch(sink, node, value, path);
      sink.long(branch.index);
      branch.write(sink, value === null ? null : tagged?.["value"], path);
    };
  }
}

/** Every way from a record back into itself passes here: what would not be decoded isn't encoded. */
function guarded(sink: Sink, write: Write | undefined, value: Value | undefined, path: string): void {
  if (sink.depth >= RECURSION_DEPTH) {
    sink.problems.push(`${path}: nested more than ${RECURSION_DEPTH} levels deep`);
    return;
  }
  sink.depth += 1;
  write?.(sink, value, path);
  sink.depth -= 1;
}

function scalar(node: AvroNode, tryWrite: TryWrite): Write {
  return (sink, value, path) => {
    if (value === undefined || !tryWrite(sink, value)) mismatch(sink, node, value, path);
  };
}

function enumWriter({ symbols }: EnumNode): TryWrite {
  const indexes = new Map(symbols.map((symbol, index) => [symbol, index]));
  return (sink, value) => {
    const index = typeof value === "string" ? indexes.get(value) : undefined;
    if (index === undefined) return false;
    sink.long(index);
    return true;
  };
}

function mismatch(sink: Sink, node: AvroNode, value: Value | undefined, path: string): void {
  sink.problems.push(
    `${path === "" ? "the event" : path}: expected ${describeType(node)}, got ${describeValue(value)}`,
  );
}

function isRecord(value: Value | undefined): value is Readonly<Record<string, Value>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Decimal) &&
    !(value instanceof Uint8Array)
  );
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
