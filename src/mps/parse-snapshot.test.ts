import { describe, expect, it } from 'vitest';
import { parseSnapshot } from './parse-snapshot.ts';

const OutputFile = { Bucket: 'mine', Location: 'oss-cn-hangzhou', Object: 'a%2F{Count}.jpg' };
const OUTPUT = { storage: 'mine', object: 'a/{Count}.jpg' };

describe('SnapshotConfig', () => {
  it.each([
    ['one picture', { Time: '2500' }, { times: [2.5] }],
    ['the first one', {}, { times: [0] }],
    ['one every so often', { Interval: '5' }, { startSeconds: 0, intervalSeconds: 5 }],
    ['so many, each 10 s', { Time: '1000', Num: '3' }, { startSeconds: 1, intervalSeconds: 10, count: 3 }],
    ['so many evenly', { Interval: '0', Num: '4' }, { startSeconds: 0, count: 4 }],
    ['given times', { TimeArray: { TimePointList: [1000, 2500] } }, { times: [1, 2.5] }],
  ])('asks for %s', (_, given, moments) => {
    const { moments: read, output } = parseSnapshot(JSON.stringify({ OutputFile, ...given }));
    expect([read, output]).toEqual([moments, OUTPUT]);
  });

  it('asks for sheets', () => {
    const TileOut = {
      CellWidth: '120',
      CellHeight: '68',
      Columns: '5',
      Lines: '4',
      Padding: '2',
      IsKeepCellPic: 'false',
    };
    const TileOutputFile = { Bucket: 'mine', Object: 's{Count}.jpg' };
    expect(parseSnapshot({ OutputFile, Interval: '1', TileOut, TileOutputFile }).tiles).toEqual({
      ...{ cellWidth: 120, cellHeight: 68, columns: 5, lines: 4, padding: 2, keepsCells: false },
      output: { storage: 'mine', object: 's{Count}.jpg' },
    });
  });

  it.each([
    ['OutputFile', { OutputFile: undefined }],
    ['OutputFile.Object', { OutputFile: { Bucket: 'mine', Object: 'a.jpg' }, Interval: '5' }],
    ['OutputFile.Bucket', { OutputFile: { Object: 'a.jpg' } }],
    ['Time', { Time: '-1' }],
    ['FrameType', { FrameType: 'best' }],
    ['TileOutputFile', { TileOut: {} }],
    ['Colour', { Colour: 'x' }],
  ])('is refused with the name of the field: %s', (field, given) => {
    expect(() => parseSnapshot({ OutputFile, ...given })).toThrow(`SnapshotConfig.${field} `);
  });
});
