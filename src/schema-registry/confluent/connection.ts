import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
// The package's main file loads every encryption driver too: five times the time and 55 MB more.
import { RestService } from "@confluentinc/schemaregistry/dist/rest-service.js";
import { SchemaRegistryClient } from "@confluentinc/schemaregistry/dist/schemaregistry-client.js";
import { EventQLError } from "../../errors.ts";

/** Requests that may be under way at once. */
export const MAX_SOCKETS = 16;

/** How to reach a registry. */
export interface Connection {
  /** The addresses, without credentials: fit for messages and logs. */
  readonly address: string;
  /** A client that has seen nothing yet. */
  client(): SchemaRegistryClient;
  /** Gets what a path of the API has, for what the client has no function for. */
  get(path: string): Promise<unknown>;
  close(): void;
}

/**
 * Reads the registry's URL (or several, separated by commas), taking the credentials out of it. Each client is new, since
 * a client's caches never expire and its locks let one request of a kind through at a time; the sockets are shared.
 * @throws EventQLError `CONFIG_INVALID` for what is no http or https URL.
 */
export function connect(url: string, timeoutMs: number): Connection {
  const urls = url.split(",").map((part) => parse(part.trim()));
  const [credentials] = urls.flatMap(({ username, password }) =>
    username === "" && password === "" ? [] : [`${decodeURIComponent(username)}:${decodeURIComponent(password)}`],
  );
  const baseURLs = urls.map(withoutCredentials);
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const createAxiosDefaults = { timeout: timeoutMs, httpAgent, httpsAgent };
  const basicAuthCredentials =
    credentials === undefined ? undefined : { credentialsSource: "USER_INFO" as const, userInfo: credentials };
  const rest = new RestService(baseURLs, false, createAxiosDefaults, basicAuthCredentials, undefined, 0);
  return {
    address: baseURLs.join(", "),
    client: () =>
      new SchemaRegistryClient({
        baseURLs,
        maxRetries: 0,
        createAxiosDefaults,
        ...(basicAuthCredentials === undefined ? {} : { basicAuthCredentials }),
      }),
    get: async (path) => (await rest.handleRequest<unknown>(path, "GET")).data,
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed !== null && ["http:", "https:"].includes(parsed.protocol)) return parsed;
  throw new EventQLError(
    "CONFIG_INVALID",
    "SCHEMA_REGISTRY_URL is not an http or https URL, such as http://127.0.0.1:8081 (special characters of a password percent-encoded).",
  );
}

function withoutCredentials(url: URL): string {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  return plain.href.replace(/\/+$/, "");
}
