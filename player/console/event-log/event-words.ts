import { fields, text } from '../answers/answer-fields.ts';
import type { EventEntry } from '../answers/answer-types.ts';
import { dictionary, type Tone } from '../kit/index.ts';
import { inOwnWords } from '../server-words/index.ts';

const kindWords = dictionary<Readonly<Record<string, string>>>(
  {
    publish: 'Publishing began',
    publish_done: 'Publishing ended',
    stream_interrupted: 'The publisher was lost',
    stream_resumed: 'The publisher is back',
    stream_ended: 'The stream ended',
    rendition_live: 'A rendition is live',
    rendition_started: 'A rendition is live',
    rendition_ended: 'A rendition ended',
    rendition_failed: 'A rendition failed',
    rendition_shed: 'A rendition was given up',
    encoder_fallback: 'Software encodes in place of hardware',
    finding_raised: 'A finding',
    finding_cleared: 'A finding is gone',
    alarm_raised: 'An alarm was raised',
    alarm_cleared: 'An alarm was cleared',
    moderation: 'The moderation hook objected',
    record_started: 'Recording began',
    record_paused: 'Recording paused',
    record_resumed: 'Recording goes on',
    record_file: 'A recording is finished',
    snapshot: 'A snapshot was taken',
    pull_live: 'A pull is live',
    pull_lost: 'A pull gets nothing',
    transfer_started: 'A transfer began',
    transfer_lost: 'A transfer was broken off',
    source_joined: 'A second encoder joined',
    source_left: 'One of two encoders left',
    source_switched: 'Another source is on air',
    slate_on: 'The slate is on air',
    slate_off: 'The slate is off air',
    asset_uploaded: 'An asset was uploaded',
    image_uploaded: 'A picture was uploaded',
    attachment_uploaded: 'An attachment was uploaded',
    asset_fetched: 'An upload by address ended',
    asset_recorded: 'A recording came into the library',
    asset_composing: 'Recordings are being put together',
    asset_analyzed: 'An asset was looked into',
    asset_rendition: 'A rendition of an asset is ready',
    asset_transcoded: 'An asset was transcoded',
    asset_pictures: 'Pictures of an asset are ready',
    asset_animation: 'A moving picture of an asset is ready',
    asset_changed: 'An asset was changed',
    asset_status: 'The status of an asset changed',
    asset_reviewed: 'An asset was let through or blocked',
    asset_deleted: 'An asset was deleted',
    job_succeeded: 'A job succeeded',
    job_failed: 'A job failed',
    job_cancelled: 'A job was cancelled',
  },
  {
    publish: '开始推流',
    publish_done: '推流结束',
    stream_interrupted: '推流中断',
    stream_resumed: '推流恢复',
    stream_ended: '直播结束',
    rendition_live: '转码流已开始',
    rendition_started: '转码流已开始',
    rendition_ended: '转码流已结束',
    rendition_failed: '转码流失败',
    rendition_shed: '转码流被放弃',
    encoder_fallback: '已改用软件编码',
    finding_raised: '发现问题',
    finding_cleared: '问题已消除',
    alarm_raised: '触发告警',
    alarm_cleared: '告警已恢复',
    moderation: '审核回调提出异议',
    record_started: '开始录制',
    record_paused: '录制暂停',
    record_resumed: '录制恢复',
    record_file: '录制文件已生成',
    snapshot: '已截图',
    pull_live: '拉流成功',
    pull_lost: '拉流中断',
    transfer_started: '转推开始',
    transfer_lost: '转推中断',
    source_joined: '第二路推流已接入',
    source_left: '两路推流之一已离开',
    source_switched: '已切换直播源',
    slate_on: '垫片已播出',
    slate_off: '垫片已撤下',
    asset_uploaded: '媒资上传完成',
    image_uploaded: '图片上传完成',
    attachment_uploaded: '辅助媒资上传完成',
    asset_fetched: 'URL 拉取上传结束',
    asset_recorded: '录制已进入媒资库',
    asset_composing: '开始合成录制',
    asset_analyzed: '媒资分析完成',
    asset_rendition: '媒资的一路转码流已就绪',
    asset_transcoded: '媒资转码完成',
    asset_pictures: '媒资截图完成',
    asset_animation: '媒资动图完成',
    asset_changed: '媒资信息已变更',
    asset_status: '媒资状态已变更',
    asset_reviewed: '媒资审核完成',
    asset_deleted: '媒资已删除',
    job_succeeded: '任务成功',
    job_failed: '任务失败',
    job_cancelled: '任务已取消',
  },
);

const detailWords = dictionary({ details: 'Details' }, { details: '详情' });

/** What opens the data of an event that says nothing in short. */
export function detailsWords(): string {
  return detailWords().details;
}

const GOOD =
  /^(publish|stream_resumed|rendition_live|rendition_started|finding_cleared|alarm_cleared|record_started|record_resumed|slate_off|source_joined|asset_transcoded|job_succeeded)$/;
const BAD = /(failed|moderation)/;
const WARN = /(interrupted|raised|fallback|shed|paused|source_left|source_switched|slate_on)/;

/** What happened, in words; a kind that this page doesn't know is said as it is. */
export function eventWords({ kind }: EventEntry): string {
  return kindWords()[kind] ?? kind.replaceAll('_', ' ');
}

export function eventTone({ kind, data }: EventEntry): Tone {
  if (fields(fields(data).media).failure !== undefined) return 'bad';
  if (GOOD.test(kind)) return 'good';
  if (BAD.test(kind)) return 'bad';
  return WARN.test(kind) ? 'warn' : 'quiet';
}

/** What the event says of itself, as far as that is a sentence or a name. */
export function eventDetail({ data }: EventEntry): string {
  const { media } = data;
  const nested = [...Object.values(data), ...Object.values(fields(media))].map(fields);
  const names = ['sentence', 'message', 'reason', 'code', 'title', 'object', 'template', 'encoder', 'address'];
  const known = [data, ...nested].map((each) => {
    const [code, sentence] = [text(each.code), text(each.sentence)];
    return code === undefined || sentence === undefined ? each : { ...each, ...inOwnWords({ code, sentence }) };
  });
  const said = names.flatMap((name) => known.flatMap((each) => text(each[name]) ?? []));
  return [...new Set(said)].slice(0, 2).join(', ');
}

/** The asset or job that it is about, and no stream. */
export function eventSubject({
  data,
}: EventEntry): { readonly page: 'library/:id' | 'jobs/:id'; readonly id: string } | undefined {
  const { asset, job } = fields(fields(data).media);
  const [assetId, jobId] = [text(fields(asset).id), text(fields(job).id)];
  if (assetId !== undefined) return { page: 'library/:id', id: assetId };
  return jobId === undefined ? undefined : { page: 'jobs/:id', id: jobId };
}
