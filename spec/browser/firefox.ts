/** sluice in the Firefox on the PATH: what is asked of Chromium, but for what takes the protocol of its tools. */
import { describe } from 'node:test';
import { allSpecs } from './all.ts';
import { workbench } from './workbench.ts';

describe('in Firefox', () => allSpecs(workbench('firefox')));
