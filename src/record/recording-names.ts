import type { StreamId } from '../live/index.ts';
import { fillObjectTemplate } from '../storage/index.ts';

/** What a file or a slice of a recording is called after. */
export type RecordedSpan = {
  /** Of the files, or of the slices, of a recording in one format, from 0. */
  readonly sequence: number;
  readonly startWallMs: number;
  readonly endWallMs: number;
};

/** The object name of a file, without its extension: ApsaraVideo's variables and our `{DomainName}`, times in UTC. */
export function fileNameOf(template: string, id: StreamId, { sequence, startWallMs, endWallMs }: RecordedSpan): string {
  return fillObjectTemplate(template, {
    ...streamValues(id),
    Sequence: sequence,
    StartTime: timeText(startWallMs),
    EndTime: timeText(endWallMs),
    EscapedStartTime: timeText(startWallMs).replaceAll(':', '-'),
    EscapedEndTime: timeText(endWallMs).replaceAll(':', '-'),
  });
}

/** The object name of a slice, without its extension. `{UnixTimestamp}` is that of its beginning, in seconds. */
export function sliceNameOf(template: string, id: StreamId, { sequence, startWallMs }: RecordedSpan): string {
  const values = { UnixTimestamp: Math.floor(startWallMs / 1000), Sequence: sequence };
  return fillObjectTemplate(template, { ...streamValues(id), ...values });
}

function streamValues({ domain, app, name }: StreamId) {
  return { DomainName: domain, AppName: app, StreamName: name };
}

/** As `2017-03-08-23:09:46`. */
function timeText(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', '-');
}
