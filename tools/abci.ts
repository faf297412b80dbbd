// Makes the codecs of the node, ABCI and remote signing, from the proto files of the CometBFT module that tools/go.mod names: `node tools/abci.ts`.
// Needs Go (for the module) and nothing else; the result is committed, so that nobody needs either to build or run a node.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const program = (name: string) => join(root, 'node_modules', '.bin', name)

/** Where the codec stands, from the repository's root. */
const ABCI_FOLDER = join('packages', 'node', 'src', 'engines', 'cometbft', 'gen')
/** The messages of both sockets, and what is signed; what they import comes along. */
const ENTRIES = [
  'tendermint/abci/types.proto',
  'tendermint/privval/types.proto',
  'tendermint/types/canonical.proto',
]

function moduleFolder(path: string): string {
  const tools = { cwd: join(root, 'tools'), encoding: 'utf8' as const }
  execFileSync('go', ['mod', 'download', path], tools)
  return execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', path], tools).trim()
}

const work = mkdtempSync(join(tmpdir(), 'omg-abci-'))
try {
  const sources = [
    [moduleFolder('github.com/cometbft/cometbft'), 'proto', 'tendermint'],
    [moduleFolder('github.com/cosmos/gogoproto'), '.', 'gogoproto'],
  ] as const
  for (const [module, folder, name] of sources) {
    cpSync(join(module, folder, name), join(work, name), { recursive: true })
  }
  execFileSync('chmod', ['-R', 'u+w', work])
  writeFileSync(join(work, 'buf.yaml'), 'version: v2\n')
  const options = ['target=js+dts', 'import_extension=js']
  const plugin = { local: program('protoc-gen-es'), out: 'gen', opt: options, include_imports: true }
  const template = JSON.stringify({ version: 'v2', plugins: [plugin] })
  execFileSync(
    program('buf'),
    ['generate', '--template', template, ...ENTRIES.flatMap(path => ['--path', path])],
    {
      cwd: work,
      stdio: 'inherit',
    },
  )
  const out = join(root, ABCI_FOLDER)
  rmSync(out, { recursive: true, force: true })
  cpSync(join(work, 'gen'), out, { recursive: true })
} finally {
  rmSync(work, { recursive: true, force: true })
}
