/** The longest task of the page's own thread, as the browser tells of those that are above 50 ms. */

let longestMs = 0;

export function observeTasks(): void {
  longestMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestMs = Math.max(longestMs, duration);
  }).observe({ type: 'longtask' });
}

export function longestTask(): number {
  return longestMs;
}
