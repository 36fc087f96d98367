/** Starts the application. */
import { isDevMode, provideBrowserGlobalErrorListeners } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideServiceWorker } from '@angular/service-worker';
import { App } from './app/app';

bootstrapApplication(App, {
  providers: [
    provideBrowserGlobalErrorListeners(),
    // Keeps the application itself for when there is no network; its data are here anyway.
    provideServiceWorker('ngsw-worker.js', { enabled: !isDevMode() }),
  ],
}).catch((error: unknown) => console.error(error));
