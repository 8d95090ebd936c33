import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';

const STORAGES = ['recordings', 'archive'];
const errors = (streams: readonly object[], rest: object = {}) => {
  const result = compileRules({ streams, ...rest }, { storages: STORAGES });
  return result.ok ? [] : result.errors.map(({ path, message }) => `${path} ${message}`);
};
const record = (settings: object) => errors([{ record: settings }]);
const settingsOf = (streams: readonly object[], app = 'live') => {
  const result = compileRules({ streams });
  if (!result.ok) throw new Error(result.errors.map(({ path, message }) => `${path} ${message}`).join());
  return result.compiled.settingsFor('default', app, 's');
};
const format = (settings: object) => record({ formats: [settings] });
const START = '{AppName}/{StreamName}/{StartTime}_';

describe('the rules of recordings', () => {
  it('are an MP4 an hour where nothing else is said', () => {
    const { record: rule, timeShift, archive } = settingsOf([{ record: { enabled: true } }]);
    expect(rule).toEqual({
      enabled: true,
      assets: expect.objectContaining({ as: 'off', composeAfterSeconds: 180 }),
      storage: 'recordings',
      formats: [
        {
          format: 'mp4',
          cycleSeconds: 3600,
          object: 'record/{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}',
        },
      ],
      ...{ renditions: [], delaySeconds: 180, onDemand: 'off', onDemandUrl: '', startTime: '', endTime: '' },
      ...{ schedule: [], notifyStatus: false, keepDays: 0, coldAfterDays: 0, coldStorage: '' },
    });
    expect(timeShift).toEqual({ enabled: false, days: 7, renditions: false, nearSeconds: 1800 });
    expect(archive).toEqual({ keepHours: 24, keepBytes: 0, storage: '', localHours: 6 });
  });

  it.each([
    ['m3u8', 21_600, 30],
    ['cmaf', 21_600, 30],
    ['flv', 3600, undefined],
    ['mp4', 3600, undefined],
  ])('have the cycles of ApsaraVideo: %s', (name, cycleSeconds, sliceSeconds) => {
    const [rule] = settingsOf([{ record: { formats: [{ format: name }] } }]).record.formats;
    expect([rule?.cycleSeconds, rule?.sliceSeconds]).toEqual([cycleSeconds, sliceSeconds]);
  });

  it('take all that there is at once, and a day from 00:00 to 24:00', () => {
    const formats = ['m3u8', 'cmaf', 'flv', 'mp4'].map((each) => ({ format: each }));
    const schedule = [
      { from: '00:00', to: '24:00' },
      { days: ['fri', 'sat'], from: '22:00', to: '02:00', zone: 'Europe/Berlin' },
    ];
    const rule = { formats, schedule, renditions: [{ templates: ['lsd'], formats }] };
    expect(errors([{ record: rule, transcode: { templates: ['lsd'] } }])).toEqual([]);
  });

  it.each([
    ['a format twice', { formats: [{ format: 'mp4' }, { format: 'mp4' }] }, 'formats names a format twice'],
    ['another format', { formats: [{ format: 'ts' }] }, 'formats[0].format must be m3u8, cmaf, flv or mp4'],
    ['no format at all', { enabled: true, formats: [] }, 'formats names no format'],
    [
      'two playlists of one name',
      { formats: ['m3u8', 'cmaf'].map((each) => ({ format: each, object: `${START}{EndTime}` })) },
      'formats gives m3u8 and cmaf the same object',
    ],
    ['a delay below 15 s', { delaySeconds: 14 }, 'delaySeconds must be 15 to 21600 seconds'],
    ['a delay above 6 h', { delaySeconds: 21_601 }, 'delaySeconds must be 15 to 21600 seconds'],
    ['a callback without its URL', { onDemand: 'callback' }, 'onDemandUrl is missing'],
    ['a URL of a file', { onDemandUrl: 'file:///etc/passwd' }, 'onDemandUrl must be an http or https URL'],
    ['a local time', { startTime: '2026-12-01T18:00:00+01:00' }, 'startTime must be a UTC date'],
    ['a start without an end', { startTime: '2026-12-01T18:00:00Z' }, 'startTime and endTime belong together'],
    [
      'an end before the start',
      { startTime: '2026-12-01T18:00:00Z', endTime: '2026-12-01T18:00:00Z' },
      'startTime must be before endTime',
    ],
    [
      'more than a week',
      { startTime: '2026-12-01T18:00:00Z', endTime: '2026-12-08T18:00:01Z' },
      'startTime and endTime are more than seven days apart',
    ],
    [
      'a zone of nowhere',
      { schedule: [{ from: '18:00', to: '20:00', zone: 'Mars/Base' }] },
      'schedule[0].zone must be',
    ],
    [
      'an offset for a zone',
      { schedule: [{ from: '18:00', to: '20:00', zone: '+01:00' }] },
      'schedule[0].zone must be',
    ],
    ['no time of day', { schedule: [{ from: '25:00', to: '20:00' }] }, 'schedule[0].from must be a time of day'],
    ['a window of nothing', { schedule: [{ from: '18:00', to: '18:00' }] }, 'schedule[0].to must differ'],
    ['a day without windows', { schedule: [{ days: [], from: '1:00', to: '2:00' }] }, 'schedule[0].days names no day'],
    [
      'a manual schedule',
      { onDemand: 'manual', schedule: [{ from: '18:00', to: '20:30' }] },
      'schedule has no meaning',
    ],
    ['a storage of nobody', { storage: 'archiv' }, 'storage no storage of the configuration is called archiv; did you'],
    ['a cold one of nobody', { coldStorage: 'ice' }, 'coldStorage no storage of the configuration is called ice'],
    ['a cold one without its name', { coldAfterDays: 3 }, 'coldStorage is missing'],
    ['a cold one that is the warm one', { coldStorage: 'recordings' }, 'coldStorage is where the files are already'],
    [
      'files that move after their end',
      { coldStorage: 'archive', coldAfterDays: 7, keepDays: 7 },
      'coldAfterDays must be less than keepDays (7)',
    ],
    [
      'a template of nobody',
      { renditions: [{ templates: ['lsd', 'lxd'] }] },
      'renditions[0].templates[1] no template is called lxd',
    ],
    [
      'a template twice',
      { renditions: [{ templates: ['lsd'] }, { templates: ['lsd'] }] },
      'renditions names the template',
    ],
    ['an unknown key', { delay: 15 }, 'delay unknown key'],
  ])('refuse %s', (_, settings, message) => {
    const found = record(settings);
    expect(
      found.some((each) => each.startsWith(`streams[0].record.${message}`)),
      found.join('\n'),
    ).toBe(true);
  });

  it.each([
    ['14 s', { cycleSeconds: 14 }, 'cycleSeconds must be 15 to 21600 seconds'],
    ['six hours and a second', { cycleSeconds: 21_601 }, 'cycleSeconds must be 15 to 21600 seconds'],
    ['slices', { sliceSeconds: 10 }, 'sliceSeconds is for m3u8 and cmaf, whose files are made of slices; remove it'],
    ['no start', { object: '{AppName}/{StreamName}/{EndTime}' }, 'object must have {StartTime}'],
    ['no end', { object: '{AppName}/{StreamName}/{EscapedStartTime}' }, 'object must have {StartTime}'],
    ['no stream', { object: '{AppName}/{StartTime}_{EndTime}' }, 'object must have {AppName} and {StreamName}'],
    ['a way up', { object: `../${START}{EndTime}` }, 'object must be the name of an object'],
    ['a way up inside', { object: `a/../${START}{EndTime}` }, 'object must be the name of an object'],
    ['a root', { object: `/${START}{EndTime}` }, 'object must be the name of an object'],
    ['a backslash', { object: `..\\${START}{EndTime}` }, 'object must be the name of an object'],
    ['an extension', { object: `${START}{EndTime}.mp4` }, 'object must be without an extension'],
    ['a variable of slices', { object: `${START}{EndTime}{UnixTimestamp}` }, 'object knows the variables'],
    ['no name', { object: '' }, 'object must be the name of an object'],
    ['256 bytes', { object: `${START}{EndTime}`.padEnd(256, 'x') }, 'object must be shorter than 256 bytes'],
  ])('refuse a format with %s', (_, settings, message) => {
    const found = format({ format: 'mp4', ...settings });
    expect(
      found.some((each) => each.startsWith(`streams[0].record.formats[0].${message}`)),
      found.join('\n'),
    ).toBe(true);
  });

  it.each([
    ['no number', { sliceObject: '{AppName}/{StreamName}/{UnixTimestamp}' }, 'sliceObject must have {UnixTimestamp}'],
    ['no time', { sliceObject: '{AppName}/{StreamName}/{Sequence}' }, 'sliceObject must have {UnixTimestamp}'],
    ['a start', { sliceObject: '{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}{StartTime}' }, 'sliceObject knows'],
    ['4 s', { sliceSeconds: 4 }, 'sliceSeconds must be 5 to 30 seconds'],
    ['31 s', { sliceSeconds: 31 }, 'sliceSeconds must be 5 to 30 seconds'],
  ])('refuse slices with %s', (_, settings, message) => {
    for (const name of ['m3u8', 'cmaf']) {
      const found = format({ format: name, ...settings });
      expect(found[0]?.startsWith(`streams[0].record.formats[0].${message}`), found.join('\n')).toBe(true);
    }
  });

  it('look at what a rule inherits', () => {
    const callback = { match: { app: 'live' }, record: { onDemand: 'callback' } };
    const url = { record: { onDemandUrl: 'https://example.com/ask' } };
    expect(errors([url, callback])).toEqual([]);
    expect(errors([url, callback, { match: { app: 'live', stream: 'a*' }, record: { onDemandUrl: '' } }])).toEqual([
      expect.stringMatching(/^streams\[2]\.record\.onDemandUrl is missing/),
    ]);
    expect(settingsOf([url, callback]).record).toMatchObject({
      onDemand: 'callback',
      onDemandUrl: url.record.onDemandUrl,
    });
    expect(settingsOf([url, callback], 'other').record.onDemand).toBe('off');
  });

  it('stay the same when they are read again', () => {
    const formats = ['m3u8', 'cmaf', 'flv', 'mp4'].map((each) => ({ format: each }));
    const first = compileRules({ streams: [{ record: { enabled: true, formats } }] });
    if (!first.ok) throw new Error('refused');
    const second = compileRules(JSON.parse(JSON.stringify(first.rules)));
    expect(second.ok && second.rules).toEqual(first.rules);
  });
});

