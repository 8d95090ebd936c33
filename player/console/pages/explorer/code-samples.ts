import type { Sent } from './flatten.ts';
import type { Call, SignedRequest } from './sign-request.ts';

export type Language = 'curl' | 'node' | 'python';

/** The call as `curl`; as it is signed, it is good once, for fifteen minutes. */
export function curlCode(origin: string, { method, path, headers }: SignedRequest): string {
  const lines = [`curl -X ${method} ${quoted(`${origin}${path}`)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`  -H ${quoted(`${name}: ${value}`)}`);
  return lines.join(' \\\n');
}

type Called = Pick<Call, 'action' | 'version' | 'parameters'>;

/** The call with the official client for Node.js, whose key is in the environment. */
export function nodeCode(origin: string, { action, version, parameters }: Called): string {
  return `// npm install @alicloud/pop-core
import popCore from '@alicloud/pop-core';

const client = new popCore.RPCClient({
  endpoint: ${JSON.stringify(origin)},
  apiVersion: ${JSON.stringify(version)},
  accessKeyId: process.env.ACCESS_KEY_ID,
  accessKeySecret: process.env.ACCESS_KEY_SECRET,
});
const parameters = ${objectText(parameters)};
const answer = await client.request(${JSON.stringify(action)}, parameters, { method: 'POST', formatParams: false });
console.log(JSON.stringify(answer, null, 2));
`;
}

/** The call with the official client for Python, whose key is in the environment. */
export function pythonCode(origin: string, { action, version, parameters }: Called): string {
  const { protocol, host } = new URL(origin);
  const added = parameters.map(([name, value]) => `request.add_query_param(${pythonText(name)}, ${pythonText(value)})`);
  return `# pip install aliyun-python-sdk-core
import os

from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

client = AcsClient(os.environ["ACCESS_KEY_ID"], os.environ["ACCESS_KEY_SECRET"], "cn-shanghai")
request = CommonRequest()
request.set_domain(${pythonText(host)})
request.set_protocol_type(${pythonText(protocol.replace(':', ''))})
request.set_method("POST")
request.set_version(${pythonText(version)})
request.set_action_name(${pythonText(action)})
${added.map((line) => `${line}\n`).join('')}print(client.do_action_with_exception(request).decode())
`;
}

function objectText(parameters: Sent): string {
  if (parameters.length === 0) return '{}';
  const lines = parameters.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  return `{\n${lines.join('')}}`;
}

/** JSON's texts are Python's, too. */
const pythonText = (text: string) => JSON.stringify(text);

/** For a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
