import { z } from "zod";
import { EventQLError, isEventQLError } from "../../errors.ts";
import type { Comparison, ProjectionAdministration, ProjectionState } from "../../model/builds.ts";
import { type Endpoint, ask } from "../watch/endpoint.ts";
import { endingOf } from "../watch/ending.ts";
import { gatewayError } from "../watch/gateway-error.ts";
import { openSocket } from "../watch/socket.ts";

/** Reads a 64-bit integer as GraphQL has it. */
const count = z.string().transform(Number);

const Progress = z.object({
  applied: count,
  total: count,
  rate: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  joined: z.boolean(),
});

const Status = z.object({
  name: z.string(),
  topics: z.array(z.string()),
  swap: z.enum(["AUTO", "MANUAL"]),
  isFollowed: z.boolean(),
  builds: z.array(
    z.object({
      id: z.string(),
      state: z.enum(["LIVE", "NEXT", "PREVIOUS"]),
      since: z.string(),
      collections: z.array(z.string()),
      progress: Progress.nullable(),
    }),
  ),
});
type Status = z.output<typeof Status>;

const Compared = z.object({
  compared: count,
  comparison: z
    .object({
      equal: count,
      different: count,
      onlyLive: count,
      onlyNext: count,
      samples: z.array(
        z.object({
          collection: z.string(),
          id: z.string(),
          columns: z.array(z.string()),
          only: z.enum(["LIVE", "NEXT"]).nullable(),
        }),
      ),
    })
    .nullable(),
});

const Refusals = z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) }));

const STATUS = `name topics swap isFollowed builds {
  id state since collections progress { applied total rate etaSeconds joined }
}`;

const COMPARE = `subscription ($name: String!, $samples: Int!) { projectionComparison(name: $name, samples: $samples) {
  compared comparison { equal different onlyLive onlyNext samples { collection id columns only } }
} }`;

/** The projections of a running gateway, as its administrators have them. */
export function remoteAdministration(endpoint: Endpoint): ProjectionAdministration {
  const change = async (field: string, name: string, swap?: string): Promise<ProjectionState> => {
    const [parameter, argument] = swap === undefined ? ["", ""] : [", $swap: ProjectionSwap", ", swap: $swap"];
    const query = `mutation ($name: String!${parameter}) { state: ${field}(name: $name${argument}) { ${STATUS} } }`;
    const variables = { name, ...(swap !== undefined && { swap }) };
    return stateOf(z.object({ state: Status }).parse(await ask(endpoint, query, variables)).state);
  };
  return {
    async list() {
      const { projections } = z
        .object({ projections: z.array(Status) })
        .parse(await ask(endpoint, `{ projections { ${STATUS} } }`));
      return projections.map(stateOf);
    },
    rebuild: async (name, { swap } = {}) => await change("rebuildProjection", name, swap?.toUpperCase()),
    swap: async (name) => await change("swapProjection", name),
    restore: async (name) => await change("restoreProjection", name),
    discard: async (name) => await change("discardProjection", name),
    compare: async (name, options) => await compare(endpoint, name, options),
  };
}

async function compare(
  endpoint: Endpoint,
  name: string,
  { samples, signal, onProgress }: Parameters<ProjectionAdministration["compare"]>[1],
): Promise<Comparison> {
  const client = openSocket(endpoint);
  const end = (): void => void client.dispose();
  signal?.addEventListener("abort", end, { once: true });
  try {
    for await (const { data, errors } of client.iterate({ query: COMPARE, variables: { name, samples } })) {
      if (errors !== undefined) throw errors;
      const { compared, comparison } = z.object({ projectionComparison: Compared }).parse(data).projectionComparison;
      onProgress?.(compared);
      if (comparison !== null) return comparisonOf(comparison);
    }
  } catch (error) {
    throw failureOf(error);
  } finally {
    signal?.removeEventListener("abort", end);
    end();
  }
  throw lost();
}

function failureOf(error: unknown): unknown {
  if (isEventQLError(error)) return error;
  const [refusal] = Refusals.safeParse(error).data ?? [];
  if (refusal !== undefined) return gatewayError(refusal.extensions.code, refusal.message);
  const ending = endingOf(error);
  return ending.kind === "refused" ? ending.error : lost();
}

function lost(): EventQLError {
  return new EventQLError("STACK_UNAVAILABLE", "The connection was lost while builds were compared: compare again.");
}

function comparisonOf({ samples, ...counts }: NonNullable<z.output<typeof Compared>["comparison"]>): Comparison {
  const sides = { LIVE: "live", NEXT: "next" } as const;
  return {
    ...counts,
    samples: samples.map(({ only, ...sample }) => ({ ...sample, only: only ? sides[only] : undefined })),
  };
}

function stateOf({ name, topics, swap, isFollowed, builds }: Status): ProjectionState {
  const find = (state: Status["builds"][number]["state"]): Status["builds"][number] | undefined =>
    builds.find((build) => build.state === state);
  const [live, next, previous] = [find("LIVE"), find("NEXT"), find("PREVIOUS")];
  if (live === undefined) throw new EventQLError("INTERNAL", `The gateway tells of no live build of ${name}.`);
  const buildOf = ({ id, since, collections }: Status["builds"][number]): ProjectionState["builds"]["live"] => ({
    id,
    projection: name,
    suffix: "",
    definition: "",
    topics,
    collections,
    since: new Date(since),
  });
  return {
    builds: {
      name,
      base: name,
      topics,
      live: buildOf(live),
      next: next && buildOf(next),
      previous: previous && buildOf(previous),
      swap: swap === "AUTO" ? "auto" : "manual",
      revision: 0,
    },
    live: progressOf(live),
    next: next && progressOf(next),
    isFollowed,
  };
}

function progressOf({ progress }: Status["builds"][number]): ProjectionState["live"] {
  const { applied = 0, total = 0, rate = null, etaSeconds = null, joined = false } = progress ?? {};
  return { applied, total, rate: rate ?? undefined, etaSeconds: etaSeconds ?? undefined, joined };
}
