import { effect } from '@preact/signals';
import { render } from 'preact';
import '@picocss/pico/css/pico.cyan.min.css';
import './shell/tones.css';
import './shell/shell.css';
import './kit/kit.css';
import './kit/parts.css';
import { language } from './kit/index.ts';
import { App } from './shell/app.tsx';

effect(() => {
  document.documentElement.lang = language.value;
});

const page = document.getElementById('page');
if (page) render(<App />, page);
