/** The tools that applications are built with, each as it is without any configuration. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as buildWithVite } from 'vite';
import webpack from 'webpack';

/** Builds the application in a folder. Gives the folder to serve. */
export type Tool = (folder: string) => Promise<string>;

export const vite: Tool = async (folder) => {
  await buildWithVite({ root: folder, configFile: false, logLevel: 'error' });
  return join(folder, 'dist');
};

export const webpackTool: Tool = async (folder) => {
  const output = join(folder, 'dist');
  const compiler = webpack({
    context: folder,
    mode: 'production',
    entry: './main.js',
    output: { path: output },
    // The same without, and in a tenth of the time; that names may be shortened is seen with the other tool.
    optimization: { minimize: false },
  })!;
  try {
    const stats = await new Promise<webpack.Stats>((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats!))),
    );
    const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true });
    const complaints = [...errors, ...warnings].map(({ message }) => message).filter((message) => !isOfSize(message));
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  } finally {
    await new Promise((resolve) => compiler.close(resolve));
  }
  await copyFile(join(folder, 'index.html'), join(output, 'index.html'));
  return output;
};

/** It finds a database large, and has advice on that. */
function isOfSize(warning: string): boolean {
  return /size limit|performance recommendations/.test(warning);
}
