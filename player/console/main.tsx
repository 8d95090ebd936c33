import { render } from 'preact';
import '@picocss/pico/css/pico.cyan.min.css';
import './console.css';
import './cards.css';
import { ConsoleModel } from './console-model.ts';
import { ConsolePage } from './console-page.tsx';

const page = document.getElementById('page');
if (page) render(<ConsolePage model={new ConsoleModel()} />, page);
