import { type AvroNode, type RecordNode, branchName, shortName } from "../avro/node.ts";
import { scalarReader } from "./read-scalar.ts";

/** How well two types' names fit: the smaller, the better; undefined: not at all. */
export function nameDistance(writer: string, reader: NamedType): number | undefined {
  if (writer === reader.name) return 0;
  if (reader.aliases.includes(writer)) return 1;
  return shortName(writer) === shortName(reader.name) ? 2 : undefined;
}

interface NamedType {
  readonly name: string;
  readonly aliases: readonly string[];
}

/**
 * The branch of the reader's union as which a type is read: one of the same type and name, else the first that it is
 * promoted to.
 */
export function matchingBranch(writer: AvroNode, branches: readonly AvroNode[]): AvroNode | undefined {
  const exact = branches.find((branch) => branchName(branch) === branchName(writer));
  if (exact !== undefined) return exact;
  const fitting = branches.flatMap((branch) => {
    const distance = distanceOf(writer, branch);
    return distance === undefined ? [] : [{ branch, distance }];
  });
  const best = Math.min(...fitting.map(({ distance }) => distance));
  return fitting.find(({ distance }) => distance === best)?.branch;
}

function distanceOf(writer: AvroNode, reader: AvroNode): number | undefined {
  if ("name" in writer) {
    return "name" in reader && writer.type === reader.type ? nameDistance(writer.name, reader) : undefined;
  }
  if (!("logical" in writer) || !("logical" in reader) || reader.type === "fixed") return undefined;
  return scalarReader(writer, reader) === undefined ? undefined : 0;
}

/** Where each field of the reader's record stands in the writer's: by name, else by alias. */
export function matchFields(writer: RecordNode, reader: RecordNode): ReadonlyMap<string, string> {
  const written = new Set(writer.fields.map(({ name }) => name));
  return new Map(
    reader.fields.flatMap(({ name, aliases }): [string, string][] => {
      const source = [name, ...aliases].find((candidate) => written.has(candidate));
      return source === undefined ? [] : [[name, source]];
    }),
  );
}
