// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written so.

/** What a new workflow begins with: a source becomes an MP4, and a picture is taken of it. */
export const EXAMPLE = `name: my-workflow
description: Makes an MP4 of a source
input:
  source: { type: object, description: "{storage, object}, {file} or {url}" }
  outputStorage: { type: text, default: recordings }
  outputPrefix: { type: text, default: outputs/ }
steps:
  - name: transcode
    action: transcode
    with:
      source: \${input.source}
      formats: [mp4]
      output: { storage: "\${input.outputStorage}", prefix: "\${input.outputPrefix}" }
      collision: overwrite

  - name: look
    action: probe
    foreach: \${steps.transcode.output.outputs}
    with: { source: { storage: "\${item.storage}", object: "\${item.object}" } }
`;
