import { expect, it } from 'vitest';
import { createMetrics } from '../metrics/index.ts';
import { countWeakSettings } from './count-weak-settings.ts';

it('counts what is weak, and no more once it is mended', async () => {
  const metrics = createMetrics();
  const said = async () =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('headwater_weak_settings{'));
  countWeakSettings(metrics, () => [{ code: 'PLAY_OPEN', sentence: '', remedy: '' }]).close();
  expect(await said()).toEqual(['headwater_weak_settings{code="PLAY_OPEN"} 1']);
  countWeakSettings(metrics, () => []).close();
  expect(await said()).toEqual([]);
});
