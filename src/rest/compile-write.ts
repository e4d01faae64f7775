import type { GraphQLField, GraphQLSchema } from "graphql";
import { didYouMean } from "../catalog/problems.ts";
import type { RecordField, ValueType } from "../catalog/types.ts";
import type { AggregatePlan } from "../graphql/plan.ts";
import { type Report, documentView } from "./document-view.ts";
import type { FieldParameter, WriteBody, WriteOperation } from "./operation.ts";
import type { WriteRoute } from "./route-config.ts";
import { type RouteParts, aggregateOf } from "./route-parts.ts";
import { type FieldSource, KEY_PARAMETER, type RouteSpec, fieldSource } from "./route-spec.ts";

/** A route that writes. */
type WriteSpec = RouteSpec & { readonly route: WriteRoute };

/** What a route writes, with the names of its mutation. */
interface Written {
  readonly plan: AggregatePlan;
  readonly writes: WriteOperation["writes"];
  readonly mutation: string;
  /** Undefined: it takes no input. */
  readonly fields: readonly RecordField[] | undefined;
  /** The field of the payload with the document; undefined: it has none. */
  readonly documentField: string | undefined;
}

/** Compiles a route that writes; undefined: it names what there isn't, which is reported. */
export function compileWrite(spec: WriteSpec, parts: RouteParts, report: Report): WriteOperation | undefined {
  const { route, parameters } = spec;
  const written = writtenBy(route, parts, report);
  if (written === undefined) return undefined;
  const { plan, documentField } = written;
  const mutation = mutationField(parts.schema, written.mutation);
  if (mutation === undefined) return undefined;
  const wait = route.wait ?? "NONE";
  const showsDocument = wait === "PROJECTED" && documentField !== undefined;
  if (route.columns !== undefined && !showsDocument)
    report("answers with columns, but waits for no document", 'Set wait to "PROJECTED", or remove columns');
  const hasKey = parameters.includes(KEY_PARAMETER);
  return {
    kind: "write",
    writes: written.writes,
    body: written.fields && bodyOf(spec, written.fields, parts, report),
    isOwned: mutation.args.some(({ name }) => name === "commandId"),
    wait,
    timeoutMs: route.timeoutMs,
    status: route.status ?? (wait === "NONE" ? 202 : hasKey ? 200 : 201),
    rejections: { NOT_FOUND: 404, ...route.rejections },
    view: showsDocument ? documentView(plan, parts.plan, route.columns, report) : undefined,
    location: (id) => parts.pathOf(plan.aggregate.name)?.replace(`{${KEY_PARAMETER}}`, () => encodeURIComponent(id)),
    document: (selection) => mutationText(mutation, route.timeoutMs, documentField, selection),
  };
}

function writtenBy(route: WriteRoute, parts: RouteParts, report: Report): Written | undefined {
  if ("command" in route) return commandOf(route.command, parts, report);
  if ("event" in route) return eventOf(route.event, parts, report);
  const plan = aggregateOf(route.delete, parts, report);
  if (plan === undefined) return undefined;
  const { tombstone, aggregate } = plan;
  if (aggregate.projected !== undefined) {
    report(`deletes ${aggregate.name}, which a projection makes`, "Route an event that the projection folds");
    return undefined;
  }
  if (tombstone === undefined) {
    report(`deletes ${aggregate.name}, which is changed by its commands alone`, "Route a command that deletes it");
    return undefined;
  }
  const writes = { kind: "delete", name: aggregate.name, doc: aggregate.doc } as const;
  return { plan, writes, mutation: tombstone.mutation, fields: undefined, documentField: undefined };
}

function commandOf(name: string, { plan, catalog }: RouteParts, report: Report): Written | undefined {
  const all = plan.aggregates.flatMap((each) => each.commands.map((command) => ({ plan: each, command })));
  const found = all.find(({ command: { commandType } }) => [commandType.name, commandType.fullName].includes(name));
  if (found === undefined) {
    const isRuleless = catalog.commands.some((type) => [type.name, type.fullName].includes(name));
    const problem = `names a command ${name}, ${isRuleless ? "for which no decider has a rule" : "which there isn't"}`;
    const names = all.map(({ command }) => command.commandType.name);
    report(problem, isRuleless ? "Give the aggregate's decider a rule for it" : didYouMean(name, names));
    return undefined;
  }
  const { mutation, documentField, commandType } = found.command;
  const { record } = commandType;
  const writes = { kind: "command", name: commandType.name, doc: record.doc } as const;
  return { plan: found.plan, writes, mutation, fields: record.fields, documentField };
}

