import type { AvroNode, RecordNode } from "../avro/node.ts";

const sizes = new WeakMap<RecordNode, number>();

/** The least bytes that a value of a type takes. */
export function minimalSize(node: AvroNode): number {
  switch (node.type) {
    case "null":
      return 0;
    case "float":
      return 4;
    case "double":
      return 8;
    case "fixed":
      return node.size;
    case "record":
      return recordSize(node);
    default:
      return 1;
  }
}

function recordSize(record: RecordNode): number {
  const known = sizes.get(record);
  if (known !== undefined) return known;
  // A record directly in itself has no end; what is valid comes back only through a union, array or map.
  sizes.set(record, 0);
  const size = record.fields.reduce((sum, { type }) => sum + minimalSize(type), 0);
  sizes.set(record, size);
  return size;
}
