import { describe, inject } from "vitest";

/** Addresses of the real servers that the tests may use. */
export interface RealStack {
  readonly brokers: string;
  readonly registryUrl: string;
  readonly mongoUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    realStack: RealStack | { readonly unavailable: string };
  }
}

const provided = inject("realStack");

/** The real servers. Call it inside {@link describeReal} only. */
export function realStack(): RealStack {
  if ("unavailable" in provided) throw new TypeError(`no real servers: ${provided.unavailable}`);
  return provided;
}

/** A suite that needs the real servers; where they are missing it is left out, and its title says why. */
export function describeReal(title: string, suite: () => void): void {
  if ("unavailable" in provided) describe.skip(`${title} (left out: ${provided.unavailable})`, suite);
  else describe(title, suite);
}

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
