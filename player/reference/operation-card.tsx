import type { ApiDocument, Described, Schema } from './document.ts';
import { curlOf } from './sample.ts';
import { Field, SchemaView } from './schema-view.tsx';

type Props = { readonly document: ApiDocument; readonly operation: Described; readonly isOpen: boolean };

/** One operation: closed its method, path and sentence, open all that there is to know. */
export function OperationCard({ document, operation, isOpen }: Props) {
  const { method, path, operationId, summary, description, parameters, requestBody, responses } = operation;
  const body = schemaIn(requestBody?.content);
  const [status = '', answer] = Object.entries(responses).find(([each]) => each !== 'default') ?? [];
  const media = Object.keys(answer?.content ?? {})[0];
  const answered = schemaIn(answer?.content);
  return (
    <details id={operationId} open={isOpen}>
      <summary>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <code class="path">{path}</code>
        <span class="said">{summary}</span>
      </summary>
      {description && <p>{description}</p>}
      <p class="quiet">{rightOf(operation['x-action'])}</p>
      {parameters.length > 0 && (
        <section>
          <h4>Parameters</h4>
          <dl class="fields">
            {parameters.map((each) => (
              <Field
                key={each.name}
                document={document}
                schema={{ ...each.schema, ...(each.description && { description: each.description }) }}
                name={each.in === 'path' ? `{${each.name}}` : each.name}
                isRequired={each.required ?? false}
              />
            ))}
          </dl>
        </section>
      )}
      {body && (
        <section>
          <h4>Body</h4>
          <SchemaView document={document} schema={body} />
        </section>
      )}
      <section class="answer">
        <h4>
          Answer {status}
          {media && media !== 'application/json' ? ` (${media})` : ''}
        </h4>
        {answered ? <SchemaView document={document} schema={answered} /> : <p class="quiet">No JSON.</p>}
      </section>
      <section>
        <h4>By curl</h4>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <pre tabIndex={0}>{curlOf(document, operation, location.origin)}</pre>
      </section>
    </details>
  );
}

function schemaIn(content: Readonly<Record<string, { readonly schema?: Schema }>> | undefined): Schema | undefined {
  return content?.['application/json']?.schema;
}

function rightOf(action: string | undefined): string {
  if (action === undefined) return 'Needs no login.';
  if (action === 'self') return 'For people who are logged in: it is about their own account.';
  return action === 'anyone' ? 'For whoever is logged in.' : `Needs the right ${action}.`;
}
