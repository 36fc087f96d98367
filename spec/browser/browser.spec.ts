/** sluice in a real browser: one Chromium for all of these specs. */
import { describe } from 'node:test';
import { pageSpecs } from './pages.ts';
import { workbench } from './workbench.ts';

describe('in Chromium', () => {
  const withDesk = workbench();
  pageSpecs(withDesk);
});
