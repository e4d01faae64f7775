import {
  type GraphQLNamedType,
  type GraphQLSchema,
  TypeInfo,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  parse,
  visit,
  visitWithTypeInfo,
} from "graphql";

/** Types that tell nothing but where something comes from that one may see. */
const HARMLESS = new Set(["DocumentMeta", "EventMeta", "EventInvalidation"]);

/** What who appends is told of it, and where an event comes from. */
const HARMLESS_FIELDS = /Payload\.(?:id|receipt|commandId|version|topic|transaction)$|\._meta$/;

/** What goes with what is looked at: when and where it is. */
const HARMLESS_DETAILS =
  /^(?:CommandOutcome\.(?:topic|receipt|decidedAt|transaction|version)|(?:DecidedEvent|SurfaceEntry)\.(?:version|updatedAt))$/;

/** How long to wait, and what a command is called. */
const HARMLESS_ARGUMENTS = /\((?:wait|timeoutMs|commandId)\)$/;

/** Of the aggregate with rules, what is read goes through the doors of the others: those of its commands are its own. */
const AS_OF_OTHERS = /^Tally(?!MovedPayload)|^(?:Query|Subscription)\.tall(?:y|ies)/;
const HARMLESS_WAYS = [HARMLESS_FIELDS, HARMLESS_DETAILS, HARMLESS_ARGUMENTS, AS_OF_OTHERS];

/**
 * Everything in a schema by which something can be learned: the fields of all objects, their arguments, and what the
 * inputs and enums of aggregates name.
 */
export function waysOf(schema: GraphQLSchema): ReadonlySet<string> {
  const ways = Object.values(schema.getTypeMap()).flatMap(waysOfType);
  return new Set(ways.filter((way) => !HARMLESS_WAYS.some((harmless) => harmless.test(way))));
}

function waysOfType(type: GraphQLNamedType): readonly string[] {
  const { name } = type;
  if (name.startsWith("__") || HARMLESS.has(name)) return [];
  if (isEnumType(type)) return isColumns(name) ? type.getValues().map((value) => `${name}.${value.name}`) : [];
  if (isInputObjectType(type))
    return isOfAggregate(name) ? Object.keys(type.getFields()).map((field) => `${name}.${field}`) : [];
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    `${name}.${field.name}`,
    ...field.args.map((arg) => `${name}.${field.name}(${arg.name})`),
  ]);
}

/** The inputs that find documents and groups; those of events are no way to learn anything. */
function isOfAggregate(name: string): boolean {
  return (/^(?:User|Account)/.test(name) && !name.endsWith("Input")) || name === "AsOf";
}

function isColumns(name: string): boolean {
  return /^(?:User|Account)Column$/.test(name);
}

/** What operations use of a schema, told as {@link waysOf} tells it. */
export function waysUsed(schema: GraphQLSchema, operations: readonly string[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const operation of operations) collect(schema, operation, used);
  return used;
}

function collect(schema: GraphQLSchema, operation: string, used: Set<string>): void {
  const types = new TypeInfo(schema);
  const field = (): string => `${types.getParentType()?.name}.${types.getFieldDef()?.name}`;
  const visitor = {
    Field: (): void => void used.add(field()),
    Argument: (): void => void used.add(`${field()}(${types.getArgument()?.name})`),
    ObjectField: ({ name }: { readonly name: { readonly value: string } }): void => {
      const input = getNamedType(types.getParentInputType());
      if (input) used.add(`${input.name}.${name.value}`);
    },
    EnumValue: ({ value }: { readonly value: string }): void => {
      const type = getNamedType(types.getInputType());
      if (type) used.add(`${type.name}.${value}`);
    },
  };
  visit(parse(operation), visitWithTypeInfo(types, visitor));
}
