/** sluice in a real browser: one Chromium for all of these specs. */
import { describe } from 'node:test';
import { codeVersionSpecs } from './code-versions.ts';
import { engineSpecs } from './engines.ts';
import { failoverSpecs } from './failovers.ts';
import { hostingSpecs } from './hosting.ts';
import { imageSpecs } from './images.ts';
import { pageSpecs } from './pages.ts';
import { placeSpecs } from './places.ts';
import { roomSpecs } from './room.ts';
import { silenceSpecs } from './silence.ts';
import { speedSpecs } from './speed.ts';
import { storageSpecs } from './storage.ts';
import { tabSpecs } from './tabs.ts';
import { workbench } from './workbench.ts';

describe('in Chromium', () => {
  const withDesk = workbench();
  pageSpecs(withDesk);
  hostingSpecs(withDesk);
  tabSpecs(withDesk);
  codeVersionSpecs(withDesk);
  silenceSpecs(withDesk);
  failoverSpecs(withDesk);
  storageSpecs(withDesk);
  roomSpecs(withDesk);
  placeSpecs(withDesk);
  imageSpecs(withDesk);
  engineSpecs(withDesk);
  speedSpecs(withDesk);
});
