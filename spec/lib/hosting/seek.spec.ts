/** What is loaded to find a server. */
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { describe, it } from 'node:test';
import { seekAmongTabs } from '../../../lib/hosting/seek.ts';
import { ServerLink } from '../../../lib/hosting/server-link.ts';

describe('seekAmongTabs', () => {
  it('loads what it needs again where that has failed', async () => {
    let tries = 0;
    const hooks = registerHooks({
      resolve(name, context, next) {
        if (!name.endsWith('/tab-names.ts')) return next(name, context);
        if (tries++ === 0) throw new Error('no network');
        const url = "data:text/javascript,export const joinTabs = (name) => () => Promise.resolve('life of ' + name)";
        return { url, shortCircuit: true };
      },
    });
    const seek = (name: string) => seekAmongTabs(name, new ServerLink())();
    await assert.rejects(seek('todos'), /no network/);
    assert.equal(await seek('todos'), 'life of todos');
    hooks.deregister();
  });
});
