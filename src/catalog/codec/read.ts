import { EventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import {
  type ArrayNode,
  type AvroNode,
  type EnumNode,
  type MapNode,
  type RecordNode,
  type UnionNode,
  branchName,
  valueBranches,
} from "../avro/node.ts";
import { type Cursor, malformed, readBlockCount, readInt } from "./cursor.ts";
import { matchingBranch, nameDistance } from "./match.ts";
import { minimalSize } from "./minimal-size.ts";
import { recordReader } from "./read-record.ts";
import { type Read, fixedReader, readString, scalarReader } from "./read-scalar.ts";

/**
 * Compiles Avro's schema resolution: what was written by one schema is read as another one's, in the stored form.
 * @throws EventQLError `EVENT_INVALID` where the writer's schema can't be read as the reader's.
 */
export function compileReader(writer: AvroNode, reader: AvroNode): Read {
  return new ReaderCompiler().compile(writer, reader);
}

/** A record's reader under way: `read` is filled in when its fields are compiled. */
interface RecordSlot {
  read: Read | undefined;
}

class ReaderCompiler {
  readonly #slots = new Map<RecordNode, Map<RecordNode, RecordSlot>>();

  compile(writer: AvroNode, reader: AvroNode): Read {
    if (writer.type === "union") return this.#fromUnion(writer, reader);
    if (reader.type === "union") return this.#intoUnion(writer, reader);
    const read = this.#plain(writer, reader);
    if (read === undefined) throw unreadable(writer, reader);
    return read;
  }

  #plain(writer: AvroNode, reader: AvroNode): Read | undefined {
    if (writer.type === "record") return reader.type === "record" ? this.#record(writer, reader) : undefined;
    if (writer.type === "array") return reader.type === "array" ? this.#array(writer, reader) : undefined;
    if (writer.type === "map") return reader.type === "map" ? this.#map(writer, reader) : undefined;
    if (writer.type === "enum") return reader.type === "enum" ? enumReader(writer, reader) : undefined;
    if (writer.type === "fixed") {
      const fits = reader.type === "fixed" && nameDistance(writer.name, reader) !== undefined;
      return fits ? fixedReader(writer, reader) : undefined;
    }
    const scalar = writer.type !== "union" && "logical" in reader && reader.type !== "fixed";
    return scalar ? scalarReader(writer, reader) : undefined;
  }

  #fromUnion(writer: UnionNode, reader: AvroNode): Read {
    const problems: unknown[] = [];
    const branches = writer.branches.map((branch): Read => {
      try {
        return this.compile(branch, reader);
      } catch (error) {
        problems.push(error);
        return () => {
          throw error;
        };
      }
    });
    if (problems.length === branches.length) throw problems[0];
    return (cursor) => {
      const branch = branches[readInt(cursor)];
      if (branch === undefined) throw malformed("a union has no such branch");
      return branch(cursor);
    };
  }

  #intoUnion(writer: AvroNode, reader: UnionNode): Read {
    const branch = matchingBranch(writer, reader.branches);
    if (branch === undefined) throw unreadable(writer, reader);
    const read = this.compile(writer, branch);
    if (branch.type === "null" || valueBranches(reader).length < 2) return read;
    const tag = branchName(branch);
    return (cursor) => ({ _type: tag, value: read(cursor) });
  }

  #array(writer: ArrayNode, reader: ArrayNode): Read {
    const read = this.compile(writer.items, reader.items);
    const minSize = minimalSize(writer.items);
    return (cursor) => readItems(cursor, read, minSize);
  }

  #map(writer: MapNode, reader: MapNode): Read {
    const read = this.compile(writer.values, reader.values);
    const readEntry = (cursor: Cursor): Entry => ({ key: readString(cursor), value: read(cursor) });
    return (cursor) => sortedEntries(readItems(cursor, readEntry, 1));
  }

  #record(writer: RecordNode, reader: RecordNode): Read | undefined {
    if (nameDistance(writer.name, reader) === undefined) return undefined;
    const byReader = this.#slots.get(writer) ?? new Map<RecordNode, RecordSlot>();
    this.#slots.set(writer, byReader);
    const known = byReader.get(reader);
    if (known !== undefined) return known.read ?? ((cursor) => guarded(cursor, known.read));
    const slot: RecordSlot = { read: undefined };
    byReader.set(reader, slot);
    slot.read = recordReader(writer, reader, (from, to) => this.compile(from, to));
    return slot.read;
  }
}

interface Entry {
  readonly key: string;
  readonly value: Value;
}

/** Every way from a record back into itself passes here. */
function guarded(cursor: Cursor, read: Read | undefined): Value {
  if (read === undefined) throw malformed("its schema isn't ready");
  cursor.enter();
  const value = read(cursor);
  cursor.leave();
  return value;
}

function readItems<T>(cursor: Cursor, read: (cursor: Cursor) => T, minSize: number): T[] {
  const items: T[] = [];
  for (let count = readBlockCount(cursor); count > 0; count = readBlockCount(cursor)) {
    cursor.expectItems(count, minSize);
    for (let index = 0; index < count; index += 1) items.push(read(cursor));
  }
  return items;
}

/** By key; of entries with one key the last one counts, as in any map. */
function sortedEntries(entries: readonly Entry[]): readonly Value[] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, value }) => ({ key, value }));
}

function enumReader(writer: EnumNode, reader: EnumNode): Read | undefined {
  if (nameDistance(writer.name, reader) === undefined) return undefined;
  const symbols = writer.symbols.map((symbol) => (reader.symbols.includes(symbol) ? symbol : reader.default));
  return (cursor) => {
    const symbol = symbols[readInt(cursor)];
    if (symbol === undefined) throw malformed(`an enum ${reader.name} has no such symbol, and no default`);
    return symbol;
  };
}

function unreadable(writer: AvroNode, reader: AvroNode): EventQLError {
  return malformed(`its schema's ${branchName(writer)} can't be read as ${branchName(reader)}`);
}
