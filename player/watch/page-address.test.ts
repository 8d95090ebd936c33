import { describe, expect, it } from 'vitest';
import { pastSpriteUrl, pastUrl, readPageAddress } from './page-address.ts';

const HOST = 'https://play.example:8443';

describe('readPageAddress', () => {
  it.each([
    ['/live/demo', 'live', 'demo'],
    ['/prod/event2026/main', 'prod/event2026', 'main'],
    ['/live/demo/', 'live', 'demo'],
    ['/live/caf%C3%A9', 'live', 'café'],
    ['/live/%E0%A4', 'live', '%E0%A4'],
    ['/', '', ''],
  ])('finds app and stream in %s', (path, app, stream) => {
    expect(readPageAddress(HOST + path)).toMatchObject({ app, stream });
  });

  it('builds the media URLs beside the page and keeps their percent-encoding', () => {
    expect(readPageAddress(`${HOST}/live/caf%C3%A9`)).toMatchObject({
      flvUrl: `${HOST}/live/caf%C3%A9.flv`,
      hlsUrl: `${HOST}/live/caf%C3%A9.m3u8`,
    });
  });

  it('hands on foreign parameters and keeps its own', () => {
    const page = readPageAddress(`${HOST}/live/demo?vhost=a.example&muted=1&embed=1&protocol=flv&aliyunols=on`);
    expect(page.hlsUrl).toBe(`${HOST}/live/demo.m3u8?vhost=a.example&aliyunols=on`);
    expect(page).toMatchObject({ isMuted: true, isEmbedded: true, protocol: 'flv', startsByItself: true });
  });

  it('takes whole signed URLs as they are', () => {
    const flv = `${HOST}/live/demo.flv?auth_key=1-0-0-aa`;
    const hls = '/live/demo.m3u8?auth_key=1-0-0-bb';
    const page = readPageAddress(`${HOST}/live/demo?flv=${encodeURIComponent(flv)}&hls=${encodeURIComponent(hls)}`);
    expect(page).toMatchObject({ flvUrl: flv, hlsUrl: HOST + hls, timelineUrl: undefined });
  });

  it('asks for the times of the stream with what the page was given', () => {
    const url = new URL(readPageAddress(`${HOST}/prod/2026/main?auth_key=1-0-0-aa&lhs_start_unix_s_0=5`).timelineUrl!);
    expect(url.origin + url.pathname).toBe(`${HOST}/openapi/timeline/query`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      aliyunols: 'on',
      app: 'prod/2026',
      stream: 'main',
      format: 'ts',
      auth_key: '1-0-0-aa',
    });
    expect(readPageAddress(`${HOST}/live/a?timeline=%2Fq%3Fauth_key%3D2`).timelineUrl).toBe(`${HOST}/q?auth_key=2`);
  });

  it('asks for small pictures of a time beside the page, with what the page was given', () => {
    const { spriteUrl } = readPageAddress(`${HOST}/live/a?auth_key=1&muted=1&lhs_start_unix_s_0=5`);
    expect(pastSpriteUrl(spriteUrl!, { startMs: 1000.4, endMs: 2000.4 })).toBe(
      `${HOST}/live/a.vtt?auth_key=1&lhs_start_unix_ms_0=1000&lhs_vodend_unix_ms_0=2001`,
    );
    expect(readPageAddress(`${HOST}/live/a?hls=%2Fb.m3u8`).spriteUrl).toBeUndefined();
    expect(readPageAddress(`${HOST}/live/a?hls=%2Fb.m3u8&sprite=%2Fb.vtt`).spriteUrl).toBe(`${HOST}/b.vtt`);
  });

  it('asks for the past instead of live', () => {
    expect(pastUrl(`${HOST}/live/a.m3u8?auth_key=1&lhs_start_unix_s_0=5`, 1_700_000_000_123.4)).toBe(
      `${HOST}/live/a.m3u8?auth_key=1&aliyunols=on&lhs_start_unix_ms_0=1700000000123`,
    );
  });

  it.each(['javascript:alert(1)', 'data:text/plain,a', 'blob:https://x/1', 'http://'])(
    'does not take %s as a URL',
    (url) => {
      const page = readPageAddress(`${HOST}/live/demo?flv=${encodeURIComponent(url)}&hls=${encodeURIComponent(url)}`);
      expect(page).toMatchObject({ flvUrl: `${HOST}/live/demo.flv`, hlsUrl: `${HOST}/live/demo.m3u8` });
    },
  );

  it.each([
    ['?autoplay=0', { startsByItself: false }],
    ['?autoplay=1', { startsByItself: true }],
    ['?muted', { isMuted: true }],
    ['?muted=0', { isMuted: false }],
  ])('reads %s', (query, expected) => {
    expect(readPageAddress(`${HOST}/live/demo${query}`)).toMatchObject(expected);
  });

  it('leaves an unknown protocol to the page', () => {
    expect(readPageAddress(`${HOST}/live/demo?protocol=toString`).protocol).toBeUndefined();
  });
});
