/** All that is asked of sluice in a real browser. */
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
import type { WithDesk } from './workbench.ts';

export function allSpecs(withDesk: WithDesk): void {
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
}
