import { messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Membership, MembersOptions } from "../event-log.ts";

type OnChange = MembersOptions["onChange"];

interface Member {
  readonly onChange: OnChange;
  /** What it was told last. */
  told: string;
}

/** The members of groups within this process: one server alone has the data folder. */
export class LocalMembers {
  readonly #logger: Logger;
  readonly #groups = new Map<string, Map<string, Member>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Joins a group. Members are told in a later turn of the event loop. */
  join({ group, onChange }: MembersOptions): Membership {
    const self = crypto.randomUUID();
    const members = this.#groups.get(group) ?? new Map<string, Member>();
    this.#groups.set(group, members);
    members.set(self, { onChange, told: "" });
    setImmediate(() => this.#tell(members));
    return {
      self,
      leave: async () => {
        if (members.delete(self)) setImmediate(() => this.#tell(members));
      },
    };
  }

  /** Nobody is told anything any more. */
  close(): void {
    for (const members of this.#groups.values()) members.clear();
  }

  #tell(members: ReadonlyMap<string, Member>): void {
    const names = [...members.keys()].sort();
    const now = names.join();
    for (const member of members.values()) {
      if (member.told === now) continue;
      member.told = now;
      try {
        member.onChange(names);
      } catch (error) {
        this.#logger.error({ error: messageOf(error) }, "A member of a group failed on hearing who is there.");
      }
    }
  }
}
