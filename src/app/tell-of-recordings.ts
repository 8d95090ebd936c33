import { type Config, storageSettings } from '../config/index.ts';
import type { StreamId } from '../live/index.ts';
import { eventId } from '../notify/index.ts';
import type { Recorded, Recording, RecordingEffect } from '../record/index.ts';
import type { EventFlow } from './event-flow.ts';
import { placeOf } from './object-place.ts';

type StoredFile = Recording &
  Pick<Recorded, 'sessionId' | 'pushArgs'> & { readonly sha256: string; readonly atMs: number };
type Status = Extract<RecordingEffect, { kind: 'statusChanged' }>;

/** From recordings to what callbacks hear of them. Each is told once, as its event's id follows from what it is about. */
export function tellOfRecordings(config: Config, events: Pick<EventFlow, 'tell'>) {
  const settings = new Map(storageSettings(config).map((setting) => [setting.name, setting]));
  return {
    status(stream: StreamId, { status: kind, sessionId, number, atMs }: Status): Promise<void> {
      const id = recordingEventId(stream, kind, `${sessionId} ${number}`);
      return events.tell({ ...stream, id, kind, sessionId, atMs, data: {} });
    },
    stored(stream: StreamId, { sessionId, atMs, firstSegment, object, ...file }: StoredFile): Promise<void> {
      const { storage, format, startMs, endMs, durationMs, sizeBytes, sha256, pushArgs } = file;
      const place = placeOf(settings.get(storage), object);
      const recording = { storage, ...place, format, startMs, endMs, durationMs, sizeBytes, sha256, pushArgs };
      const id = recordingEventId(stream, 'record_file', `${format} ${firstSegment}`);
      return events.tell({ ...stream, id, kind: 'record_file', sessionId, atMs, data: { recording } });
    },
  };
}

function recordingEventId({ domain, app, name }: StreamId, kind: Parameters<typeof eventId>[1], which: string): string {
  return eventId(JSON.stringify([domain, app, name, which]), kind);
}
