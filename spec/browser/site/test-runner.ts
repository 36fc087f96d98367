/** In place of `node:test` in a browser: gathers specs, and runs them one after the other. */

/** What became of one spec: what it threw, or nothing. */
export interface Finding {
  readonly spec: string;
  readonly failure: string | undefined;
}

const specs: { readonly spec: string; readonly body: () => unknown }[] = [];
const suites: string[] = [];

export function describe(name: string, body: () => void): void {
  suites.push(name);
  body();
  suites.pop();
}

export function it(name: string, body: () => unknown): void {
  specs.push({ spec: [...suites, name].join(' > '), body });
}

export async function runSpecs(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { spec, body } of specs) {
    const failure = await Promise.resolve()
      .then(body)
      .then(
        () => undefined,
        (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)),
      );
    findings.push({ spec, failure });
  }
  return findings;
}
