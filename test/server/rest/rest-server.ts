import { onTestFinished } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { buildValidSchema } from "../../../src/graphql/build-valid-schema.ts";
import { consistentWithPlugin } from "../../../src/graphql/consistency/plugin.ts";
import { createContext } from "../../../src/graphql/context.ts";
import { createMaskError } from "../../../src/graphql/errors.ts";
import { compileRoutes } from "../../../src/rest/compile-routes.ts";
import { openApiOf } from "../../../src/rest/openapi.ts";
import type { CompiledRoute } from "../../../src/rest/operation.ts";
import type { Routes } from "../../../src/rest/route-config.ts";
import { parseRoutes } from "../../../src/rest/route-spec.ts";
import type { JsonSchema } from "../../../src/rest/scalar-schema.ts";
import type { AuthConfig } from "../../../src/security/auth-config.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { type Harness, type HarnessOptions, openHarness } from "../../graphql/harness.ts";
import { type TinyOptions, startTiny } from "../tiny-server.ts";

/** What a test decides of a server with routes. */
export interface RestServerOptions extends HarnessOptions {
  readonly server?: TinyOptions;
  readonly auth?: AuthConfig;
  /** The catalog of later requests; default: that of the start. */
  readonly later?: () => Catalog;
}

/** A server with routes, over an API that the test plays. */
export interface RestServer {
  readonly api: Harness;
  readonly url: string;
  /** Sends a request; a body that is no text is sent as JSON. */
  readonly send: (on: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  readonly openApi: () => Promise<JsonSchema>;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined: it is none. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Starts a server on a free port; it stops after the test. */
export async function startRest(
  catalog: Catalog,
  routes: Routes,
  { server = {}, auth, later, ...options }: RestServerOptions = {},
): Promise<RestServer> {
  const api = await openHarness(catalog, options);
  onTestFinished(async () => await api.close());
  const { services } = api;
  const maskError = createMaskError(services.logger);
  const known = new Map<Catalog, { schema: ReturnType<typeof buildValidSchema>; routes: readonly CompiledRoute[] }>();
  const current = (): Catalog => later?.() ?? catalog;
  const built = () => {
    const now = current();
    const schema = known.get(now)?.schema ?? buildValidSchema({ ...services, catalog: now });
    const introspection = server.introspection ?? true;
    const found = known.get(now) ?? {
      schema,
      routes: compileRoutes(specsOf(routes), { catalog: now, schema, introspection }),
    };
    known.set(now, found);
    return found;
  };
  const url = await startTiny({
    limits: { depth: 3, tokens: 50, aliases: 1, bodyBytes: 5_000, ...server.limits },
    schema: () => built().schema,
    createContext: (caller) => createContext({ ...services, catalog: current() }, caller),
    plugins: [consistentWithPlugin(maskError)],
    maskError,
    logger: silentLogger,
    rest: {
      specs: specsOf(routes),
      served: () => ({
        byName: new Map(built().routes.map((route) => [route.spec.on, route])),
        openApi: () => openApiOf(built().routes, { generation: current().generation, auth }),
      }),
    },
    ...withoutLimits(server),
  });
  const send: RestServer["send"] = async (on, body, headers = {}) => {
    const [method = "", target = ""] = on.split(" ");
    const type = body === undefined && method !== "POST" ? {} : { "content-type": "application/json" };
    const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(`${url}${target}`, {
      method,
      headers: { ...type, ...headers },
      ...(text !== undefined && { body: text }),
    });
    return await answerOf(response);
  };
  return {
    api,
    url,
    send,
    openApi: async () => (await send("GET /openapi.json")).body ?? {},
  };
}

function withoutLimits({ limits: _limits, ...options }: TinyOptions): TinyOptions {
  return options;
}

function specsOf(routes: Routes): ReturnType<typeof parseRoutes>["specs"] {
  const { specs, problems } = parseRoutes({ ...routes });
  if (problems.length > 0) throw new TypeError(JSON.stringify(problems));
  return specs;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "") && text !== "";
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
