import { signal } from '@preact/signals';
import { type ApiDocument, type Described, isFound } from './document.ts';
import { OperationCard } from './operation-card.tsx';

const words = signal('');

/** The reference of the API: what there is by area, and a field that finds it. */
export function ReferencePage({ document }: { readonly document: ApiDocument }) {
  const found = document.operations.filter((each) => isFound(each, words.value));
  const areas = [...new Set(found.map(({ tags }) => tags[0] ?? ''))];
  return (
    <>
      <header>
        <h1>Headwater API</h1>
        <p>{document.description}</p>
        <p>
          All paths are below <code>/api/v1</code>. The same as a document:{' '}
          <a href="/api/v1/openapi.json">openapi.json</a>. <a href="/">Console</a>
        </p>
        <label>
          Find{' '}
          <input
            type="search"
            value={words.value}
            placeholder="streams, POST, blocks:write …"
            onInput={({ currentTarget }) => {
              words.value = currentTarget.value;
            }}
          />
        </label>
        <p class="quiet" role="status">
          {found.length} of {document.operations.length} operations
        </p>
      </header>
      <div class="columns">
        <nav aria-label="Areas">
          {areas.map((area) => (
            <a key={area} href={`#${anchorOf(area)}`}>
              {area}
            </a>
          ))}
        </nav>
        <main>
          {areas.map((area) => (
            <Area
              key={area}
              area={area}
              document={document}
              operations={found.filter(({ tags }) => tags[0] === area)}
            />
          ))}
          {found.length === 0 && <p>Nothing has these words. Try fewer.</p>}
        </main>
      </div>
    </>
  );
}

type AreaProps = {
  readonly area: string;
  readonly document: ApiDocument;
  readonly operations: readonly Described[];
};

function Area({ area, document, operations }: AreaProps) {
  const wanted = location.hash.slice(1);
  return (
    <section>
      <h2 id={anchorOf(area)}>{area}</h2>
      {operations.map((each) => (
        <OperationCard
          key={each.operationId}
          document={document}
          operation={each}
          isOpen={each.operationId === wanted || operations.length === 1}
        />
      ))}
    </section>
  );
}

const anchorOf = (area: string) => `area-${area.toLowerCase().replaceAll(' ', '-')}`;
