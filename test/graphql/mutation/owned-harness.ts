import { onTestFinished } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { FakeCommands } from "../fake-commands.ts";
import { type Harness, type HarnessOptions, openHarness } from "../harness.ts";
import { calculator } from "../owned-catalogs.ts";

/** An API whose commands the test decides on. */
export interface OwnedHarness extends Harness {
  readonly commands: FakeCommands;
}

/** Opens an API until the test ends. */
export async function openOwned(options: HarnessOptions = {}, catalog: Catalog = calculator): Promise<OwnedHarness> {
  const commands = options.commands ?? new FakeCommands();
  const api = await openHarness(catalog, { ...options, commands });
  onTestFinished(() => api.close());
  return { ...api, commands };
}

/** An event that a command led to, and its place. */
export const CREATED = { id: "a", type: "calculator.ValueCreated", partition: 1, offset: 7 } as const;
export const AT = { topic: "values", partition: 1, offset: 7 } as const;

/** Sends a command, and selects all but its events. */
export const CREATE: string = `mutation ($id: ID, $commandId: ID, $ifVersion: ExpectedVersion, $wait: Wait, $timeoutMs: Int, $dry: Boolean) {
  createValue(
    id: $id, input: { value: 2 }, commandId: $commandId, ifVersion: $ifVersion, wait: $wait, timeoutMs: $timeoutMs, dryRun: $dry
  ) { id commandId receipt status version rejection { code message currentVersion } value { id value } }
}`;

/** Sends it, and selects its events. */
export const SHOWN: string = `mutation ($wait: Wait, $dry: Boolean) {
  createValue(id: "a", input: { value: 2 }, wait: $wait, dryRun: $dry) {
    status events { __typename ... on ValueCreated { id value _meta { offset cursor } } ... on ValueAdded { by } }
  }
}`;
