import { PRIMITIVES, type PrimitiveName } from "./schema-node.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FULL_NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const primitives: ReadonlySet<string> = new Set(PRIMITIVES);

/** Whether a text is an Avro name without dots. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

/** Whether a text is an Avro name, with or without a namespace. */
export function isFullName(value: unknown): value is string {
  return typeof value === "string" && FULL_NAME.test(value);
}

/** Whether a name is one of Avro's own types without structure. */
export function isPrimitive(name: string): name is PrimitiveName {
  return primitives.has(name);
}

/** The full name of a name used inside a namespace. */
export function qualify(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

/** The namespace of a full name, `""` for none. */
export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}
