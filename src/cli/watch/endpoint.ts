import { z } from "zod";
import { EventQLError, messageOf } from "../../errors.ts";
import { gatewayError } from "./gateway-error.ts";

/** A running gateway, and what is presented to it. */
export interface Endpoint {
  /** `http://localhost:4000/graphql`. */
  readonly url: string;
  /** `authorization` or `x-api-key`, or none. */
  readonly credentials: Readonly<Record<string, string>>;
}

const Answer = z
  .object({
    data: z.unknown().optional(),
    errors: z
      .array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }).optional() }))
      .optional(),
  })
  .refine(({ data, errors }) => (data ?? errors) !== undefined);

const CREDENTIALS = "give them as EVENTQL_TOKEN or EVENTQL_API_KEY in the environment.";

/**
 * The gateway that a command is to call: by its flag or variable, else the default one of this machine.
 * @throws EventQLError `BAD_USER_INPUT`.
 */
export function endpointOf(flag: unknown, env: Readonly<Record<string, string | undefined>>): Endpoint {
  const given = typeof flag === "string" ? flag : (env["EVENTQL_URL"] ?? "http://localhost:4000/graphql");
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new EventQLError("BAD_USER_INPUT", `--url is ${given}: give one such as http://localhost:4000/graphql.`);
  }
  const url = new URL(given);
  if (url.username + url.password !== "")
    throw new EventQLError("BAD_USER_INPUT", `--url has credentials in it, for all to see: ${CREDENTIALS}`);
  if (url.pathname === "/") url.pathname = "/graphql";
  const { EVENTQL_TOKEN: token, EVENTQL_API_KEY: apiKey } = env;
  const bearer = token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` };
  return { url: url.href, credentials: apiKey === undefined || apiKey === "" ? bearer : { "x-api-key": apiKey } };
}

/**
 * Asks a gateway, and returns the answer's data.
 * @throws EventQLError `STACK_UNAVAILABLE` where none answers, else as the gateway says.
 */
export async function ask({ url, credentials }: Endpoint, query: string, variables: object = {}): Promise<unknown> {
  const answer = await send(url, credentials, { query, variables });
  const [error] = answer.errors ?? [];
  if (error === undefined) return answer.data;
  throw gatewayError(error.extensions?.code, error.message);
}

async function send(url: string, credentials: Endpoint["credentials"], asked: object): Promise<z.infer<typeof Answer>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...credentials },
      body: JSON.stringify(asked),
    });
    return Answer.parse(await response.json());
  } catch (error) {
    const message = `No EventQL answers at ${url}: start it with npm start, or name another with --url.`;
    throw new EventQLError("STACK_UNAVAILABLE", message, { cause: messageOf(error) });
  }
}
