import { type AskNode, type FoundOffence, findOffences, type RootChain } from '@omg/rootchain'
import type { Command } from 'commander'
import { type Answer, action } from '../action.ts'
import { openClient } from '../client.ts'
import { cliError, EXIT } from '../error.ts'
import { evidenceFolder, withPlan } from '../evidence/plans.ts'
import { readShownFile, ShownHeaders } from '../evidence/shown.ts'
import { submitOffence } from '../evidence/submission.ts'
import type { Session } from '../session.ts'
import { omg } from '../stake/network.ts'
import { withProgress } from '../terminal/progress.ts'
import { bad, good, warn } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

const EXAMPLES = `
Nodes that submit bring double votes to Ethereum by themselves, and keepers all of it; whoever proves an offence is paid 5 % of what is taken (docs/slashing.md).
Ends with ${EXIT.unhealthy} while an offence is open.

Examples:
  $ omg evidence                                          what validators did, and how it stands on Ethereum
  $ omg evidence submit double-vote:812:0x...             commit to the proof, wait, and show it
  $ omg evidence submit --file headers.json               signed headers from elsewhere: two of one key, or one beside that of the chain`

interface SubmitOptions {
  file?: string
}

export function evidenceCommand(program: Command): void {
  const evidence = program
    .command('evidence')
    .description('offences of validators: double votes, two headers, downtime')
    .addHelpText('after', EXAMPLES)
    .action(action(list))
  evidence
    .command('submit [id]')
    .description('bring an offence to Ethereum, where it costs stake')
    .option(
      '--file <file>',
      'signed headers of one checkpoint (JSON): two, or one of which the chain has the other',
    )
    .addHelpText('after', EXAMPLES)
    .action(action<SubmitOptions>(submit))
}

const PAINT = { found: bad, committed: warn, reported: warn, due: bad, slashed: good, jailed: good } as const
const DONE: readonly FoundOffence['state'][] = ['slashed', 'jailed']

async function list(session: Session): Promise<Answer> {
  const rootChain = await (await openClient(session, { key: false })).rootChain()
  const found = await withProgress('reading evidence', () => knownOffences(session, rootChain))
  const open = found.filter(({ state }) => !DONE.includes(state))
  const rows = found.map(({ id, validator, state }) => [id, validator ?? '-', PAINT[state](state)])
  return {
    json: {
      open: open.length,
      offences: found.map(({ offence, ...facts }) => ({
        ...facts,
        provable: facts.kind === 'downtime' || offence !== undefined,
      })),
    },
    text: found.length === 0 ? 'No offence is known.' : table(['offence', 'validator', 'state'], rows),
    exit: open.length > 0 ? EXIT.unhealthy : EXIT.done,
  }
}

async function submit(session: Session, { file }: SubmitOptions, [id]: string[]): Promise<Answer> {
  if ((id === undefined) === (file === undefined))
    throw cliError('request.argument', 'name the id of an offence, or a --file')
  const rootChain = await (await openClient(session, { key: true })).rootChain()
  const found =
    file === undefined
      ? await offenceNamed(session, rootChain, id!)
      : await readShownFile(rootChain, await askOf(session), file)
  if (found === undefined)
    throw cliError(
      'evidence.early',
      'the chain has no other header of this number with a signature of its key',
    )
  if (DONE.includes(found.state))
    return answerOf(found, { state: found.state, text: `is ${found.state} already` })
  const { slashed, state, transactionHash } = await withProgress(`proving ${found.id}`, () =>
    submitOffence(rootChain, evidenceFolder(session.data), found),
  )
  const what = kindOf(state, slashed)
  return answerOf(found, { state, slashed, transactionHash, text: what })
}

function kindOf(state: FoundOffence['state'], slashed: bigint): string {
  if (state === 'slashed') return `is slashed: ${omg(slashed)} taken`
  if (state === 'reported') return 'is reported; the validator may answer, then submit it again'
  return state === 'jailed' ? 'is jailed' : 'has answered; nothing is left of the report'
}

function answerOf(
  { id, validator }: FoundOffence,
  { text, ...facts }: { text: string; [name: string]: unknown },
): Answer {
  return { json: { id, validator, ...facts }, text: `${id}: ${validator ?? 'nobody'} ${text}` }
}

async function askOf(session: Session): Promise<AskNode> {
  const { node } = await openClient(session, { key: false })
  return <T>(method: string, params: object) => node.request(method, params) as Promise<T>
}

/** What the node and Ethereum tell, and what others have put into the folder. */
async function knownOffences(session: Session, rootChain: RootChain): Promise<FoundOffence[]> {
  const ask = await askOf(session)
  const folder = evidenceFolder(session.data)
  const tell = (name: string) => process.stderr.write(`${name} in the folder of evidence is none\n`)
  const shown = await new ShownHeaders(folder).find(rootChain, ask, tell)
  const all = [...(await findOffences(rootChain, ask)), ...shown]
  const found = new Map(all.map(each => [each.id, each]))
  return Promise.all([...found.values()].map(each => withPlan(rootChain, folder, each)))
}

async function offenceNamed(session: Session, rootChain: RootChain, id: string): Promise<FoundOffence> {
  const known = await withProgress('reading evidence', () => knownOffences(session, rootChain))
  const found = known.find(each => each.id === id.toLowerCase())
  if (found === undefined) throw cliError('evidence.unknown', `no offence ${id} is known`)
  return found
}
