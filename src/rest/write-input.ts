import { describeValue } from "../catalog/codec/describe.ts";
import { type JsonObject, type Misfit, isObject, pathText } from "./json-input.ts";
import type { FieldParameter, WriteBody } from "./operation.ts";
import type { ProblemPart, RouteParameters } from "./request-parts.ts";
import { textToJson } from "./scalar-text.ts";

/** The input of a write, of the body and of parameters; with parts that don't fit, it is not to be used. */
export interface WriteInput {
  readonly input: JsonObject;
  /** As the client wrote them. */
  readonly parts: readonly ProblemPart[];
}

/** Puts the input of a write together; `body` undefined: there is none, which has no fields. */
export function writeInput({ parameters, read }: WriteBody, body: unknown, given: RouteParameters): WriteInput {
  if (body !== undefined && !isObject(body))
    return { input: {}, parts: [{ pointer: "#", detail: `the body must be an object, not ${describeValue(body)}` }] };
  const twice: ProblemPart[] = [];
  const own = Object.entries(body ?? {}).filter(([key]) => {
    const parameter = parameters.find(({ field }) => field.name === key || field.aliases.includes(key));
    if (parameter !== undefined) twice.push(givenTwice(key, parameter));
    return parameter === undefined;
  });
  const filled = parameters.flatMap(({ in: place, name, field }): [string, unknown][] => {
    const text = Object.hasOwn(given[place], name) ? given[place][name] : undefined;
    return text === undefined ? [] : [[field.name, textToJson(field.type.type.kind, text)]];
  });
  const misfits: Misfit[] = [];
  const input = read(Object.fromEntries([...own, ...filled]), misfits);
  return { input, parts: [...twice, ...misfits.map((misfit) => misfitPart(misfit, parameters))] };
}

/** What of a request doesn't fit, where the client gave it. */
function misfitPart({ path, problem }: Misfit, parameters: readonly FieldParameter[]): ProblemPart {
  const parameter = parameters.find(({ field }) => field.name === path[0]);
  if (parameter === undefined) return { pointer: pointerTo(path), detail: `${pathText(path)} ${problem}` };
  return { parameter: parameter.name, detail: `the ${parameter.in} parameter ${parameter.name} ${problem}` };
}

function givenTwice(key: string, { in: place, name }: FieldParameter): ProblemPart {
  return { pointer: pointerTo([key]), detail: `${key} is given by the ${place} parameter ${name}: leave it out here` };
}

/** A JSON Pointer (RFC 6901), as a fragment. */
function pointerTo(path: Misfit["path"]): string {
  const parts = path.map((part) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1")));
  return `#${parts.map((part) => `/${part}`).join("")}`;
}
