import { createServer } from "node:http";
import { type ExecutionArgs, GraphQLError } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { MongoClient } from "mongodb";
import { WebSocketServer } from "ws";
import { z } from "zod";

/** What the process of the plain server is told. */
export interface PlainRun {
  readonly mongoUrl: string;
  readonly database: string;
}

interface Change {
  readonly operation: string;
  readonly id: string;
  readonly cursor: string;
  readonly meter: object | undefined;
}

const Arguments = z.object({ where: z.object({ id: z.object({ eq: z.string() }) }).optional() });

const run: PlainRun = JSON.parse(process.argv[2] ?? "");
const client = await MongoClient.connect(run.mongoUrl);
const pubSub = createPubSub<{ all: [Change]; one: [id: string, change: Change] }>();

const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Meter {
      id: ID!
      name: String!
      city: String!
      at: Float!
    }
    enum Operation {
      INSERT
      UPDATE
      DELETE
    }
    type MeterChange {
      operation: Operation!
      id: ID!
      cursor: String!
      meter: Meter
    }
    input IdFilter {
      eq: ID
    }
    input MeterWhere {
      id: IdFilter
    }
    type Query {
      ok: Boolean
    }
    type Subscription {
      meterChanges(where: MeterWhere): MeterChange!
    }
  `,
  resolvers: {
    Subscription: {
      meterChanges: {
        subscribe: (_root: unknown, given: unknown) => {
          const { where } = Arguments.parse(given);
          return where === undefined ? pubSub.subscribe("all") : pubSub.subscribe("one", where.id.eq);
        },
        resolve: (change: Change) => change,
      },
    },
  },
});

void (async () => {
  for await (const change of client.db(run.database).collection<{ _id: string }>("meters").watch()) {
    if (change.operationType !== "insert" && change.operationType !== "replace") continue;
    const { _id: id } = change.documentKey;
    const operation = change.operationType === "insert" ? "INSERT" : "UPDATE";
    const meter = { id, ...change.fullDocument };
    const published = { operation, id, cursor: JSON.stringify(change._id), meter };
    pubSub.publish("all", published);
    pubSub.publish("one", id, published);
  }
})();

// As Yoga's documentation joins it with graphql-ws.
const yoga = createYoga({ schema, logging: false });
const server = createServer((request, response) => void yoga(request, response));
const sockets = new WebSocketServer({ server, path: "/graphql" });
type Engine = Pick<ReturnType<typeof yoga.getEnveloped>, "execute" | "subscribe">;
const engines = new WeakMap<ExecutionArgs, Engine>();

function engineOf(args: ExecutionArgs): Engine {
  const engine = engines.get(args);
  if (engine === undefined) throw new RangeError("the operation was not prepared");
  return engine;
}

useServer<Record<string, unknown>, Record<string, unknown>>(
  {
    execute: (args) => engineOf(args).execute(args),
    subscribe: (args) => engineOf(args).subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const engine = yoga.getEnveloped({ ...context, params });
      const document = engine.parse(params.query);
      const errors: readonly GraphQLError[] = engine.validate(engine.schema, document);
      if (errors.length > 0) return errors;
      const args = {
        schema: engine.schema,
        document,
        operationName: params.operationName,
        variableValues: params.variables,
        contextValue: await engine.contextFactory(),
      };
      engines.set(args, engine);
      return args;
    },
  },
  sockets,
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(
    `ws://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/graphql\n`,
  );
});
