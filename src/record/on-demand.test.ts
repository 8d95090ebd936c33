import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { streamSettingsSchema } from '../rules/index.ts';
import { formatsWanted, onDemandAsker, questionUrl, readAnswer } from './on-demand.ts';

const DOCUMENTED =
  '{"ApiVersion":"1.0","NeedRecord":true,"Interval":{"Mp4":300,"Flv":120,"M3U8":180},"Format":["mp4","flv"]}';

const question = {
  url: 'http://127.0.0.1/ask?token=a%20b',
  id: { domain: 'example.com', app: 'seq_all', name: 'ondemand8' },
  ...{ codec: 'h264', videoKbps: 1999.6 },
};

const rulesOf = (formats: readonly string[]) =>
  streamSettingsSchema.parse({ record: { formats: formats.map((format) => ({ format })) } } as object).record.formats;

const wanted = (formats: readonly string[], body: string) =>
  formatsWanted(rulesOf(formats), readAnswer(200, body)).map((rule) => `${rule.format} ${rule.cycleSeconds}`);

describe('questionUrl', () => {
  it('has the documented arguments after those of the URL', () => {
    expect(questionUrl(question)).toBe(
      'http://127.0.0.1/ask?token=a%20b&app=seq_all&domain=example.com&stream=ondemand8&vbitrate=2000&codec=h264',
    );
  });

  it('escapes names', () => {
    const id = { domain: 'd', app: 'a/b', name: 'ü&x=1' };
    expect(questionUrl({ ...question, url: 'http://h', id })).toBe(
      'http://h/?app=a%2Fb&domain=d&stream=%C3%BC%26x%3D1&vbitrate=2000&codec=h264',
    );
  });
});

describe('readAnswer and formatsWanted', () => {
  it.each([
    ['as documented', ['mp4', 'm3u8', 'flv'], DOCUMENTED, ['mp4 300', 'flv 120']],
    ['yes, and nothing else', ['mp4', 'm3u8'], '{"NeedRecord":true}', ['mp4 3600', 'm3u8 21600']],
    ['no', ['mp4'], '{"NeedRecord":false,"Format":["mp4"]}', []],
    ['formats that the rule does not have', ['mp4'], '{"NeedRecord":true,"Format":["flv","cmaf","ogg"]}', []],
    ['no formats', ['mp4'], '{"NeedRecord":true,"Format":[]}', []],
    ['nulls of a Go server', ['mp4'], '{"NeedRecord":true,"Format":null,"Interval":null}', ['mp4 3600']],
    ['capitals', ['cmaf'], '{"NeedRecord":true,"Format":["CMAF"],"Interval":{"CMAF":60}}', ['cmaf 60']],
    [
      'the least and the most',
      ['mp4', 'flv'],
      '{"NeedRecord":true,"Interval":{"Mp4":5,"Flv":21600}}',
      ['mp4 5', 'flv 21600'],
    ],
    ['too little', ['mp4'], '{"NeedRecord":true,"Interval":{"Mp4":4}}', ['mp4 3600']],
    ['too much', ['mp4'], '{"NeedRecord":true,"Interval":{"Mp4":21601}}', ['mp4 3600']],
    ['no number', ['mp4'], '{"NeedRecord":true,"Interval":{"Mp4":"300"}}', ['mp4 3600']],
  ])('%s', (_, formats, body, cycles) => expect(wanted(formats, body)).toEqual(cycles));

  it.each([
    [204, '', /answered 204/],
    [302, DOCUMENTED, /answered 302/],
    [500, DOCUMENTED, /answered 500/],
    [200, '', /not JSON/],
    [200, '{}', /NeedRecord/],
    [200, '{"NeedRecord":"true"}', /NeedRecord/],
    [200, '{"NeedRecord":true,"Format":"mp4"}', /Format/],
    [200, '[]', /cannot be used/],
    [200, 'null', /cannot be used/],
  ])('%s %s is no answer', (status, body, reason) => expect(() => readAnswer(status, body)).toThrow(reason));
});

describe('onDemandAsker', () => {
  const asked: string[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['user-agent']}`);
    answer(request, response);
  });
  const asker = onDemandAsker();
  let url = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(() => {
    asked.length = 0;
    answer = (_, response) => response.end(DOCUMENTED);
  });
  afterAll(async () => {
    await asker.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('asks as ApsaraVideo does', async () => {
    const { isWanted, formats } = await asker.ask({ ...question, url });
    expect([isWanted, formats]).toEqual([true, ['mp4', 'flv']]);
    expect(asked).toEqual(['GET /?app=seq_all&domain=example.com&stream=ondemand8&vbitrate=2000&codec=h264 Headwater']);
  });

  it('reads 2048 bytes, whatever comes after them', async () => {
    answer = (_, response) => response.end(`${DOCUMENTED.padEnd(2048)}garbage`);
    expect((await asker.ask({ ...question, url })).isWanted).toBe(true);
    answer = (_, response) => response.end(`${' '.repeat(2048)}${DOCUMENTED}`);
    await expect(asker.ask({ ...question, url })).rejects.toThrow(/2048 bytes/);
  });

  it('does not wait for the end of what never ends', async () => {
    answer = (request, response) => {
      const write = () => {
        if (!request.destroyed && response.writable) response.write(DOCUMENTED.padEnd(4096), write);
      };
      write();
    };
    expect((await asker.ask({ ...question, url })).isWanted).toBe(true);
  });

  it('follows no redirect', async () => {
    answer = (_, response) => response.writeHead(302, { location: `${url}elsewhere` }).end(DOCUMENTED);
    await expect(asker.ask({ ...question, url })).rejects.toThrow(/answered 302/);
    expect(asked.length).toBe(1);
  });

  it('gives up on one who says nothing, and on one who stops in the middle', async () => {
    const impatient = onDemandAsker({ timeoutMs: 50 });
    answer = () => undefined;
    await expect(impatient.ask({ ...question, url })).rejects.toThrow();
    answer = (_, response) => response.write('{"NeedRecord":');
    await expect(impatient.ask({ ...question, url })).rejects.toThrow();
    await impatient.close();
  });

  it('does not ask cloud metadata', async () => {
    await expect(asker.ask({ ...question, url: 'http://169.254.169.254/' })).rejects.toMatchObject({
      code: 'FORBIDDEN_ADDRESS',
    });
  });
});
