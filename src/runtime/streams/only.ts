import { didYouMean } from "../../catalog/problems.ts";
import type { Config } from "../../config.ts";
import { EventQLError } from "../../errors.ts";
import type { Flow, Stream } from "../../model/stream.ts";

/** What a process runs that is told to run some projections and streams alone: those, and nothing else. */
export function narrowed<
  Given extends Pick<Config, "only" | "roles" | "sample" | "projections" | "streams" | "sources">,
>(config: Given): Given {
  const { only, sources } = config;
  if (only === undefined) return config;
  const known = [...(config.projections ?? []), ...(config.streams ?? [])].map(({ name }) => name);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length === 0) return { ...config, roles: ["projector"], sample: false };
  const setting = sources["only"] ?? "only";
  const problems = unknown.map((name) => {
    const advice = didYouMean(name, known);
    return `${setting} names ${name}, which is no projection or stream. ${advice}${advice.endsWith("?") ? "" : "."}`;
  });
  throw new EventQLError("CONFIG_INVALID", problems.join("\n"), { details: { problems } });
}

/** The streams without state that the configuration has this process run. */
export function wantedStreams({ streams = [], only }: Pick<Config, "streams" | "only">): readonly Stream[] {
  return streams.filter(isStream).filter(({ name }) => only?.includes(name) ?? true);
}

function isStream(flow: Flow): flow is Stream {
  return flow.kind === "stream";
}
