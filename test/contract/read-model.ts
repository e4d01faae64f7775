import { afterAll, beforeAll, describe } from "vitest";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { changeHistoryContract } from "./read-model-change-history.ts";
import { changesContract } from "./read-model-changes.ts";
import { commitContract } from "./read-model-commit.ts";
import { expiryContract } from "./read-model-expiry.ts";
import { groupContract } from "./read-model-groups.ts";
import { queryContract } from "./read-model-query.ts";
import { scanContract } from "./read-model-scan.ts";
import { togetherContract } from "./read-model-together.ts";
import { valueContract } from "./read-model-values.ts";
import { watchContract } from "./read-model-watch.ts";

/** A store that a suite has to itself. */
export interface ReadModelStore {
  /** A read model on the store; the suite closes none of them. */
  readonly model: ReadModel;
  /** Another one on the same store, as another process would have it; or why there can't be one. */
  readonly other: ReadModel | { readonly skipped: string };
  /** Closes what was opened and removes the store. */
  readonly dispose: () => Promise<void>;
}

/** Gives the suite's store, from within a test. */
export type StoreOf = () => ReadModelStore;

/** What every read model must do, whatever keeps its documents. */
export function readModelContract(name: string, open: () => Promise<ReadModelStore>): void {
  describe(`the read model on ${name}`, () => {
    let store: ReadModelStore | undefined;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(async () => store?.dispose());
    const storeOf: StoreOf = () => {
      if (store === undefined) throw new TypeError("the store isn't open yet");
      return store;
    };
    valueContract(storeOf);
    commitContract(storeOf);
    togetherContract(storeOf);
    queryContract(storeOf);
    groupContract(storeOf);
    scanContract(storeOf);
    watchContract(storeOf);
    changesContract(storeOf);
    changeHistoryContract(storeOf);
    expiryContract(storeOf);
  });
}
