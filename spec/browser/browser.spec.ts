/** sluice in a real browser: one Chromium for all of these specs. */
import { describe } from 'node:test';
import { allSpecs } from './all.ts';
import { workbench } from './workbench.ts';

describe('in Chromium', () => allSpecs(workbench()));
