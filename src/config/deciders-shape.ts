import { z } from "zod";
import type { Decider } from "../model/decider.ts";
import { isTree } from "./sources.ts";

const DECIDERS = 'a list of deciders: [decider({ aggregate: "User", topic: "users", … })]';

const isRules = (value: unknown): boolean =>
  isTree(value) && Object.values(value).every((rule) => typeof rule === "function");

const isDecider = (value: unknown): value is Decider =>
  isTree(value) &&
  typeof value["aggregate"] === "string" &&
  typeof value["topic"] === "string" &&
  typeof value["version"] === "number" &&
  typeof value["eventMutations"] === "boolean" &&
  isTree(value["initial"]) &&
  isRules(value["decide"]) &&
  (value["evolve"] === undefined || isRules(value["evolve"]));

/** The setting `aggregates`. */
export const decidersShape: z.ZodType<readonly Decider[] | undefined> = z
  .array(z.custom<Decider>(isDecider, { error: DECIDERS }), { error: DECIDERS })
  .optional();
