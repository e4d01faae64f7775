import { auditServer } from "graphql-http";

/** What of the specification a server doesn't meet. */
export interface Unmet {
  /** How many audits there were. */
  readonly audits: number;
  readonly must: readonly string[];
  readonly should: readonly string[];
  readonly may: readonly string[];
}

/** Runs the audits of GraphQL over HTTP that belong to its reference implementation. */
export async function unmetAudits(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Unmet> {
  const results = await auditServer({
    url: `${url}/graphql`,
    fetchFn: async (address: string, init: RequestInit = {}) => {
      const all = new Headers(init.headers);
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      return await fetch(address, { ...init, headers: all });
    },
  });
  const of = (status: string): string[] =>
    results.flatMap((result) =>
      result.status === status && "reason" in result ? `${result.id} ${result.name}: ${result.reason}` : [],
    );
  return { audits: results.length, must: of("error"), should: of("warn"), may: of("notice") };
}