describe('the rules of time shift and the archive', () => {
  it.each([
    [{ timeShift: { days: 0 } }, 'timeShift.days must be 1 to 30 days'],
    [{ timeShift: { days: 31 } }, 'timeShift.days must be 1 to 30 days'],
    [{ timeShift: { nearSeconds: 14_401 } }, 'timeShift.nearSeconds must be 0 to 14400 seconds'],
    [{ archive: { keepHours: -1 } }, 'archive.keepHours must be 0 to 8760 hours'],
    [{ archive: { localHours: 9000 } }, 'archive.localHours must be 0 to 8760 hours'],
    [{ archive: { storage: 'nowhere' } }, 'archive.storage no storage of the configuration is called nowhere'],
  ])('refuse %j', (settings, message) => {
    expect(errors([settings])[0]).toContain(`streams[0].${message}`);
  });

  it('take a month', () => {
    expect(errors([{ timeShift: { enabled: true, days: 30 }, archive: { storage: 'archive', keepBytes: 1 } }])).toEqual(
      [],
    );
  });
});

describe('callbacks of recordings', () => {
  const events = ['record_started', 'record_paused', 'record_resumed', 'record_file'];
  const url = 'http://127.0.0.1/hook';

  it.each(['apsara', 'json'])('are of the form %s', (form) => {
    expect(errors([], { callbacks: [{ id: 'a', url, form, events }] })).toEqual([]);
  });
});
