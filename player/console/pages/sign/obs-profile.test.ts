import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { folderOf, OBS_PICTURES, obsProfileZip } from './obs-profile.ts';

const push = { server: 'rtmp://h/live', streamKey: 'demo?auth_key=1-0-0-a' };

it('the zip holds a folder with the address, the key-frame interval and the bitrate', () => {
  const files = unzipSync(obsProfileZip('live/demo', push, OBS_PICTURES[2]!));
  expect(Object.keys(files).toSorted()).toEqual([
    'live-demo/basic.ini',
    'live-demo/service.json',
    'live-demo/streamEncoder.json',
  ]);
  const text = (name: string) => strFromU8(files[`live-demo/${name}`]!);
  expect(text('basic.ini')).toMatch(/^\[General\]\nName=live-demo\n/);
  expect(text('basic.ini')).toContain('\nOutputCX=1280\nOutputCY=720\n');
  expect(JSON.parse(text('service.json'))).toMatchObject({ settings: { server: push.server, key: push.streamKey } });
  expect(JSON.parse(text('streamEncoder.json'))).toMatchObject({ keyint_sec: 2, bitrate: 2500, rate_control: 'CBR' });
});

it.each([
  ['live/demo', 'live-demo'],
  ['../..', 'Headwater'],
  ['会议', 'Headwater'],
  ['<img onerror>', 'img-onerror'],
])('the folder of %s is %s', (name, folder) => expect(folderOf(name)).toBe(folder));
