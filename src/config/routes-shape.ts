import { z } from "zod";
import type { Route } from "../rest/route-config.ts";
import { oneOf, text, whole } from "./parsers.ts";
import { isTree } from "./sources.ts";

const KINDS = "an object with one of command, event, delete and read";

const name = text(/\S/, "a name");
const names = z.array(name, { error: "a list of columns" }).min(1, { error: "at least one column" });
const summary = text(/\S/, "a sentence").optional();
const waiting = {
  columns: names.optional(),
  summary,
  wait: oneOf("NONE", "APPENDED", "DECIDED", "PROJECTED").optional(),
  timeoutMs: whole(0, 3_600_000).optional(),
  status: z.literal([200, 201, 202], { error: "200, 201 or 202" }).optional(),
  rejections: z
    .record(z.string(), whole(400, 599), { error: "statuses from 400 to 599 by the codes of refusals" })
    .optional(),
};
const filled = {
  ...waiting,
  fields: z.record(z.string(), z.string(), { error: 'sources by fields: { team: "{team}" }' }).optional(),
};

/** By the setting that says which kind it is. */
const kinds = {
  read: z.strictObject({ read: name, columns: names.optional(), summary }, unknown("read")),
  command: z.strictObject({ command: name, ...filled }, unknown("command")),
  event: z.strictObject({ event: name, ...filled }, unknown("event")),
  delete: z.strictObject({ delete: name, ...waiting }, unknown("delete")),
};

function unknown(kind: string): {
  error: (issue: { readonly code?: string | undefined; readonly keys?: unknown }) => string;
} {
  return {
    error: ({ code, keys }) =>
      code === "unrecognized_keys" && Array.isArray(keys)
        ? `nothing as ${keys.join(", ")}, which a route with ${kind} doesn't have`
        : KINDS,
  };
}

const isKind = (key: string): key is keyof typeof kinds => Object.hasOwn(kinds, key);

/** A route is checked by its kind, so that what is wrong is said of that alone. */
const route = z.unknown().transform((given, context): Route => {
  const [kind, ...more] = isTree(given) ? Object.keys(given).filter(isKind) : [];
  if (kind === undefined || more.length > 0) {
    context.issues.push({ code: "custom", input: given, message: KINDS });
    return z.NEVER;
  }
  const { success, data, error } = kinds[kind].safeParse(given);
  if (success) return data;
  for (const { path, message } of error.issues) context.issues.push({ code: "custom", input: given, path, message });
  return z.NEVER;
});

/** Each route by itself; how they fit together is told by `parseRoutes`. */
export const routesShape: z.ZodOptional<z.ZodType<Readonly<Record<string, Route>>>> = z
  .record(z.string(), route, { error: 'routes by their methods and paths: { "GET /users/{id}": { read: "User" } }' })
  .optional();
