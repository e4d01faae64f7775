import { type TopicPartition, partitionId, positionId } from "../model/position.ts";
import { idOf } from "../model/newest-record.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetterId, ofPartition } from "../read-model/dead-letters.ts";
import type { ReadModel, StoredDocument } from "../read-model/read-model.ts";
import { SETTLEMENTS, settlementScope } from "../read-model/settlement/settlements.ts";
import { headersOf } from "../read-model/stored-record.ts";
import type { MigrationProblem, Rekeyed } from "./plan.ts";
import { letterLost } from "./problems.ts";

/** What a projection, or a stream, has set aside or settled of a partition, each with its event's id. */
export interface SetAside {
  readonly projection: string;
  readonly of: TopicPartition;
  readonly letters: readonly Identified[];
  readonly settlements: readonly Identified[];
  readonly parked: readonly StoredDocument[];
}

interface Identified {
  readonly stored: StoredDocument;
  readonly offset: number;
  readonly eventId: string | undefined;
}

/** Reads what was set aside of a partition, and what was settled: that belongs to all builds, and is read with `own` ones. */
export async function readSetAside(
  readModel: Pick<ReadModel, "find">,
  projection: string,
  of: TopicPartition,
  idHeader: string,
): Promise<SetAside> {
  const filter = ofPartition(projection, of);
  const letters = await readModel.find(DEAD_LETTERS, { filter });
  const parked = letters.length === 0 ? [] : await readModel.find(PARKED_KEYS, { filter });
  const isFirst = settlementScope(projection) === projection;
  const scope = { scope: projection, topic: of.topic, partition: of.partition };
  const settlements = isFirst ? await readModel.find(SETTLEMENTS, { filter: scope }) : [];
  const identified = (stored: StoredDocument): Identified => {
    const eventId = idOf({ headers: headersOf(stored["headers"]) }, idHeader);
    return { stored, offset: Number(stored["offset"]), eventId };
  };
  return { projection, of, letters: letters.map(identified), settlements: settlements.map(identified), parked };
}

/** The ids of the events that were set aside, or settled. */
export function eventIdsOf({ letters, settlements }: SetAside): readonly string[] {
  return [...letters, ...settlements].flatMap(({ eventId }) => eventId ?? []);
}

/** The same by their places in the new log, which goes on at `next`; `isLower`: other events will have offsets from there. */
export function rekeyed(
  { projection, of, letters, settlements, parked }: SetAside,
  found: ReadonlyMap<string, number>,
  { next, isLower }: { readonly next: number; readonly isLower: boolean },
): { readonly rekeyed: readonly Rekeyed[]; readonly problems: readonly MigrationProblem[] } {
  const placeOf = ({ eventId }: Identified): number | undefined =>
    eventId === undefined ? undefined : found.get(eventId);
  const offsets = new Map(letters.map((letter) => [letter.offset, placeOf(letter)]));
  const lost = letters.filter((letter) => isLower && placeOf(letter) === undefined);
  const moved = (
    collection: string,
    before: StoredDocument,
    offset: number | undefined,
    _id: string,
  ): readonly Rekeyed[] => (offset === undefined ? [] : [{ collection, before, after: { ...before, _id, offset } }]);
  return {
    rekeyed: [
      ...letters.flatMap(({ stored, offset }) => {
        const place = offsets.get(offset);
        return moved(DEAD_LETTERS, stored, place, deadLetterId(projection, { ...of, offset: place ?? offset }));
      }),
      ...parked.flatMap((key) => moved(PARKED_KEYS, key, offsets.get(Number(key["offset"])), key._id)),
      ...settlements.flatMap((settlement): readonly Rekeyed[] => {
        const { stored, offset } = settlement;
        const place = placeOf(settlement);
        // It would hold for another event there.
        if (place === undefined && isLower && offset >= next)
          return [{ collection: SETTLEMENTS, before: stored, after: undefined }];
        const _id = `${settlementScope(projection)}/${positionId({ ...of, offset: place ?? offset })}`;
        return moved(SETTLEMENTS, stored, place, _id);
      }),
    ],
    problems: lost.map(({ offset }) => letterLost(`${projection} ${partitionId(of)}`, offset)),
  };
}
