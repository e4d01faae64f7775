import type { TopicPartition } from "../../model/position.ts";
import type { OwnerServices } from "../owner-services.ts";

/** The partition that builds are made beside of, in its owner's hands. */
export interface ShadowHost {
  readonly of: TopicPartition;
  readonly services: OwnerServices;
  /** Where it stands; undefined: that isn't known just now. */
  position(): number | undefined;
  /** Runs while no batch is under way. */
  turn<T>(work: () => Promise<T>): Promise<T>;
}
