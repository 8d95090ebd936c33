/** Lines for the rules that send callbacks of all forms to a receiver. */
export function ruleLines(url: string, key: string): string {
  return `callbacks:
  - id: receiver
    url: ${url}/json
    form: json
    key: "${key}"
  - id: receiver-apsara
    url: ${url}/apsara
    form: apsara
    key: "${key}"
    events: [publish, publish_done, snapshot, record_started, record_paused, record_resumed, record_file]
mediaCallbacks:
  - id: receiver-media
    url: ${url}/media
    form: json
    key: "${key}"
  - id: receiver-vod
    url: ${url}/vod
    form: vod
    key: "${key}"
`;
}
