import { type ErrorCode, EventQLError } from "../errors.ts";
import type { Landing } from "./locate.ts";
import type { MigrationProblem } from "./plan.ts";

/** A topic that isn't in the new log. */
export function topicMissing(topic: string): MigrationProblem {
  return {
    code: "TOPIC_NOT_FOUND",
    of: topic,
    message: "the new cluster has no such topic",
    remedy: "mirror it under the same name",
  };
}

/** A topic whose keys would be on other partitions. */
export function partitionsDiffer(topic: string, before: number, now: number): MigrationProblem {
  return {
    code: "PARTITION_MISMATCH",
    of: topic,
    message: `it had ${before} partitions and has ${now} in the new cluster, so that its keys are on others`,
    remedy: `make the mirrored topic with ${before} partitions, or start on another database`,
  };
}

/** A position that no projection that moves stands at. */
export function positionUnknown(of: string): MigrationProblem {
  return {
    code: "NOT_READY",
    of,
    message: "no build stands where its outputs are decided up to",
    remedy: "let a rebuild end, or discard it, before moving",
  };
}

/** Outputs of which the old log alone knows whether they are published. */
export function outputsWait(of: string, count: number): MigrationProblem {
  return {
    code: "LOG_CHANGED",
    of,
    message: `${count} stored outputs may be published or not, which the old cluster knows`,
    remedy: "give the old cluster's brokers by --from, or let its processes publish what is stored before they stop",
  };
}

/** Why a place isn't known in the new log. */
export function notLanded(
  of: string,
  landing: Exclude<Landing, { readonly status: "found" }>,
  idHeader: string,
): MigrationProblem {
  switch (landing.status) {
    case "nameless":
      return {
        code: "LOG_CHANGED",
        of,
        message: `no record that was applied has an id in the header ${idHeader}`,
        remedy:
          "name the header that holds one (idHeader), or say --same-offsets where the mirror keeps offsets; else start on " +
          "another database",
      };
    case "absent":
      return {
        code: "NOT_MIRRORED",
        of,
        message: `the new cluster doesn't have the newest record that was applied, ${idHeader} ${landing.id}`,
        remedy: "wait until the mirror has caught up; if the record has expired there, start on another database",
      };
    case "cut":
      return {
        code: "NOT_MIRRORED",
        of,
        message: `what was applied behind the record ${idHeader} ${landing.id} is not there, or is something else`,
        remedy: "wait until the mirror has caught up",
      };
  }
}

/** A position beyond the end of a log that is said to have the same offsets. */
export function beyondTheEnd(of: string, next: number, high: number): MigrationProblem {
  return {
    code: "NOT_MIRRORED",
    of,
    message: `its position is ${next}, and the new cluster ends at ${high}`,
    remedy: "wait until the mirror has caught up; where it doesn't keep offsets, leave --same-offsets out",
  };
}

/** A dead letter whose place isn't known where other events will have its offset. */
export function letterLost(of: string, offset: number): MigrationProblem {
  return {
    code: "NOT_MIRRORED",
    of,
    message: `the dead letter of offset ${offset} is not in the new cluster, whose offsets are lower`,
    remedy: "retry, fix or skip it while the old cluster is in use, or wait until the mirror has caught up",
  };
}

/** History that is kept by offsets, where they get lower. */
export function historyKept(of: string, what: string): MigrationProblem {
  return {
    code: "HISTORY_GONE",
    of,
    message: `${what} kept by offset, and the offsets of the new cluster are lower`,
    remedy: "say --drop-history to begin it anew here; documents stay as they are",
  };
}

/** Commands of which nobody knows how far they were decided. */
export function undecided(of: string): MigrationProblem {
  return {
    code: "HISTORY_GONE",
    of,
    message: "neither outcomes nor events tell how far its commands were decided",
    remedy: "give the old cluster by --from, or wait until its topics of outcomes and events are mirrored",
  };
}

/** Ids of transactions that would be given a second time. */
export function transactionsRepeat(of: string, newest: number, high: number): MigrationProblem {
  return {
    code: "TOPIC_UNSUITABLE",
    of,
    message: `transaction ${newest} is the newest, and the next one would be ${high}: ids are the offsets of commands`,
    remedy: "mirror its commands by a tool that keeps offsets",
  };
}

/** A position of a stream that the old log alone knows. */
export function ownerUnknown(name: string, topic: string): MigrationProblem {
  return {
    code: "LOG_CHANGED",
    of: `${name} ${topic}`,
    message: "its position is kept by the old cluster",
    remedy: "give the old cluster's brokers by --from",
  };
}

/** A line for each problem. */
function describeProblem({ code, of, message, remedy }: MigrationProblem): string {
  return `${code} ${of}: ${message}; ${remedy}.`;
}

/** What comes first in the message when several things are wrong. */
const GRAVEST: readonly ErrorCode[] = ["PARTITION_MISMATCH", "TOPIC_NOT_FOUND", "NOT_MIRRORED"];

/** The error of a plan with problems: all of them, by the code of the gravest. */
export function migrationRefused(problems: readonly MigrationProblem[]): EventQLError {
  const codes = problems.map(({ code }) => code);
  const code = GRAVEST.find((each) => codes.includes(each)) ?? codes[0] ?? "INTERNAL";
  const lines = problems.map((problem) => `  ${describeProblem(problem)}`);
  return new EventQLError(code, `Nothing was moved:\n${lines.join("\n")}`, { details: { problems } });
}
