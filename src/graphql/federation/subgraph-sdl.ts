import {
  type ConstDirectiveNode,
  GraphQLOneOfDirective,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  parseConstValue,
  print,
  visit,
} from "graphql";
import { administrationFields } from "../administration-fields.ts";
import { printSdl } from "../print-schema.ts";
import { defaultLimits } from "../services.ts";
import { documentAggregate } from "../types/document-aggregate.ts";

/** The oldest version that has what is used here: the more gateways understand it. */
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable"])`;

/** What each subgraph has of its own, by root type: a gateway asks for none of it. */
function ownFields(): Readonly<Record<string, ReadonlySet<string>>> {
  const { queries, mutations, subscriptions } = administrationFields(defaultLimits);
  return {
    Query: new Set(["_generation", ...Object.keys(queries)]),
    Mutation: new Set(Object.keys(mutations)),
    Subscription: new Set(Object.keys(subscriptions)),
  };
}

/**
 * An API as the SDL of an Apollo Federation 2 subgraph. The type of each aggregate's documents is an entity with the key
 * `id`. All other objects are shareable: they are values, and the same in whatever subgraph is made of the same schemas.
 */
export function subgraphSdl(api: GraphQLSchema): string {
  const own = ownFields();
  const document = visit(parse(printSdl(api), { noLocation: true }), {
    ObjectTypeDefinition: (node) => {
      const ours = own[node.name.value];
      return ours === undefined ? withDirective(node, api) : withoutOwn(node, ours);
    },
    // Composition knows no such directive. What it demands is checked here all the same.
    Directive: (node) => (node.name.value === GraphQLOneOfDirective.name ? null : undefined),
  });
  return `${LINK}\n\n${print(document)}\n`;
}

function withDirective(node: ObjectTypeDefinitionNode, api: GraphQLSchema): ObjectTypeDefinitionNode {
  const isEntity = documentAggregate(api.getType(node.name.value)) !== undefined;
  return { ...node, directives: [...(node.directives ?? []), isEntity ? KEY : SHAREABLE] };
}

/** A type must have fields: where there are no others they stay. */
function withoutOwn(node: ObjectTypeDefinitionNode, own: ReadonlySet<string>): ObjectTypeDefinitionNode {
  const fields = (node.fields ?? []).filter(({ name }) => !own.has(name.value));
  return fields.length === 0 ? node : { ...node, fields };
}

const SHAREABLE: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: "shareable" } };

const KEY: ConstDirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: "key" },
  arguments: [
    {
      kind: Kind.ARGUMENT,
      name: { kind: Kind.NAME, value: "fields" },
      value: parseConstValue('"id"', { noLocation: true }),
    },
  ],
};
