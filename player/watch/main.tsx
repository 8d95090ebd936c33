import { render } from 'preact';
import './watch.css';
import './overlay.css';
import './controls.css';
import './quality.css';
import './scrub.css';
import './stats.css';
import './layouts.css';
import { readAssetAddress } from '../asset/asset-address.ts';
import { readPageAddress } from './page-address.ts';
import { WatchPage } from './watch-page.tsx';

const page = document.getElementById('page');
const asset = readAssetAddress(window.location.href);
if (page && asset) {
  document.title = 'Headwater player';
  document.documentElement.classList.toggle('is-embedded', asset.isEmbedded);
  void import('../asset/index.ts').then(({ AssetPage }) => render(<AssetPage address={asset} />, page));
} else if (page) {
  const address = readPageAddress(window.location.href);
  document.title = address.stream ? `${address.stream} – Headwater` : 'Headwater player';
  document.documentElement.classList.toggle('is-embedded', address.isEmbedded);
  render(<WatchPage address={address} />, page);
}