function eventOf(name: string, { plan, catalog }: RouteParts, report: Report): Written | undefined {
  const all = plan.aggregates.flatMap((each) => each.events.map((event) => ({ plan: each, event })));
  const found = all.find(({ event: { eventType } }) => [eventType.name, eventType.fullName].includes(name));
  if (found === undefined) {
    const types = catalog.aggregates.flatMap(({ eventTypes }) => eventTypes);
    const isDecided = types.some((type) => [type.name, type.fullName].includes(name));
    const problem = `names an event ${name}, ${isDecided ? "which the aggregate's rules alone append" : "which there isn't"}`;
    const names = all.map(({ event }) => event.eventType.name);
    report(problem, isDecided ? "Route a command, or set eventMutations in the decider" : didYouMean(name, names));
    return undefined;
  }
  const { mutation, documentField, fields, eventType } = found.event;
  const writes = { kind: "event", name: eventType.name, doc: eventType.record.doc } as const;
  return { plan: found.plan, writes, mutation, fields, documentField };
}

/** Divides the fields among the body and the parameters that fill some. */
function bodyOf(
  { route, parameters }: WriteSpec,
  fields: readonly RecordField[],
  parts: RouteParts,
  report: Report,
): WriteBody {
  const named = "fields" in route ? Object.entries(route.fields ?? {}) : [];
  const sources = named.flatMap(([field, text]): [string, FieldSource][] => {
    const source = fieldSource(text);
    return source === undefined ? [] : [[field, source]];
  });
  const used = new Set(sources.flatMap(([, source]) => (source.in === "path" ? [source.name] : [])));
  const others = parameters.filter((name) => name !== KEY_PARAMETER && !used.has(name));
  const all = new Map<string, FieldSource>([
    ...others.map((name): [string, FieldSource] => [name, { in: "path", name }]),
    ...sources,
  ]);
  const filled = [...all].flatMap(([name, source]): FieldParameter[] => {
    const field = fields.find((each) => each.name === name);
    const braced = source.in === "path" ? `{${source.name}}` : `{?${source.name}}`;
    if (field === undefined)
      report(
        `fills ${name} from ${braced}, but there is no such field`,
        didYouMean(
          name,
          fields.map((each) => each.name),
        ),
      );
    else if (!isPlain(field.type.type))
      report(`fills ${name} from ${braced}, but it is no plain value`, "Send it in the body");
    return field === undefined ? [] : [{ ...source, field }];
  });
  const taken = new Set(filled.map(({ field }) => field));
  return { fields: fields.filter((field) => !taken.has(field)), parameters: filled, read: parts.reader(fields) };
}

function isPlain({ kind }: ValueType): boolean {
  return !["record", "array", "map", "union", "null"].includes(kind);
}

type MutationField = GraphQLField<unknown, unknown>;

function mutationField(schema: GraphQLSchema, name: string): MutationField | undefined {
  return schema.getMutationType()?.getFields()[name];
}

/** The variables that a mutation may take. */
const VARIABLES: ReadonlySet<string> = new Set(["id", "input", "commandId", "ifVersion", "wait"]);

/** What is answered of a write besides the document. */
const RESULT_FIELDS = ["id", "commandId", "receipt", "status", "version"];

function mutationText(
  { name, args, type }: MutationField,
  timeoutMs: number | undefined,
  documentField: string | undefined,
  selection: string | undefined,
): string {
  const taken = args.filter((argument) => VARIABLES.has(argument.name));
  const variables = taken.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(", ");
  const given = taken.map((argument) => `${argument.name}: $${argument.name}`);
  if (timeoutMs !== undefined) given.push(`timeoutMs: ${timeoutMs}`);
  const payload = fieldsOf(type);
  const fields = RESULT_FIELDS.filter((field) => payload.has(field));
  if (payload.has("rejection")) fields.push("rejection { code message currentVersion }");
  if (documentField !== undefined && selection !== undefined) fields.push(`document: ${documentField} ${selection}`);
  return `mutation(${variables}) { result: ${name}(${given.join(", ")}) { ${fields.join(" ")} } }`;
}

function fieldsOf(type: MutationField["type"]): ReadonlySet<string> {
  const named = "ofType" in type ? type.ofType : type;
  return new Set("getFields" in named ? Object.keys(named.getFields()) : []);
}
