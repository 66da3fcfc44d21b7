// Puts packed shelves of messages in the place of src/parse/shelves/*.ts: what these make at each start is made once, here.
import { build } from 'esbuild'
import { basename } from 'node:path'

/** An esbuild plugin. `root` is where the sources are. */
export function packedShelves(root) {
  return {
    name: 'packed-shelves',
    setup({ onLoad }) {
      onLoad({ filter: /[/]src[/]parse[/]shelves[/][a-z]+\.ts$/ }, async ({ path }) => ({
        loader: 'ts',
        contents: await packed(root, basename(path)),
      }))
    },
  }
}

async function packed(root, file) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `export * as shelves from './src/parse/shelves/${file}'\nexport { packShelf } from './src/parse/shelf.ts'`,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    write: false,
  })
  const { shelves, packShelf } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  const functions = Object.entries(shelves).map(
    ([name, open]) => `export const ${name} = () => unpackShelf(${JSON.stringify(packShelf(open()))})`,
  )
  return ["import { unpackShelf } from '../shelf.ts'", ...functions].join('\n')
}
