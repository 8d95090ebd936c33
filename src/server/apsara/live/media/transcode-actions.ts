import { z } from 'zod';
import { type Ask, OperationError } from '../../../../operations/index.ts';
import { BUILT_IN_TEMPLATES, type StreamRule, type TemplateRule, templateSchema } from '../../../../rules/index.ts';
import {
  type ActionCall,
  ApsaraError,
  action,
  DONE,
  editObject,
  everyPage,
  invalidParameter,
  jsonObject,
  type ServedAction,
  text,
} from '../../base/index.ts';
import { appName, domainName, yesNo } from '../edit/index.ts';
import {
  type AppOf,
  addTemplate,
  changeTemplate,
  noTemplate,
  removeTemplate,
  transcodeOf,
  type Wishes,
} from './app-templates.ts';
import { customFields, shownTemplate, templateFor } from './custom-template.ts';
import { rulesOf } from './stream-rules.ts';

const named = { Domain: domainName, App: appName, Template: text };
const rotation = z.coerce.number().int().min(10).max(86_400).default(600);
const encrypted = {
  EncryptParameters: jsonObject(
    z.object({ EncryptType: z.string().optional(), KmsKeyID: z.string().optional(), KmsKeyExpireInterval: rotation }),
  ).optional(),
};
const wished = { ...named, ...encrypted, Lazy: yesNo.optional() };
const custom = z.object({
  ...wished,
  ...customFields.shape,
  KmsKeyID: text.optional(),
  KmsKeyExpireInterval: rotation,
});
type Custom = z.output<typeof custom>;

const ENCRYPTED =
  'EncryptParameters encrypt all HLS of these streams with AES-128, the source too; keys are made here, KmsKeyID is not used, and deleting a template does not end it';
const SHAPED =
  'a picture keeps its shape: Width and Height stand for its shorter side; Profile, ExtWithSource and lower limits are not used; MP3, deinterlacing and sample rates other than 22050, 24000, 44100 and 48000 are refused';
/** By this tag templates are known that go with the last app that has them. */
const MADE_HERE = { 'made-by': 'AddCustomLiveStreamTranscode' };

