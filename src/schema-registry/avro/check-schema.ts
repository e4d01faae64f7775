import { messageOf } from "../../errors.ts";
import { type Incompatibility, incompatibilities } from "./compatibility.ts";
import { type KnownNames, readSchema, type SchemaReading } from "./read-schema.ts";

/** A schema's JSON, or why it is none. */
export type ParsedJson = { readonly json: unknown } | { readonly mistake: string };

/** Parses a schema's text. */
export function parseJson(text: string): ParsedJson {
  try {
    const json: unknown = JSON.parse(text);
    return { json };
  } catch (error) {
    return { mistake: `not JSON: ${messageOf(error)}` };
  }
}

/**
 * Every mistake of a schema, one line each, naming the field; empty where it is valid Avro. `dependencies` are the texts
 * of the schemas that it refers to, each after those that it refers to itself.
 */
export function schemaMistakes(text: string, dependencies: readonly string[] = []): readonly string[] {
  const parsed = parseJson(text);
  if ("mistake" in parsed) return [parsed.mistake];
  const reading = readSchema(parsed.json, namesOf(dependencies));
  return [
    ...reading.problems.map(mistakeLine),
    ...reading.missing.map(({ path, name }) =>
      mistakeLine({
        path,
        text: reading.defined.includes(name)
          ? `${name} is used before its definition: define it where it is used first`
          : `no type is named ${name}: define it, or refer to a schema that does`,
      }),
    ),
  ];
}

/** What keeps readers of the new schema from reading events of the old one, one line each, naming the field. */
export function incompatibleLines(
  reader: { readonly text: string; readonly dependencies: readonly string[] },
  writer: { readonly text: string; readonly dependencies: readonly string[] },
): readonly string[] {
  const [newer, older] = [reader, writer].map(({ text, dependencies }) => read(text, namesOf(dependencies)));
  if (newer === undefined || older === undefined) return [];
  return incompatibilities(newer.node, older.node).map(mistakeLine);
}

/** The named types of schemas, each after those that it refers to. */
function namesOf(texts: readonly string[]): KnownNames {
  let names: KnownNames = new Map();
  for (const text of texts) names = read(text, names)?.names ?? names;
  return names;
}

function read(text: string, known: KnownNames): SchemaReading | undefined {
  const parsed = parseJson(text);
  return "mistake" in parsed ? undefined : readSchema(parsed.json, known);
}

/** A place and what is wrong there, as one line. */
export function mistakeLine({ path, text }: Incompatibility): string {
  return path === "" ? text : `field \`${path}\`: ${text}`;
}
