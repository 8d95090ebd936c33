import { createTransport } from 'nodemailer';
import type { AlarmNote } from '../notify/index.ts';
import type { AlarmChannelRule } from '../rules/index.ts';

const TIMEOUT_MS = 4000;

/** Sends an alarm as e-mail; that it is over is an answer to that it was raised. Throws where the server does not take it. */
export async function sendAlarmMail(kind: string, note: AlarmNote, channel: AlarmChannelRule): Promise<void> {
  const { smtp, from, to } = channel;
  if (smtp === undefined) throw new Error('the channel has no server for e-mail');
  const { host, port, security, user, password } = smtp;
  const transport = createTransport({
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  try {
    const isRaised = kind === 'alarm_raised';
    const thread = `<${note.id}@headwater>`;
    await transport.sendMail({
      ...{ from, to: [...to], subject: subjectLine(isRaised, note), text: mailText(isRaised, note) },
      ...(isRaised ? { messageId: thread } : { inReplyTo: thread, references: [thread] }),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Headwater-Alarm': note.code },
    });
  } finally {
    transport.close();
  }
}

/** Names are strangers' words: what would break a header is left out. */
function subjectLine(isRaised: boolean, { severity, title, subject: { name = '' } }: AlarmNote): string {
  return `[${isRaised ? severity : 'cleared'}] ${title}: ${name}`.replace(/\p{Cc}/gu, ' ').slice(0, 200);
}

function mailText(isRaised: boolean, note: AlarmNote): string {
  const { code, severity, sentence, subject, node, raisedAt, clearedAt, runbook } = note;
  return [
    isRaised ? sentence : `It is well again: ${sentence}`,
    '',
    `Alarm:    ${code} (${severity})`,
    `About:    ${subject.kind ?? ''} ${subject.name ?? ''}`,
    `Node:     ${node}`,
    `Raised:   ${raisedAt}`,
    ...(clearedAt === undefined ? [] : [`Cleared:  ${clearedAt}`]),
    `What to do: ${runbook}`,
    '',
  ].join('\n');
}
