import { expect, it } from "vitest";
import type { Catalog } from "../../src/catalog/types.ts";
import type { RouteProblem } from "../../src/rest/route-spec.ts";
import { watchRoutes } from "../../src/runtime/rest.ts";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";
import { catalogOf } from "../graphql/sketch.ts";

const PROBLEM: RouteProblem = {
  on: "POST /a",
  problem: "names an event A, which there isn't",
  remedy: "There are none",
};

function recorder(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const line =
    (level: string): Logger["info"] =>
    (_fields: unknown, message?: string) =>
      void lines.push(`${level} ${message ?? ""}`);
  return { logger: { ...silentLogger, error: line("error"), info: line("info") }, lines };
}

it("refuses to start with routes that don't fit", () => {
  const { logger } = recorder();
  const watch = (): unknown => watchRoutes(() => ({ problems: [PROBLEM, PROBLEM] }), catalogOf(), logger);
  expect(watch).toThrow(
    expect.objectContaining({
      code: "CATALOG_INVALID",
      message: expect.stringContaining('2 places are wrong.\n- routes: "POST /a" names an event A'),
    }),
  );
});

it("logs what later catalogs break once, and once what they mend", () => {
  const { logger, lines } = recorder();
  const [first, broken, still, mended] = [catalogOf(), catalogOf(), catalogOf(), catalogOf()];
  const update = watchRoutes(
    (catalog: Catalog) => ({ problems: catalog === broken || catalog === still ? [PROBLEM] : [] }),
    first,
    logger,
  );
  for (const catalog of [broken, still, mended, mended]) update(catalog);
  expect(lines).toEqual(["error a route can't be served by the schemas of now", "info a problem of a route is mended"]);
});
