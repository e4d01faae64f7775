import { z } from "zod";
import type { Projection } from "../model/projection.ts";
import type { Flow } from "../model/stream.ts";
import { isTree } from "./sources.ts";

const PROJECTIONS = 'a list of projections: [projection({ name: "OrderSummary", from: ["orders"], … })]';
const STREAMS = 'a list of streams, each with an end: [stream("orders").filter(…).to("big-orders")]';

const isNamed = (value: unknown): value is Record<string, unknown> =>
  isTree(value) && typeof value["name"] === "string" && Array.isArray(value["from"]);

const isProjection = (value: unknown): value is Projection =>
  isNamed(value) && value["kind"] === "projection" && isTree(value["columns"]) && isTree(value["evolve"]);

const isFlow = (value: unknown): value is Flow =>
  isProjection(value) || (isNamed(value) && value["kind"] === "stream" && isTree(value["sink"]));

/** The setting `projections`. */
export const projectionsShape: z.ZodType<readonly Projection[] | undefined> = z
  .array(z.custom<Projection>(isProjection, { error: PROJECTIONS }), { error: PROJECTIONS })
  .optional();

/** The setting `streams`. */
export const streamsShape: z.ZodType<readonly Flow[] | undefined> = z
  .array(z.custom<Flow>(isFlow, { error: STREAMS }), { error: STREAMS })
  .optional();