/** The renditions of streams. */
export const transcodeActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveStreamTranscode',
    summary: 'Makes a rendition of the streams of an app, by a standard template or one of your own',
    differs: `${ENCRYPTED}; what an app has takes the place of what * has, beginning with the same`,
    input: z.object(wished),
    run: async ({ input, ask }) => {
      await addTemplate(ask, appOf(input), input.Template, wishesOf(input), 'AddLiveStreamTranscode');
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveStreamTranscode',
    summary: 'Changes whether a rendition waits for its first viewer, or is encrypted',
    differs: ENCRYPTED,
    input: z.object(wished),
    run: async ({ input, ask }) => {
      await changeTemplate(ask, appOf(input), input.Template, wishesOf(input), 'UpdateLiveStreamTranscode');
      return DONE;
    },
  }),
  action({
    name: 'AddCustomLiveStreamTranscode',
    summary: 'Makes a rendition of the streams of an app by a template with figures of your own',
    differs: `templates are the server's, not an app's: another with the same name and other figures is refused; ${SHAPED}; ${ENCRYPTED}`,
    input: custom,
    run: async ({ input, ask }) => {
      const reason = 'AddCustomLiveStreamTranscode';
      checkName(input.Template);
      await transcodeOf(ask, appOf(input));
      const isNew = await makeTemplate(ask, input, reason);
      try {
        await addTemplate(ask, appOf(input), input.Template, wishesOf(input), reason);
      } catch (error) {
        if (isNew) await ask('deleteTemplate', { params: { name: input.Template }, query: { reason } });
        throw error;
      }
      return DONE;
    },
  }),
  action({
    name: 'UpdateCustomLiveStreamTranscode',
    summary: 'Changes the figures of a template of your own',
    differs: `it changes for everybody who uses the template; what is left out stays; ${SHAPED}; ${ENCRYPTED}`,
    input: custom.omit({ KmsKeyID: true, KmsKeyExpireInterval: true }),
    run: async ({ input, ask }) => {
      const reason = 'UpdateCustomLiveStreamTranscode';
      checkName(input.Template);
      await changeTemplate(ask, appOf(input), input.Template, wishesOf(input), reason);
      await editObject<TemplateRule>(ask, { kind: 'Template', id: input.Template, reason }, (now) => {
        if (now === undefined) throw noTemplate(appOf(input), input.Template);
        return { ...now, ...templateFor(input, now) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveStreamTranscode',
    summary: 'Ends a rendition of the streams of an app',
    differs: 'a template of AddCustomLiveStreamTranscode goes with the last app that has it',
    input: z.object(named),
    run: async (call) => {
      const { input, ask } = call;
      await removeTemplate(ask, appOf(input), input.Template, 'DeleteLiveStreamTranscode');
      await dropUnused(call, input.Template);
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamTranscodeInfo',
    summary: 'The renditions that the apps of a domain have',
    differs:
      'rules for single streams, for groups of templates and for several domains are not shown; Height is the shorter side',
    input: z.object({ DomainTranscodeName: domainName, AppName: appName.optional() }),
    run: async ({ input: { DomainTranscodeName: domain, AppName }, ask }) => {
      await transcodeOf(ask, { domain, app: AppName ?? '*' });
      const rules = (await rulesOf(ask, domain, 'transcode')).filter(
        ({ match: { app, stream } }) => stream === '*' && app === (AppName ?? app),
      );
      const templates = await everyPage<TemplateRule>(ask, 'listTemplates', 'templates');
      const own = new Map(templates.map((template) => [template.name, template]));
      const shown = await Promise.all(rules.map((rule) => infosOf(ask, domain, rule, own)));
      return { DomainTranscodeList: { DomainTranscodeInfo: shown.flat() } };
    },
  }),
];

function appOf({ Domain: domain, App: app }: { readonly Domain: string; readonly App: string }): AppOf {
  return { domain, app };
}

type Wished = Pick<Custom, 'Lazy' | 'EncryptParameters'> & Partial<Pick<Custom, 'KmsKeyID' | 'KmsKeyExpireInterval'>>;

function wishesOf({ Lazy, EncryptParameters, KmsKeyID, KmsKeyExpireInterval }: Wished): Wishes {
  const ofKms = KmsKeyID === undefined ? undefined : KmsKeyExpireInterval;
  return {
    ...(Lazy === undefined ? {} : { isLazy: Lazy === 'yes' }),
    rotateSeconds: EncryptParameters?.KmsKeyExpireInterval ?? ofKms,
  };
}

function checkName(name: string): void {
  if (BUILT_IN_TEMPLATES.has(name))
    throw invalidParameter('Template', `${name} is a standard template; choose another name`);
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(name))
    throw invalidParameter(
      'Template',
      'it must have letters, digits and hyphens, 32 at most, and begin with no hyphen',
    );
}

/** Says whether it is new; one with the same figures is taken as it is. */
async function makeTemplate(ask: Ask, given: Custom, reason: string): Promise<boolean> {
  const { Template: name } = given;
  const wanted = { name, ...templateFor(given) };
  try {
    await ask('createTemplate', { query: { reason }, body: { ...wanted, tags: MADE_HERE } });
    return true;
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'ALREADY_THERE') throw error;
  }
  const found = await ask<TemplateRule>('getTemplate', { params: { name } });
  if (figuresOf(found) === figuresOf(templateSchema.parse(wanted))) return false;
  const message = `There is a template ${name} with other figures. Choose another name, or use AddLiveStreamTranscode.`;
  throw new ApsaraError(400, 'ConfigAlreadyExists', message);
}

const figuresOf = ({ video, audio, latency }: TemplateRule) => JSON.stringify(sorted({ video, audio, latency }));

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, each]) => [name, sorted(each)]);
}

async function dropUnused({ ask, caller }: Pick<ActionCall, 'ask' | 'caller'>, name: string): Promise<void> {
  if (!caller.may('templates:write', { kind: 'server' }).allowed) return;
  const found = (await everyPage<TemplateRule>(ask, 'listTemplates', 'templates')).find((each) => each.name === name);
  if (found?.tags?.['made-by'] !== MADE_HERE['made-by']) return;
  try {
    await ask('deleteTemplate', { params: { name }, query: { reason: 'DeleteLiveStreamTranscode' } });
  } catch (error) {
    // Others use it, or it went meanwhile.
    if (!(error instanceof OperationError)) throw error;
  }
}

async function infosOf(
  ask: Ask,
  domain: string,
  { match: { app }, transcode }: StreamRule,
  own: ReadonlyMap<string, TemplateRule>,
) {
  const { encryption, transcode: complete } = await transcodeOf(ask, { domain, app });
  return (transcode?.templates ?? []).map((name) => {
    const template = own.get(name);
    return {
      ...{ TranscodeName: domain, TranscodeApp: app, TranscodeTemplate: name },
      IsLazy: complete.lazy && !complete.eager.includes(name),
      ...(template && { CustomTranscodeParameters: shownTemplate(template) }),
      ...(encryption.method === 'none'
        ? {}
        : {
            EncryptParameters: {
              EncryptType: encryption.method,
              KmsKeyExpireInterval: String(encryption.rotateSeconds),
            },
          }),
    };
  });
}
