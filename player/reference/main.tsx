import { render } from 'preact';
import { ApiDocument } from './document.ts';
import './reference.css';
import { ReferencePage } from './reference-page.tsx';

const page = document.getElementById('page');

async function show(): Promise<void> {
  if (!page) return;
  try {
    const answer = await fetch('/api/v1/openapi.json');
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    render(<ReferencePage document={new ApiDocument(await answer.json())} />, page);
    // The browser looked for the anchor before there was one.
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    render(<p role="alert">The reference could not be read ({why}). Load the page again.</p>, page);
  }
}

void show();
