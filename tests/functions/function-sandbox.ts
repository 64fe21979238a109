import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import { build } from 'vite';

/** The extension as one script of one global, as Shopify's CLI bundles it before it is compiled. */
export async function bundleOf(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: true, target: 'es2022', lib: { entry, formats: ['iife'], name: 'extension' } },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error('nothing was built');
  const [chunk] = output.output;
  return chunk.code;
}

/** QuickJS counts calls and turns of loops, and looks up after so many. */
const COUNTS_A_LOOK = 10_000;

export type BareRuntime = {
  /** Runs an export over an input that comes as JSON text, as in Shopify's runtime; nothing else is there: no clock, no network. */
  run(name: string, input: unknown): unknown;
  /** Calls and turns of loops that a run takes, over so many runs. */
  countOf(name: string, input: unknown, runs: number): number;
  globals(): string[];
  close(): void;
};

/** QuickJS, the interpreter that Shopify compiles JavaScript Functions with (Javy), with a bundle loaded. */
export async function bareRuntime(bundle: string): Promise<BareRuntime> {
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  const context = runtime.newContext();
  const evaluated = (code: string): unknown => {
    const handle = context.unwrapResult(context.evalCode(code));
    const value: unknown = context.dump(handle);
    handle.dispose();
    return value;
  };
  evaluated(`${bundle}; globalThis.extension = extension; undefined`);
  return {
    run: (name, input) =>
      JSON.parse(String(evaluated(`JSON.stringify(extension.${name}(JSON.parse(${JSON.stringify(JSON.stringify(input))})))`))),
    countOf(name, input, runs) {
      let looks = 0;
      runtime.setInterruptHandler(() => {
        looks += 1;
        return false;
      });
      const text = JSON.stringify(JSON.stringify(input));
      evaluated(`for (let at = 0; at < ${runs}; at += 1) JSON.stringify(extension.${name}(JSON.parse(${text})))`);
      runtime.removeInterruptHandler();
      return (looks * COUNTS_A_LOOK) / runs;
    },
    globals: () =>
      String(evaluated(`['fetch', 'crypto', 'setTimeout', 'process', 'TextEncoder'].filter((name) => name in globalThis).join()`))
        .split(',')
        .filter(Boolean),
    close() {
      context.dispose();
      runtime.dispose();
    },
  };
}
