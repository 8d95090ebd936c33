import { describe, expect, it } from 'vitest';
import { fileNameOf, sliceNameOf } from './recording-names.ts';

const id = { domain: 'play.example.com', app: 'prod/liveApp', name: 'liveStream' };
const span = {
  sequence: 0,
  startWallMs: Date.UTC(2017, 2, 8, 23, 9, 46, 999),
  endWallMs: Date.UTC(2017, 2, 8, 23, 10, 40),
};

describe('fileNameOf', () => {
  it.each([
    [
      '{AppName}/{StreamName}/{Sequence}_{StartTime}_{EndTime}',
      'prod/liveApp/liveStream/0_2017-03-08-23:09:46_2017-03-08-23:10:40',
    ],
    [
      'record/{DomainName}/{StreamName}/{EscapedStartTime}_{EscapedEndTime}',
      'record/play.example.com/liveStream/2017-03-08-23-09-46_2017-03-08-23-10-40',
    ],
    ['{UnixTimestamp}/{toString}', '{UnixTimestamp}/{toString}'],
  ])('%s', (template, name) => expect(fileNameOf(template, id, span)).toBe(name));

  it('takes what stands in for a variable as it is', () => {
    const odd = { ...id, name: '{AppName}$&' };
    expect(fileNameOf('{StreamName}', odd, span)).toBe('{AppName}$&');
  });
});

describe('sliceNameOf', () => {
  it('has the second in which it begins', () => {
    const name = sliceNameOf('record/{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}', id, { ...span, sequence: 7 });
    expect(name).toBe('record/prod/liveApp/liveStream/1489014586_7');
  });
});
