/** Where the WebAssembly comes from, if not from beside the script. */
export interface WasmSource {
  readonly wasmUrl?: string | undefined;
  /** The WebAssembly itself. */
  readonly wasm?: (() => Promise<Uint8Array>) | undefined;
}
